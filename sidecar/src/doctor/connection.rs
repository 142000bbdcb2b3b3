//! Whether the server is reached, and how far away it is.

use std::time::{Duration, Instant};

use super::server::Server;
use super::verdict::{Unchecked, Verdict};
use crate::config::Config;
use crate::store::StoreError;
use crate::store::postgres::Database;

/// Each request waits for a round trip at least.
const FAR: Duration = Duration::from_millis(50);

/// The server, or what is wrong that there is none.
pub(super) async fn open(config: &Config) -> Result<(Server<'_>, Verdict), Verdict> {
    const REMEDY: &str = "storage.postgres in raceway.toml, or the server that it names";
    let unreached = |reason: String| Verdict::problem(reason, REMEDY);
    let start = Instant::now();
    let database = Database::open(&config.storage.postgres);
    let database = database.map_err(|error| unreached(error.to_string()))?;
    let client = database.client().await.map_err(|error| unreached(why(error)))?;
    let connected = start.elapsed();
    let unanswered = |Unchecked(reason)| unreached(format!("connected, but: {reason}"));
    let mut server = Server::new(config, database, client).await.map_err(unanswered)?;
    server.is_pooled = is_older(&server, start).await.map_err(unanswered)?;
    let round_trip = round_trip(&server).await.map_err(unanswered)?;
    let verdict = judge(&description(&server, connected), round_trip);
    Ok((server, verdict))
}

/// Why there is no connection.
pub(super) fn why(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(reason) | StoreError::Denied(reason) => reason,
        error => error.to_string(),
    }
}

fn description(server: &Server, connected: Duration) -> String {
    let Server { role, database, .. } = server;
    let pooler = if server.is_pooled { ", through a pooler" } else { "" };
    let place = server.client.place();
    format!("{role} is connected to {database} at {place}{pooler}, in {connected:.1?}")
}

fn judge(description: &str, round_trip: Duration) -> Verdict {
    let message = format!("{description}; a round trip takes {round_trip:.1?}");
    if round_trip > FAR {
        Verdict::warning(
            message,
            "run the sidecar nearer to the database: every request waits for it",
        )
    } else {
        Verdict::ok(message)
    }
}

/// Whether the server's session is older than this connection, which only a pooler can explain.
/// The opposite says nothing. Both are durations: the clocks need not agree.
async fn is_older(server: &Server<'_>, start: Instant) -> Result<bool, Unchecked> {
    const AGE: &str = "SELECT extract(epoch FROM clock_timestamp() - backend_start)::float8
                       FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let age: Option<f64> = server.row(AGE, &[]).await?.try_get(0)?;
    Ok(age.is_some_and(|age| age > start.elapsed().as_secs_f64()))
}

/// The fastest of a few.
async fn round_trip(server: &Server<'_>) -> Result<Duration, Unchecked> {
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        server.row("SELECT 1", &[]).await?;
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_server_that_is_far_away_is_worth_a_warning() {
        for (milliseconds, status) in [(1, Status::Ok), (51, Status::Warning)] {
            let verdict = judge("connected", Duration::from_millis(milliseconds));
            assert_eq!(verdict.status, status, "{verdict:?}");
        }
    }
}
