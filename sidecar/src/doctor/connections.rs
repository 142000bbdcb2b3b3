//! Whether the server has room for as many connections as the sidecars may want.

use super::remedy::{Takes, set};
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

/// Those of sidecars by their name, which anybody may see; of each address there is one at least.
const SQL: &str = "
    SELECT current_setting('max_connections')::bigint
               - current_setting('superuser_reserved_connections')::bigint
               - coalesce(current_setting('reserved_connections', true), '0')::bigint,
           (SELECT sum(numbackends)::bigint FROM pg_stat_database),
           (SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'raceway-sidecar' AND pid <> pg_backend_pid()),
           (SELECT count(DISTINCT coalesce(client_addr, '127.0.0.1')) FROM pg_stat_activity
            WHERE application_name = 'raceway-sidecar'),
           (SELECT rolconnlimit::bigint FROM pg_roles WHERE rolname = current_user),
           (SELECT datconnlimit::bigint FROM pg_database WHERE datname = current_database())";

/// What there is and what is wanted.
struct Room {
    /// That anybody may have.
    all: i64,
    used: i64,
    /// By sidecars, without this one.
    by_sidecars: i64,
    sidecars: i64,
    /// Of this sidecar.
    pool: i64,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let row = server.row(SQL, &[]).await?;
    let pool = i64::try_from(server.config.storage.postgres.max_connections).unwrap_or(i64::MAX);
    let room = Room {
        all: row.try_get(0)?,
        used: row.try_get(1)?,
        by_sidecars: row.try_get(2)?,
        sidecars: row.try_get::<_, i64>(3)?.max(1),
        pool,
    };
    for (column, of) in [(4, "ROLE"), (5, "DATABASE")] {
        let name = if of == "ROLE" { &server.role } else { &server.database };
        let limit: Option<i64> = row.try_get(column)?;
        if let Some(limit) = limit.filter(|limit| (0..pool).contains(limit)) {
            return Ok(limited(of, name, limit, pool));
        }
    }
    Ok(if server.is_pooled { of_pooler(&room) } else { judge(&room, server.is_supabase()) })
}

fn limited(of: &str, name: &str, limit: i64, pool: i64) -> Verdict {
    let message = format!("{name} may have {limit} connections, this sidecar wants up to {pool}");
    Verdict::warning(message, format!("ALTER {of} {name} CONNECTION LIMIT {pool};"))
}

/// It has as many as it has been given.
fn of_pooler(room: &Room) -> Verdict {
    let Room { all, used, .. } = room;
    Verdict::ok(format!("the pooler sees to them; the server has {used} of {all}"))
}

fn judge(room: &Room, is_supabase: bool) -> Verdict {
    let Room { all, used, by_sidecars, sidecars, pool } = *room;
    let others = (used - by_sidecars - 1).max(0);
    let wanted = by_sidecars.max(sidecars.saturating_mul(pool));
    let message =
        format!("{used} of {all} are used, {by_sidecars} by sidecars; this one wants up to {pool}");
    if others.saturating_add(wanted) <= all {
        return Verdict::ok(message);
    }
    let enough = others.saturating_add(wanted).saturating_mul(2).to_string();
    let fitting = ((all - others) / sidecars).max(1);
    let more = set(is_supabase, "max_connections", &enough, Takes::Restart);
    Verdict::warning(
        format!("{message}: there is not room for all"),
        format!("max_connections = {fitting} in [storage.postgres], or: {more}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn every_sidecar_must_have_room_for_its_pool() {
        let room = Room { all: 97, used: 8, by_sidecars: 2, sidecars: 1, pool: 10 };
        assert_eq!(judge(&room, false).status, Status::Ok);
        for full in
            [Room { used: 95, ..room }, Room { sidecars: 10, ..room }, Room { pool: 500, ..room }]
        {
            let verdict = judge(&full, false);
            assert_eq!(verdict.status, Status::Warning, "{verdict:?}");
        }
    }

    #[test]
    fn what_would_fit_is_said() {
        let room = Room { all: 97, used: 8, by_sidecars: 2, sidecars: 2, pool: 100 };
        let remedy = judge(&room, false).remedy.expect("a remedy");
        assert!(remedy.starts_with("max_connections = 46 in [storage.postgres]"), "{remedy}");
    }
}
