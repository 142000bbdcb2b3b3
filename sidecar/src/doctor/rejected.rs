//! Events that could not be stored, and wait for somebody to look at them.

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Who only forwards events may not read them, but anybody sees about how many there are.
const SQL: &str = "
    SELECT has_table_privilege(relid, 'SELECT'), n_live_tup
    FROM pg_stat_all_tables WHERE relid = CAST($1 || '.raceway_rejected' AS regclass)";

const COUNT: &str = "
    SELECT count(*), coalesce(sum(acknowledged), 0)::bigint FROM @extschema@.raceway_rejected";

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let rows = server.of_schema(SQL).await?;
    let row = rows.first().ok_or_else(|| Unchecked("no statistics of the table".into()))?;
    if row.try_get(0)? {
        let rows = server.of_schema(COUNT).await?;
        let row = rows.first().ok_or_else(|| Unchecked("no answer".into()))?;
        Ok(judge(row.try_get(0)?, row.try_get(1)?, ""))
    } else {
        Ok(judge(row.try_get(1)?, 0, "about "))
    }
}

fn judge(events: i64, acknowledged: i64, about: &str) -> Verdict {
    if acknowledged > 0 {
        return Verdict::problem(
            format!("bodies with {acknowledged} acknowledged events could not be stored"),
            "raceway-sidecar quarantine list says why; then raceway-sidecar quarantine replay",
        );
    }
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
        assert_eq!(judge(0, 0, "").status, Status::Ok);
        assert_eq!(judge(1, 0, "").status, Status::Warning);
        assert_eq!(judge(1, 2, "").status, Status::Problem);
    }
}
