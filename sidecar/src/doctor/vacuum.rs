//! Whether autovacuum keeps up: dead rows, and statistics that speak of what is no longer so.

use tokio_postgres::Row;

use super::relations::OURS;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

const TABLES: &str = "
    SELECT name, n_live_tup, n_dead_tup, n_mod_since_analyze,
           extract(epoch FROM now() - greatest(last_vacuum, last_autovacuum))::float8 / 3600
    FROM ours JOIN pg_stat_all_tables ON relid = oid
    WHERE relkind = 'r' ORDER BY name";

/// Fewer rows are nothing to speak of.
const FEW: i64 = 10_000;

struct Table {
    name: String,
    live: i64,
    dead: i64,
    changed: i64,
    vacuumed_hours_ago: Option<f64>,
}

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    let rows = server.of_schema(&[OURS, TABLES].concat()).await?;
    let tables = rows.iter().map(table).collect::<Result<Vec<_>, _>>()?;
    Ok(judge(&tables))
}

fn table(row: &Row) -> Result<Table, tokio_postgres::Error> {
    Ok(Table {
        name: row.try_get(0)?,
        live: row.try_get(1)?,
        dead: row.try_get(2)?,
        changed: row.try_get(3)?,
        vacuumed_hours_ago: row.try_get(4)?,
    })
}

impl Table {
    /// Twice as much as autovacuum waits for by default.
    fn is_behind(&self) -> bool {
        self.dead > FEW.max(self.live / 10 * 4) || self.changed > FEW.max(self.live / 10 * 2)
    }

    fn description(&self) -> String {
        let Table { name, live, dead, changed, vacuumed_hours_ago } = self;
        let vacuumed = match vacuumed_hours_ago {
            Some(hours) => format!("vacuumed {hours:.1} hours ago"),
            None => "never vacuumed".to_owned(),
        };
        format!("{name} ({live} rows, {dead} dead, {changed} since ANALYZE, {vacuumed})")
    }
}

fn judge(tables: &[Table]) -> Verdict {
    let behind: Vec<&Table> = tables.iter().filter(|table| table.is_behind()).collect();
    if behind.is_empty() {
        let [live, dead] = [|table: &Table| table.live, |table: &Table| table.dead]
            .map(|of| tables.iter().map(of).sum::<i64>());
        return Verdict::ok(format!("autovacuum keeps up: {dead} dead rows beside {live}"));
    }
    let descriptions: Vec<String> = behind.iter().map(|table| table.description()).collect();
    let vacuum = |table: &&Table| format!("VACUUM (ANALYZE) {};", table.name);
    Verdict::warning(
        format!("autovacuum does not keep up with {}", descriptions.join(", ")),
        behind.iter().map(vacuum).collect::<Vec<_>>().join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_table_is_behind_by_far_more_than_autovacuum_waits_for() {
        for (live, dead, changed, expected) in [
            (0, 10_000, 10_000, Status::Ok),
            (0, 10_001, 0, Status::Warning),
            (0, 0, 10_001, Status::Warning),
            (1_000_000, 400_000, 200_000, Status::Ok),
            (1_000_000, 400_001, 0, Status::Warning),
        ] {
            let table = Table { name: "t".into(), live, dead, changed, vacuumed_hours_ago: None };
            assert_eq!(judge(&[table]).status, expected, "{live} {dead} {changed}");
        }
    }
}
