//! Events into the tables: which of them are new, and what is written of those.
//!
//! The order of locks is that of `sql/plain/store.sql`: frames, partitions, traces by id, events.

use foldhash::{HashSet, HashSetExt};
use pgrx::datum::Uuid;
use pgrx::pg_sys::BuiltinOid::{INT8ARRAYOID, TIMESTAMPTZARRAYOID, UUIDARRAYOID};
use pgrx::pg_sys::Oid;
use raceway_model::Event;

use crate::frames::frame_ids;
use crate::heap::{self, Row};
use crate::instant::{day, micros, timestamptz};
use crate::partitions::open_partitions;
use crate::query::{Query, column, rows};
use crate::traces::Traces;

thread_local! {
    static STORED_PLACES: Query = const {
        Query::new(
            "SELECT * FROM _raceway_stored_places($1, $2, $3)",
            &[INT8ARRAYOID, TIMESTAMPTZARRAYOID, UUIDARRAYOID],
        )
    };
    static RECOUNT_TRACES: Query =
        const { Query::new("SELECT _raceway_recount_traces($1)", &[INT8ARRAYOID]) };
}

/// Stores the events, and says of each whether it was new. All of them are stored when it returns,
/// or none.
pub(crate) fn store(events: &[Event]) -> Vec<bool> {
    let mut is_new = first_of_their_keys(events);
    let frames = frame_ids(events);
    let partitions = open_partitions(events);
    let mut traces = Traces::of(events);
    let suspects = traces.merge(events, &is_new);
    let duplicates = stored_already(&suspects, &traces, events);
    for &index in &duplicates {
        is_new[index] = false;
    }
    let new_rows: Vec<(Oid, Row)> = (0..events.len())
        .filter(|&index| is_new[index])
        .map(|index| {
            let event = &events[index];
            let row = Row {
                timestamp: micros(event.timestamp),
                trace_no: traces.number_of(index),
                event_key: event.event_key,
                parent_key: event.parent_key,
                frame_id: frames[index].id,
                values: frames[index].values.as_ref(),
            };
            (partitions[&day(event.timestamp)], row)
        })
        .collect();
    insert(new_rows);
    if !duplicates.is_empty() {
        // Their traces have counted them too, and they may name another service than the first.
        let numbers = column(&duplicates, |&index| traces.number_of(index));
        rows(&RECOUNT_TRACES, &[numbers], |_| ());
    }
    is_new
}

/// Whether no event before it has the same key.
fn first_of_their_keys(events: &[Event]) -> Vec<bool> {
    let mut seen = HashSet::with_capacity(events.len());
    events
        .iter()
        .map(|event| seen.insert((&*event.trace_id, event.timestamp, event.event_key)))
        .collect()
}

/// Those of the suspects that are stored.
fn stored_already(suspects: &[usize], traces: &Traces, events: &[Event]) -> Vec<usize> {
    if suspects.is_empty() {
        return Vec::new();
    }
    let arguments = [
        column(suspects, |&index| traces.number_of(index)),
        column(suspects, |&index| timestamptz(events[index].timestamp)),
        column(suspects, |&index| Uuid::from_bytes(events[index].event_key)),
    ];
    rows(&STORED_PLACES, &arguments, |row| {
        let place = usize::try_from(row.expect::<i64>(1) - 1).unwrap_or(usize::MAX);
        suspects[place]
    })
}

/// Into each partition in the order of its key.
fn insert(mut rows: Vec<(Oid, Row)>) {
    rows.sort_unstable_by_key(|(partition, row)| (partition.to_u32(), row.trace_no, row.timestamp));
    for chunk in rows.chunk_by(|(a, _), (b, _)| a == b) {
        let rows: Vec<&Row> = chunk.iter().map(|(_, row)| row).collect();
        heap::insert(chunk[0].0, &rows);
    }
}
