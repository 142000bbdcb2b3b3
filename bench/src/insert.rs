//! Events as whoever doesn't know `raceway_ingest()` would store them: one `INSERT` each.

use postgres::Client;
use postgres::types::ToSql;
use serde_json::{Map, Value};

use crate::loadgen::events_of;

/// Texts of the columns that are written.
pub(crate) type EventRow = [Option<String>; 9];

const INSERT: &str = "
    INSERT INTO events (event_id, trace_id, parent_id, kind, timestamp,
                        service_name, thread_id, vector_clock, metadata)
    VALUES ($1, $2, $3, $4, $5::text::timestamptz, $6, $7, $8::text::jsonb, $9::text::jsonb)";

/// Inserts each row in a transaction of its own.
pub(crate) fn insert(client: &mut Client, rows: &[EventRow]) {
    let insert = client.prepare(INSERT).expect("INSERT");
    for row in rows {
        let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|value| value as _).collect();
        client.execute(&insert, &values).expect("INSERT");
    }
}

/// The rows of the first events of these batches, which are in the SDK dialect.
pub(crate) fn rows(batches: &[String], events: u32) -> Vec<EventRow> {
    let events = usize::try_from(events).expect("a small number");
    batches
        .iter()
        .flat_map(|batch| events_of(batch))
        .take(events)
        .map(|event| row(&event))
        .collect()
}

fn row(event: &Value) -> EventRow {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (kind, payload) =
        event["kind"].as_object().and_then(|kind| kind.iter().next()).expect("a kind");
    let clock = event["causality_vector"].as_array().expect("a causality_vector");
    let component = |pair: &Value| (text(&pair[0]).expect("a component"), pair[1].clone());
    let clock: Map<String, Value> = clock.iter().map(component).collect();
    let metadata = &event["metadata"];
    [
        text(&event["id"]),
        text(&event["trace_id"]),
        text(&event["parent_id"]),
        Some(kind.clone()),
        text(&event["timestamp"]),
        text(&metadata["service_name"]),
        text(&metadata["thread_id"]),
        Some(Value::from(clock).to_string()),
        Some(payload.to_string()),
    ]
}
