//! The daily partitions: ingest makes them when they are needed, if it can.

use super::retention::kept_days;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

const DAYS: &str = "
    SELECT count(*), min(day)::text, (today - min(day))::bigint, coalesce(bool_or(day = today), false),
           coalesce(bool_or(day = today + 1), false)
    FROM @extschema@._raceway_partitions()
    CROSS JOIN (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS clock
    GROUP BY today";

/// Ingest runs as its owner.
const OWNER: &str = "
    SELECT quote_ident(rolname), has_schema_privilege(pg_roles.oid, pronamespace, 'CREATE')
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    JOIN pg_roles ON pg_roles.oid = proowner
    WHERE quote_ident(nspname) = $1 AND proname = 'raceway_ingest_batches'";

/// What has the name of a partition that ingest would make, and is none: its day goes to
/// `events_default` then.
const OBSTACLES: &str = "
    SELECT relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    CROSS JOIN (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS clock
    WHERE quote_ident(nspname) = $1 AND relname ~ '^events_[0-9]{8}$' AND NOT relispartition
      AND right(relname, 8) BETWEEN to_char(today - 31, 'YYYYMMDD') AND to_char(today + 2, 'YYYYMMDD')
    ORDER BY 1";

/// What retention, as its owner, can't drop: somebody else has made it.
const STRANGERS: &str = "
    SELECT child.relname
    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
    JOIN pg_proc ON proname = 'raceway_retention'
    JOIN pg_namespace ON pg_namespace.oid = pronamespace AND quote_ident(nspname) = $1
    WHERE inhparent = to_regclass($1 || '.stored_events')
      AND NOT pg_has_role(proowner, child.relowner, 'USAGE')
    ORDER BY 1";

/// Made by version 0.1.0 in a session with another `DateStyle` than ISO.
const MISPLACED: &str = "SELECT partition::text FROM @extschema@._raceway_misplaced_partitions()";

#[derive(Default)]
struct Partitions {
    count: i64,
    oldest: String,
    days_back: i64,
    has_today: bool,
    has_tomorrow: bool,
    kept_days: Option<f64>,
    obstacles: Vec<String>,
    strangers: Vec<String>,
    misplaced: Vec<String>,
    owner: String,
    owner_may_create: bool,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let mut partitions = Partitions { kept_days: kept_days(server).await, ..Partitions::default() };
    if let Some(row) = server.of_schema(DAYS).await?.first() {
        partitions.count = row.try_get(0)?;
        partitions.oldest = row.try_get(1)?;
        partitions.days_back = row.try_get(2)?;
        (partitions.has_today, partitions.has_tomorrow) = (row.try_get(3)?, row.try_get(4)?);
    }
    if let Some(row) = server.of_schema(OWNER).await?.first() {
        (partitions.owner, partitions.owner_may_create) = (row.try_get(0)?, row.try_get(1)?);
    }
    partitions.obstacles = names(server, OBSTACLES).await?;
    partitions.strangers = names(server, STRANGERS).await?;
    partitions.misplaced = names(server, MISPLACED).await?;
    Ok(judge(&partitions, server.schema()?))
}

async fn names(server: &Server<'_>, sql: &str) -> Result<Vec<String>, Unchecked> {
    let rows = server.of_schema(sql).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn judge(partitions: &Partitions, schema: &str) -> Verdict {
    let Partitions { count, oldest, days_back, kept_days, owner, .. } = partitions;
    if !partitions.owner_may_create {
        return Verdict::problem(
            format!("{owner}, who owns raceway_ingest_batches(), may not make partitions"),
            format!("GRANT CREATE ON SCHEMA {schema} TO {owner};"),
        );
    }
    if let Some(name) = partitions.obstacles.first() {
        return Verdict::warning(
            format!("{name} is no partition, and keeps the day's partition from being made"),
            format!("ALTER TABLE {schema}.{name} RENAME TO {name}_aside;"),
        );
    }
    if !partitions.strangers.is_empty() {
        let give = |name: &String| format!("ALTER TABLE {schema}.{name} OWNER TO {owner};");
        let names = partitions.strangers.join(", ");
        return Verdict::problem(
            format!("retention fails, as {names} is not of {owner}"),
            partitions.strangers.iter().map(give).collect::<Vec<_>>().join(" "),
        );
    }
    if !partitions.misplaced.is_empty() {
        let names = partitions.misplaced.join(", ");
        return Verdict::problem(
            format!(
                "{names}: holds another time than the day in its name, which ingest and retention go by"
            ),
            format!("SELECT {schema}._raceway_mend_partitions();"),
        );
    }
    if *count == 0 {
        return Verdict::ok("none yet: a day gets its own with its first event");
    }
    let message = format!("{count} days since {oldest}, {}", ahead(partitions));
    match kept_days {
        // A day goes when all of it is too old, at the next run.
        #[allow(clippy::cast_precision_loss, reason = "days")]
        Some(kept) if *days_back as f64 > kept + 2.0 => {
            let message = format!("{message}: {days_back} days, though {kept:.0} are kept");
            let seconds = (kept * 86400.0).round();
            let run = format!("SELECT * FROM {schema}.raceway_retention('{seconds} seconds');");
            Verdict::warning(message, run)
        }
        _ => Verdict::ok(message),
    }
}

fn ahead(partitions: &Partitions) -> &'static str {
    match (partitions.has_today, partitions.has_tomorrow) {
        (true, true) => "today and tomorrow are there",
        (true, false) => "today is there, tomorrow comes with its first event",
        _ => "today comes with its first event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn judged(change: impl FnOnce(&mut Partitions)) -> Status {
        let mut partitions =
            Partitions { count: 3, days_back: 2, owner_may_create: true, ..Partitions::default() };
        change(&mut partitions);
        judge(&partitions, "public").status
    }

    #[test]
    fn partitions_come_by_themselves_and_go_in_time() {
        assert_eq!(judged(|_| ()), Status::Ok);
        assert_eq!(judged(|partitions| partitions.count = 0), Status::Ok);
        assert_eq!(judged(|partitions| partitions.owner_may_create = false), Status::Problem);
        let obstacle = |partitions: &mut Partitions| partitions.obstacles.push("events".into());
        assert_eq!(judged(obstacle), Status::Warning);
        let stranger = |partitions: &mut Partitions| partitions.strangers.push("events".into());
        assert_eq!(judged(stranger), Status::Problem);
        let misplaced = |partitions: &mut Partitions| partitions.misplaced.push("events".into());
        assert_eq!(judged(misplaced), Status::Problem);
        let old = |days| {
            move |partitions: &mut Partitions| {
                (partitions.days_back, partitions.kept_days) = (days, Some(30.0));
            }
        };
        assert_eq!(judged(old(32)), Status::Ok);
        assert_eq!(judged(old(33)), Status::Warning);
    }
}
