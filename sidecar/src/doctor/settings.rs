//! Settings that are recommended, as far as they fit this server and what it holds.

use indicatif::HumanBytes;
use raceway_libpq::Reach;

use super::remedy::{Takes, set};
use super::server::Server;
use super::verdict::{Unchecked, Verdict};
use crate::config::available_memory;

const MIB: u64 = 1 << 20;

/// What Postgres has where nobody has chosen.
const DEFAULT_SHARED_BUFFERS: u64 = 128 * MIB;

pub(super) async fn check_shared_buffers(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const SQL: &str = "SELECT pg_size_bytes(current_setting('shared_buffers')),
                              pg_database_size(current_database())";
    let row = server.row(SQL, &[]).await?;
    let [buffers, database] = [row.try_get::<_, i64>(0)?, row.try_get(1)?].map(i64::unsigned_abs);
    // Only of this machine is it known how much memory it has.
    let is_here = server.client.reach() != Reach::Network && !server.is_pooled;
    let memory = if is_here { available_memory() } else { None };
    Ok(judge_shared_buffers(buffers, database, memory, server.is_supabase()))
}

/// A quarter of the memory is recommended; less is enough for a database that fits into it.
fn judge_shared_buffers(
    buffers: u64,
    database: u64,
    memory: Option<u64>,
    is_supabase: bool,
) -> Verdict {
    let message = format!("{} for a database of {}", HumanBytes(buffers), HumanBytes(database));
    let is_enough = match memory {
        Some(memory) => buffers >= (memory / 4).min(database) / 2,
        None => buffers > DEFAULT_SHARED_BUFFERS || buffers >= database,
    };
    if is_enough {
        return Verdict::ok(message);
    }
    let quarter = match memory {
        Some(memory) => format!("'{}MB'", (memory / 4 / MIB).max(1)),
        None => "'<a quarter of its memory>'".to_owned(),
    };
    let message = format!("{message}: a quarter of the server's memory is recommended");
    Verdict::warning(message, set(is_supabase, "shared_buffers", &quarter, Takes::Restart))
}

pub(super) async fn check_wal_buffers(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let sql = "SELECT pg_size_bytes(current_setting('wal_buffers'))";
    let bytes: i64 = server.row(sql, &[]).await?.try_get(0)?;
    Ok(judge_wal_buffers(bytes.unsigned_abs(), server.is_supabase()))
}

/// A transaction of the sidecar stores megabytes.
fn judge_wal_buffers(bytes: u64, is_supabase: bool) -> Verdict {
    let message = HumanBytes(bytes).to_string();
    if bytes >= 16 * MIB || is_supabase {
        return Verdict::ok(message);
    }
    Verdict::warning(
        format!("{message}: 16 MiB are recommended, as many events are stored at once"),
        set(is_supabase, "wal_buffers", "'16MB'", Takes::Restart),
    )
}

pub(super) async fn check_completion_target(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let sql = "SELECT current_setting('checkpoint_completion_target')::float8";
    Ok(judge_completion_target(server.row(sql, &[]).await?.try_get(0)?, server.is_supabase()))
}

fn judge_completion_target(target: f64, is_supabase: bool) -> Verdict {
    let name = "checkpoint_completion_target";
    if target >= 0.9 {
        return Verdict::ok(target.to_string());
    }
    Verdict::warning(
        format!(
            "{target}: at 0.9, checkpoints take their time and stores do not wait for the disk"
        ),
        set(is_supabase, name, "0.9", Takes::Reload),
    )
}

/// Checkpoints since the statistics were reset.
struct Checkpoints {
    max_wal_size: u64,
    requested: i64,
    timed: i64,
    /// Whose statistics they are.
    statistics: &'static str,
}

