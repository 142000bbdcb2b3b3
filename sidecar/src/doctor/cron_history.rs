//! pg_cron writes down every run of every job, and never forgets one.

use indicatif::HumanBytes;

use super::retention::may_read_cron;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Some 100,000 runs.
const LARGE: u64 = 16 << 20;

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "
        SELECT pg_total_relation_size('cron.job_run_details'),
               EXISTS (SELECT FROM cron.job WHERE active AND command ~* 'delete.*job_run_details')";
    let role = &server.role;
    match may_read_cron(server).await? {
        None => Ok(Verdict::ok("there is no pg_cron in this database")),
        Some(false) => Ok(Verdict::warning(
            format!("not checked: {role} may not see it"),
            format!("GRANT USAGE ON SCHEMA cron TO {role};"),
        )),
        Some(true) => {
            let row = server.row(SQL, &[]).await?;
            Ok(judge(row.try_get::<_, i64>(0)?.unsigned_abs(), row.try_get(1)?))
        }
    }
}

fn judge(bytes: u64, is_cleared: bool) -> Verdict {
    let message = format!("pg_cron's history of runs has {}", HumanBytes(bytes));
    if is_cleared {
        Verdict::ok(format!("{message}, and a job that deletes old ones"))
    } else if bytes <= LARGE {
        Verdict::ok(message)
    } else {
        Verdict::warning(
            format!("{message}, and nothing deletes old ones"),
            "SELECT cron.schedule('cron-history', '30 2 * * *', \
             $$DELETE FROM cron.job_run_details WHERE end_time < now() - interval '7 days'$$);",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_large_history_needs_a_job_that_clears_it() {
        assert_eq!(judge(LARGE, false).status, Status::Ok);
        assert_eq!(judge(LARGE + 1, false).status, Status::Warning);
        assert_eq!(judge(LARGE + 1, true).status, Status::Ok);
    }
}
