//! Whether old events are deleted: by pg_cron, or by the sidecar.

use std::time::Duration;

use tokio_postgres::Row;

use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// A job of every day that has not run for so long has been forgotten by pg_cron.
const STALE_HOURS: f64 = 49.0;

const JOBS: &str = r"
    SELECT job.jobid, schedule, active, run.status, run.return_message,
           extract(epoch FROM now() - run.start_time)::float8 / 3600
    FROM cron.job
    LEFT JOIN LATERAL (
        SELECT status, return_message, start_time FROM cron.job_run_details AS details
        WHERE details.jobid = job.jobid AND status IN ('succeeded', 'failed')
        ORDER BY runid DESC LIMIT 1) AS run ON true
    WHERE database = current_database()
      AND command ~* 'raceway_retention|delete\s+from\s+(\S+\.)?traces\M'
    ORDER BY active DESC, job.jobid";

/// What pg_cron does about it.
enum Cron {
    /// Not in this database; whether it could be.
    Absent {
        is_available: bool,
    },
    Unreadable,
    /// Those of this role; of all, for a superuser.
    Jobs(Vec<Job>),
}

struct Job {
    id: i64,
    schedule: String,
    is_active: bool,
    last: Option<Run>,
}

/// The last one that has ended.
struct Run {
    has_failed: bool,
    message: String,
    hours_ago: f64,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let keep = server.config.retention.keep;
    Ok(match cron(server).await? {
        Cron::Jobs(jobs) if !jobs.is_empty() => judge_job(&jobs[0], keep.is_some()),
        cron => judge_without_job(&cron, keep, server.schema()?, &server.role),
    })
}

async fn cron(server: &Server<'_>) -> Result<Cron, Unchecked> {
    match may_read_cron(server).await? {
        None => {
            // Only some may know which database it is made for, and whether it runs at all.
            const AVAILABLE: &str = "
                SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'cron.database_name'
                                                         AND setting = current_database())";
            let is_available = server.row(AVAILABLE, &[]).await?.try_get(0)?;
            Ok(Cron::Absent { is_available })
        }
        Some(false) => Ok(Cron::Unreadable),
        Some(true) => {
            let rows = server.rows(JOBS, &[]).await?;
            Ok(Cron::Jobs(rows.iter().map(job).collect::<Result<_, _>>()?))
        }
    }
}

