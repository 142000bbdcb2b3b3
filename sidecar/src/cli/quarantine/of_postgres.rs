//! The quarantine in the table `raceway_rejected`.

use tokio_postgres::Row;

use super::{QuarantineAction, print};
use crate::cli::{CommandError, stdout};
use crate::config::Postgres;
use crate::quarantine::Entry;
use crate::schema::database_message;
use crate::store::postgres::Database;

const LIST: &str = r#"
    SELECT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           source, event_id, reason, event, acknowledged
    FROM @extschema@.raceway_rejected ORDER BY rejected_id"#;

pub(super) async fn run(config: &Postgres, action: &QuarantineAction) -> Result<(), CommandError> {
    let database = Database::open(config)?;
    let client = database.client().await?;
    let query = match action {
        QuarantineAction::List { .. } => LIST,
        QuarantineAction::Replay => {
            "SELECT replayed, remaining FROM @extschema@.raceway_replay_rejected()"
        }
        QuarantineAction::Clear => {
            "WITH gone AS (DELETE FROM @extschema@.raceway_rejected
                           WHERE acknowledged IS NULL RETURNING 1)
             SELECT count(*) FROM gone"
        }
    };
    let rows = client.query_typed(&database.namespace().sql(query), &[]).await;
    let rows = rows.map_err(|error| CommandError::Quarantine(database_message(&error)))?;
    match (action, &rows[..]) {
        (QuarantineAction::List { json }, rows) => {
            print(&rows.iter().map(entry).collect::<Vec<_>>(), *json)?;
        }
        (QuarantineAction::Replay, [row]) => {
            let (stored, remain): (i64, i64) = (row.get(0), row.get(1));
            stdout::print(format_args!("stored {stored}, {remain} remain"))?;
        }
        (QuarantineAction::Clear, [row]) => {
            stdout::print(format_args!("forgot {}", row.get::<_, i64>(0)))?;
        }
        _ => {}
    }
    Ok(())
}

fn entry(row: &Row) -> Entry {
    Entry {
        received_at: row.get(0),
        source: row.get(1),
        event_id: row.get(2),
        reason: row.get(3),
        event: row.get(4),
        acknowledged: row.get::<_, Option<i32>>(5).map(i32::unsigned_abs),
    }
}
