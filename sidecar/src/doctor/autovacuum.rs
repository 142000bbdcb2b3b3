//! Whether Postgres clears up behind deletes and updates by itself.

use super::relations::OURS;
use super::remedy::put_right;
use super::server::Server;
use super::verdict::{Unchecked, Verdict};

const SETTINGS: &str = "
    SELECT name, source FROM pg_settings
    WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off' ORDER BY name";

const TABLES: &str = "
    SELECT name FROM ours
    WHERE EXISTS (SELECT FROM pg_options_to_table(reloptions)
                  WHERE option_name = 'autovacuum_enabled' AND NOT option_value::boolean)
    ORDER BY name";

pub(super) async fn check(server: &Server<'_>) -> Result<Verdict, Unchecked> {
    if let Some(row) = server.rows(SETTINGS, &[]).await?.first() {
        let name: String = row.try_get(0)?;
        let remedy = put_right(server, &name, "on", row.try_get(1)?);
        let message = format!("{name} is off: tables grow, until the database stops");
        return Ok(Verdict::problem(message, remedy));
    }
    let rows = server.of_schema(&[OURS, TABLES].concat()).await?;
    let tables = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(judge(&tables))
}

fn judge(without: &[String]) -> Verdict {
    if without.is_empty() {
        return Verdict::ok("on, for every table");
    }
    let reset = |table: &String| format!("ALTER TABLE {table} RESET (autovacuum_enabled);");
    let remedy = without.iter().map(reset).collect::<Vec<_>>().join(" ");
    Verdict::warning(format!("switched off for {}", without.join(", ")), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn no_table_may_be_left_out() {
        assert_eq!(judge(&[]).status, Status::Ok);
        assert_eq!(judge(&["public.traces".into()]).status, Status::Warning);
    }
}