/// Whether the role may look into pg_cron's schema; `None` where it is not in this database.
pub(super) async fn may_read_cron(server: &Server<'_>) -> Result<Option<bool>, Unchecked> {
    const SQL: &str = "
        SELECT has_schema_privilege(pg_namespace.oid, 'USAGE')
        FROM pg_extension JOIN pg_namespace ON nspname = 'cron' WHERE extname = 'pg_cron'";
    let rows = server.rows(SQL, &[]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

fn job(row: &Row) -> Result<Job, tokio_postgres::Error> {
    let status: Option<String> = row.try_get(3)?;
    let last = match status {
        Some(status) => Some(Run {
            has_failed: status == "failed",
            message: row.try_get::<_, Option<String>>(4)?.unwrap_or_default(),
            hours_ago: row.try_get::<_, Option<f64>>(5)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Job { id: row.try_get(0)?, schedule: row.try_get(1)?, is_active: row.try_get(2)?, last })
}

/// `has_other`: whether the sidecar deletes too.
fn judge_job(job: &Job, has_other: bool) -> Verdict {
    let Job { id, schedule, is_active, last } = job;
    let name = format!("job {id} of pg_cron ({schedule})");
    let bad = |message: String, remedy: &str| {
        if has_other {
            Verdict::warning(message, remedy)
        } else {
            Verdict::problem(message, remedy)
        }
    };
    if !is_active {
        let message = format!("{name} is not active");
        return bad(message, &format!("SELECT cron.alter_job({id}, active => true);"));
    }
    match last {
        None => Verdict::warning(
            format!("{name} has not run yet"),
            "look again after its time; if it never runs: shared_preload_libraries = 'pg_cron'",
        ),
        Some(Run { has_failed: true, message, hours_ago }) => bad(
            format!("{name} failed {hours_ago:.1} hours ago: {message}"),
            &format!("SELECT command FROM cron.job WHERE jobid = {id}; -- and try it by hand"),
        ),
        Some(Run { hours_ago, .. }) if runs_daily(schedule) && *hours_ago > STALE_HOURS => bad(
            format!("{name} ran {hours_ago:.0} hours ago for the last time"),
            "look for pg_cron in the server's log; is it in shared_preload_libraries?",
        ),
        Some(Run { hours_ago, .. }) => {
            Verdict::ok(format!("{name} succeeded {hours_ago:.1} hours ago"))
        }
    }
}

/// Whether a job is to run every day at least.
fn runs_daily(schedule: &str) -> bool {
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    matches!(fields[..], [_, _, "*", "*", "*"] | [_, "second" | "seconds"])
}

fn judge_without_job(cron: &Cron, keep: Option<Duration>, schema: &str, role: &str) -> Verdict {
    if let Some(keep) = keep {
        let keep = humantime::format_duration(keep);
        return Verdict::ok(format!("the sidecar deletes what is older than {keep}"));
    }
    let schedule = format!(
        "SELECT cron.schedule('raceway-retention', '0 2 * * *', \
         $$SELECT {schema}.raceway_retention('30 days')$$);"
    );
    let keep = "keep = \"30 days\" in [retention] of raceway.toml";
    match cron {
        Cron::Absent { is_available: false } => {
            let remedy = format!("{keep}; or pg_cron, see docs/RETAIN.md");
            Verdict::warning("nothing that can be seen from here deletes old events", remedy)
        }
        Cron::Absent { is_available: true } => Verdict::warning(
            "nothing that can be seen from here deletes old events",
            format!("CREATE EXTENSION pg_cron; {schedule} -- or {keep}"),
        ),
        Cron::Unreadable => Verdict::warning(
            format!("not checked: {role} may not see the jobs of pg_cron"),
            format!("GRANT USAGE ON SCHEMA cron TO {role};"),
        ),
        Cron::Jobs(_) => Verdict::warning(
            format!("no job of pg_cron that {role} can see deletes old events"),
            format!("{schedule} -- or {keep}"),
        ),
    }
}

/// How many days are kept, where something says so.
pub(super) async fn kept_days(server: &Server<'_>) -> Option<f64> {
    const SQL: &str = "
        SELECT min(extract(epoch FROM substring(
            command FROM 'raceway_retention\\(\\s*''([^'']+)''')::interval))::float8 / 86400
        FROM cron.job WHERE active AND database = current_database()";
    if let Some(keep) = server.config.retention.keep {
        return Some(keep.as_secs_f64() / 86400.0);
    }
    server.row(SQL, &[]).await.ok()?.try_get(0).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn judged(is_active: bool, last: Option<(bool, f64)>) -> Status {
        let last = last.map(|(has_failed, hours_ago)| Run {
            has_failed,
            message: String::new(),
            hours_ago,
        });
        judge_job(&Job { id: 1, schedule: "0 2 * * *".into(), is_active, last }, false).status
    }

    #[test]
    fn a_job_must_be_active_and_succeed_when_it_should() {
        assert_eq!(judged(true, Some((false, 48.0))), Status::Ok);
        assert_eq!(judged(true, None), Status::Warning);
        assert_eq!(judged(false, Some((false, 1.0))), Status::Problem);
        assert_eq!(judged(true, Some((true, 1.0))), Status::Problem);
        assert_eq!(judged(true, Some((false, 50.0))), Status::Problem);
    }

    #[test]
    fn daily_is_what_has_no_days() {
        for (schedule, expected) in [
            ("* * * * *", true),
            ("0 2 * * *", true),
            ("30 seconds", true),
            ("0 2 1 * *", false),
            ("0 2 * * 7", false),
            ("@reboot", false),
        ] {
            assert_eq!(runs_daily(schedule), expected, "{schedule}");
        }
    }

    #[test]
    fn without_a_job_the_sidecar_must_delete() {
        let month = Some(Duration::from_hours(30 * 24));
        for cron in [Cron::Absent { is_available: true }, Cron::Unreadable, Cron::Jobs(vec![])] {
            assert_eq!(judge_without_job(&cron, None, "s", "r").status, Status::Warning);
            assert_eq!(judge_without_job(&cron, month, "s", "r").status, Status::Ok);
        }
    }
}
