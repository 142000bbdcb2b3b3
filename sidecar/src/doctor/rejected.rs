//! Events that could not be stored, and wait for somebody to look at them.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Who only forwards events may not read them, but anybody sees about how many there are.
const SQL: &str = "
    SELECT has_table_privilege(relid, 'SELECT'), n_live_tup
    FROM pg_stat_all_tables WHERE relid = CAST($1 || '.raceway_rejected' AS regclass)";

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let rows = server.of_schema(SQL).await?;
    let row = rows.first().ok_or_else(|| Unchecked("no statistics of the table".into()))?;
    if row.try_get(0)? {
        let rows = server.of_schema("SELECT count(*) FROM @extschema@.raceway_rejected").await?;
        let row = rows.first().ok_or_else(|| Unchecked("no answer".into()))?;
        Ok(judge(row.try_get(0)?, ""))
    } else {
        Ok(judge(row.try_get(1)?, "about "))
    }
}

fn judge(events: i64, about: &str) -> Verdict {
    if events == 0 {
        return Verdict::ok("none");
    }
    Verdict::warning(
        format!("{about}{events} events could not be stored"),
        "raceway-sidecar quarantine list; then replay or clear",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn every_rejected_event_is_worth_a_look() {
        assert_eq!(judge(0, "").status, Status::Ok);
        assert_eq!(judge(1, "").status, Status::Warning);
    }
}