pub(super) async fn check_max_wal_size(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    const VERSION: &str = "SELECT current_setting('server_version_num')::integer,
                                  pg_size_bytes(current_setting('max_wal_size'))";
    let row = server.row(VERSION, &[]).await?;
    let max_wal_size: i64 = row.try_get(1)?;
    let (statistics, sql) = if row.try_get::<_, i32>(0)? >= 170_000 {
        ("checkpointer", "SELECT num_requested, num_timed FROM pg_stat_checkpointer")
    } else {
        ("bgwriter", "SELECT checkpoints_req, checkpoints_timed FROM pg_stat_bgwriter")
    };
    let row = server.row(sql, &[]).await?;
    let checkpoints = Checkpoints {
        max_wal_size: max_wal_size.unsigned_abs(),
        requested: row.try_get(0)?,
        timed: row.try_get(1)?,
        statistics,
    };
    Ok(judge_max_wal_size(&checkpoints, server.is_supabase()))
}

/// A checkpoint that comes before its time writes every page in full once more.
fn judge_max_wal_size(checkpoints: &Checkpoints, is_supabase: bool) -> Verdict {
    let Checkpoints { max_wal_size, requested, timed, statistics } = checkpoints;
    let message = format!(
        "{}: {requested} checkpoints were asked for, {timed} came in their time",
        HumanBytes(*max_wal_size)
    );
    if *requested < 10 || requested <= timed {
        return Verdict::ok(message);
    }
    let double = format!("'{}MB'", max_wal_size.saturating_mul(2) / MIB);
    let remedy = set(is_supabase, "max_wal_size", &double, Takes::Reload);
    let recount = format!("SELECT pg_stat_reset_shared('{statistics}');");
    let remedy = if is_supabase { remedy } else { format!("{remedy} {recount}") };
    Verdict::warning(message, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    const GIB: u64 = 1 << 30;

    #[test]
    fn shared_buffers_are_a_quarter_of_the_memory_or_hold_the_database() {
        for (buffers, database, memory, expected) in [
            (128 * MIB, 20 * MIB, Some(16 * GIB), Status::Ok),
            (128 * MIB, 100 * GIB, Some(16 * GIB), Status::Warning),
            (2 * GIB, 100 * GIB, Some(16 * GIB), Status::Ok),
            (128 * MIB, 200 * MIB, Some(16 * GIB), Status::Ok),
            (128 * MIB, GIB, None, Status::Warning),
            (256 * MIB, 100 * GIB, None, Status::Ok),
            (128 * MIB, 20 * MIB, None, Status::Ok),
        ] {
            let verdict = judge_shared_buffers(buffers, database, memory, false);
            assert_eq!(verdict.status, expected, "{buffers} {database} {memory:?}");
        }
    }

    #[test]
    fn supabase_is_told_what_it_lets_its_users_do() {
        let remedy = |verdict: Verdict| verdict.remedy.expect("a remedy");
        let buffers = remedy(judge_shared_buffers(MIB, GIB, Some(4 * GIB), true));
        assert!(buffers.ends_with("postgres-config update --config shared_buffers=1024MB"));
        assert_eq!(judge_wal_buffers(MIB, true).status, Status::Ok);
        let target = remedy(judge_completion_target(0.5, true));
        assert!(target.contains("is set by Supabase"), "{target}");
    }

    #[test]
    fn the_guides_values_are_enough() {
        assert_eq!(judge_wal_buffers(16 * MIB, false).status, Status::Ok);
        assert_eq!(judge_wal_buffers(4 * MIB, false).status, Status::Warning);
        assert_eq!(judge_completion_target(0.9, false).status, Status::Ok);
        assert_eq!(judge_completion_target(0.5, false).status, Status::Warning);
    }

    #[test]
    fn checkpoints_should_come_in_their_time() {
        for (requested, timed, expected) in
            [(9, 0, Status::Ok), (10, 10, Status::Ok), (10, 9, Status::Warning)]
        {
            let max_wal_size = GIB;
            let checkpoints =
                Checkpoints { max_wal_size, requested, timed, statistics: "bgwriter" };
            let verdict = judge_max_wal_size(&checkpoints, false);
            assert_eq!(verdict.status, expected, "{verdict:?}");
        }
    }
}
