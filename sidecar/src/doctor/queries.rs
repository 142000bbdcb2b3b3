//! How long the server takes for what the sidecar asks, where `pg_stat_statements` counts it.

use std::time::Duration;

use tokio_postgres::types::Type;

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Exports and retention take their time by what there is.
const SLOW: &str = "
    SELECT substring(query FROM '_?raceway_[a-z_]+'), calls, mean_exec_time
    FROM {statements}.pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query ~ 'raceway_(ingest_batches|quarantine|trace_text|traces|trace_count|counts)\\M'
      AND calls >= 3 AND mean_exec_time > $1
    ORDER BY mean_exec_time DESC LIMIT 3";

/// A call, and how long it takes on average.
struct Slow {
    function: String,
    calls: i64,
    milliseconds: f64,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const PLACE: &str = "
        SELECT quote_ident(nspname)
        FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = 'pg_stat_statements'";
    let rows = server.rows(PLACE, &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(Verdict::ok(
            "not counted; for that: shared_preload_libraries = 'pg_stat_statements', and \
             CREATE EXTENSION pg_stat_statements;",
        ));
    };
    let place: String = row.try_get(0)?;
    // Nobody waits for a tenth of the deadline if all is well.
    let limit = server.config.storage.postgres.deadline() / 10;
    let milliseconds = limit.as_secs_f64() * 1000.0;
    let sql = SLOW.replace("{statements}", &place);
    let mut slow = Vec::new();
    for row in server.rows(&sql, &[(&milliseconds, Type::FLOAT8)]).await? {
        slow.push(Slow {
            function: row.try_get(0)?,
            calls: row.try_get(1)?,
            milliseconds: row.try_get(2)?,
        });
    }
    Ok(judge(&slow, limit, &place))
}

fn judge(slow: &[Slow], limit: Duration, statements: &str) -> Verdict {
    if slow.is_empty() {
        return Verdict::ok(format!("each call takes less than {limit:?} on average"));
    }
    let describe = |Slow { function, calls, milliseconds }: &Slow| {
        format!("{function}() takes {milliseconds:.0} ms, in {calls} calls")
    };
    Verdict::warning(
        slow.iter().map(describe).collect::<Vec<_>>().join("; "),
        format!(
            "SELECT {statements}.pg_stat_statements_reset(); -- counts anew, once what is said \
             here of settings, vacuum and disk is mended"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn slow_calls_are_named() {
        let limit = Duration::from_millis(500);
        assert_eq!(judge(&[], limit, "public").status, Status::Ok);
        let slow = Slow { function: "_raceway_counts".into(), calls: 3, milliseconds: 600.4 };
        let verdict = judge(&[slow], limit, "public");
        assert_eq!(verdict.status, Status::Warning);
        assert_eq!(verdict.message, "_raceway_counts() takes 600 ms, in 3 calls");
    }
}
