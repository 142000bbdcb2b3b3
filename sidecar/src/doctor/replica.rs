//! The server that traces are read from, where it is another.

use std::time::SystemTime;

use super::server::Server;
use super::verdict::{Unchecked, Verdict};
use super::{Finding, connection, finding, tls};
use crate::config::Config;
use crate::store::postgres::Database;

/// Older reads are taken for lost events.
const LATE_SECONDS: f64 = 30.0;

/// Functions of recovery are errors elsewhere.
const STATE: &str = "
    SELECT pg_is_in_recovery(),
           EXISTS (SELECT FROM pg_stat_wal_receiver),
           CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
           CASE WHEN pg_is_in_recovery()
                     AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
                THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 END";

struct State {
    is_standby: bool,
    is_streaming: bool,
    is_paused: bool,
    lag_seconds: f64,
}

/// Nothing where reads go to the primary.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    if config.storage.postgres.read_connection_string.is_none() {
        return Vec::new();
    }
    match open(config).await {
        Ok(server) => {
            let (reach, encryption) = (server.client.reach(), server.client.encryption());
            let protection = tls::judge(reach, encryption, SystemTime::now());
            vec![finding("replica", check(&server).await), finding("replica_tls", Ok(protection))]
        }
        Err(reason) => {
            let message = format!("{reason}; reads go to the primary");
            let remedy =
                "read_connection_string in [storage.postgres], or the server that it names";
            let unreached = Unchecked("there is no connection".into());
            vec![
                finding("replica", Ok(Verdict::warning(message, remedy))),
                finding("replica_tls", Err(unreached)),
            ]
        }
    }
}

async fn open(config: &Config) -> Result<Server<'_>, String> {
    let database = Database::open_replica(&config.storage.postgres);
    let database = database.map_err(|error| error.to_string())?;
    let database = database.ok_or_else(|| "there is none".to_owned())?;
    let client = database.client().await.map_err(connection::why)?;
    Server::new(config, database, client).await.map_err(|Unchecked(reason)| reason)
}

async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    server.schema()?;
    let row = server.row(STATE, &[]).await?;
    let state = State {
        is_standby: row.try_get(0)?,
        is_streaming: row.try_get(1)?,
        is_paused: row.try_get(2)?,
        lag_seconds: row.try_get::<_, Option<f64>>(3)?.unwrap_or_default(),
    };
    Ok(judge(&state, &server.client.place()))
}

fn judge(state: &State, place: &str) -> Verdict {
    let State { is_standby, is_streaming, is_paused, lag_seconds } = state;
    if !is_standby {
        Verdict::warning(
            format!("{place} is no standby: it spares the primary nothing, or is another database"),
            "name a standby in read_connection_string, or take it out",
        )
    } else if *is_paused {
        Verdict::warning(
            format!("{place} does not replay what it receives: that is paused"),
            "SELECT pg_wal_replay_resume(); -- on the standby",
        )
    } else if !is_streaming {
        Verdict::warning(
            format!("{place} is not connected to its primary"),
            "look at primary_conninfo, and into the log of the standby",
        )
    } else if *lag_seconds > LATE_SECONDS {
        Verdict::warning(
            format!("{place} is {lag_seconds:.0} s behind the primary"),
            "look for long queries on the standby, and whether its disk keeps up",
        )
    } else {
        Verdict::ok(format!("{place} is a standby, {lag_seconds:.1} s behind"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_replica_follows_its_primary() {
        for (is_standby, is_streaming, is_paused, lag_seconds, expected) in [
            (true, true, false, 30.0, Status::Ok),
            (false, false, false, 0.0, Status::Warning),
            (true, false, false, 0.0, Status::Warning),
            (true, true, true, 0.0, Status::Warning),
            (true, true, false, 31.0, Status::Warning),
        ] {
            let state = State { is_standby, is_streaming, is_paused, lag_seconds };
            let verdict = judge(&state, "replica");
            assert_eq!(verdict.status, expected, "{verdict:?}");
        }
    }
}
