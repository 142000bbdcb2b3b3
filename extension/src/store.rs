//! Events into the tables: which are new, which trace they count in, which partition takes them.
//!
//! The order of locks is that of `sql/plain/store.sql`: frames, partitions, traces by id, events.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use pgrx::datum::{DatumWithOid, TimestampWithTimeZone, Uuid};
use pgrx::pg_sys::BuiltinOid::{
    INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, UUIDARRAYOID,
};
use pgrx::pg_sys::Oid;
use raceway_model::{Event, Timestamp, TraceSummary};

use crate::error::internal_error;
use crate::frames::frame_ids;
use crate::heap::{self, Row};
use crate::query::{Query, rows};

/// Postgres counts from 2000-01-01T00:00:00Z.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

thread_local! {
    static STORED_PLACES: Query = Query::new(
        "SELECT * FROM raceway_stored_places($1, $2, $3)",
        &[INT8ARRAYOID, TIMESTAMPTZARRAYOID, UUIDARRAYOID],
    );
    static MERGE_TRACES: Query = Query::new(
        "SELECT * FROM raceway_merge_traces($1, $2, $3, $4, $5, $6, $7)",
        &[TEXTARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID,
          TEXTARRAYOID, TEXTARRAYOID],
    );
    static RECOUNT_TRACES: Query =
        Query::new("SELECT raceway_recount_traces($1)", &[INT8ARRAYOID]);
    static OPEN_PARTITION: Query = Query::new(
        "SELECT leaf::oid, leaf <> 'events_default'::regclass
         FROM raceway_open_partition(($1 AT TIME ZONE 'UTC')::date) AS leaf",
        &[TIMESTAMPTZOID],
    );

    /// Daily partitions that this session has written to.
    static PARTITIONS: RefCell<HashMap<i64, Oid>> = RefCell::new(HashMap::new());
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
                timestamp: postgres_micros(event.timestamp),
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

/// The partition of each day that has events, locked for writing.
fn open_partitions(events: &[Event]) -> HashMap<i64, Oid> {
    let parent = heap::relation(c"stored_events");
    let mut days: Vec<Timestamp> = events.iter().map(|event| event.timestamp).collect();
    days.sort_unstable_by_key(|&timestamp| day(timestamp));
    days.dedup_by_key(|timestamp| day(*timestamp));
    days.into_iter().map(|timestamp| (day(timestamp), open_partition(parent, timestamp))).collect()
}

/// Days that have their partition are remembered. Those that share the default one are not: they
/// may have their own the next time.
fn open_partition(parent: Oid, timestamp: Timestamp) -> Oid {
    let day = day(timestamp);
    let known = PARTITIONS.with_borrow(|partitions| partitions.get(&day).copied());
    if let Some(partition) = known.filter(|&known| heap::lock_partition(parent, known)) {
        return partition;
    }
    let instant = [timestamptz(timestamp).into()];
    let opened = rows(&OPEN_PARTITION, &instant, |row| (row.expect(1), row.expect(2)));
    let Some(&(partition, is_daily)) = opened.first() else {
        internal_error("no partition was opened");
    };
    PARTITIONS.with_borrow_mut(|partitions| match is_daily {
        true => drop(partitions.insert(day, partition)),
        false => drop(partitions.remove(&day)),
    });
    partition
}

/// Days since 2000-01-01 in UTC.
fn day(timestamp: Timestamp) -> i64 {
    postgres_micros(timestamp).div_euclid(MICROS_PER_DAY)
}

fn postgres_micros(timestamp: Timestamp) -> i64 {
    timestamp.micros() - POSTGRES_EPOCH_MICROS
}

fn timestamptz(timestamp: Timestamp) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(postgres_micros(timestamp))
        .unwrap_or_else(|_| internal_error("a timestamp out of range"))
}

/// The traces of a batch.
struct Traces<'a> {
    /// Of each event, the place of its trace in the other lists.
    of_event: Vec<usize>,
    places: HashMap<&'a str, usize>,
    ids: Vec<&'a str>,
    /// 0 until it is known.
    numbers: Vec<i64>,
}

impl<'a> Traces<'a> {
    fn of(events: &'a [Event]) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut ids = Vec::new();
        let of_event = events
            .iter()
            .map(|event| {
                *places.entry(&event.trace_id).or_insert_with(|| {
                    ids.push(&*event.trace_id);
                    ids.len() - 1
                })
            })
            .collect();
        Traces { of_event, places, numbers: vec![0; ids.len()], ids }
    }

    fn number_of(&self, event: usize) -> i64 {
        self.numbers[self.of_event[event]]
    }

    /// Counts the events in the rows of their traces, which locks these rows. Returns the places of
    /// events that may be stored already: those within the time that their trace had events in.
    fn merge(&mut self, events: &[Event], is_new: &[bool]) -> Vec<usize> {
        let mut summaries: Vec<Option<TraceSummary>> = vec![None; self.ids.len()];
        for (index, event) in events.iter().enumerate().filter(|&(index, _)| is_new[index]) {
            let summary = &mut summaries[self.of_event[index]];
            match summary {
                Some(summary) => summary.add(event),
                None => *summary = Some(TraceSummary::of(event)),
            }
        }
        let counted: Vec<(&str, &TraceSummary)> = self
            .ids
            .iter()
            .zip(&summaries)
            .filter_map(|(&id, summary)| Some((id, summary.as_ref()?)))
            .collect();
        let mut bounds = vec![None; self.ids.len()];
        for (id, number, known) in merge_summaries(&counted) {
            let Some(&place) = self.places.get(id.as_str()) else {
                internal_error("a trace of another batch")
            };
            self.numbers[place] = number;
            bounds[place] = known;
        }
        let may_be_stored = |&index: &usize| {
            is_new[index]
                && bounds[self.of_event[index]].is_some_and(|(start, end)| {
                    (start..=end).contains(&timestamptz(events[index].timestamp))
                })
        };
        (0..events.len()).filter(may_be_stored).collect()
    }
}

/// Of the time that a trace had events in: the first instant, and the last.
type Bounds = (TimestampWithTimeZone, TimestampWithTimeZone);

/// Id and number of each trace, and its bounds before, if it is not new.
fn merge_summaries(traces: &[(&str, &TraceSummary)]) -> Vec<(String, i64, Option<Bounds>)> {
    let arguments = [
        column(traces, |&(id, _)| id),
        column(traces, |(_, trace)| i64::try_from(trace.event_count).unwrap_or(i64::MAX)),
        column(traces, |(_, trace)| timestamptz(trace.start_time)),
        column(traces, |(_, trace)| timestamptz(trace.end_time)),
        column(traces, |(_, trace)| trace.name_rank()),
        column(traces, |&(_, trace)| trace.service_name()),
        column(traces, |(_, trace)| array_literal(&trace.services)),
    ];
    rows(&MERGE_TRACES, &arguments, |row| {
        (row.expect(1), row.expect(2), row.get(3).zip(row.get(4)))
    })
}

fn column<'a, T, U>(items: &'a [T], value: impl Fn(&'a T) -> U) -> DatumWithOid<'a>
where
    Vec<U>: Into<DatumWithOid<'a>>,
{
    items.iter().map(value).collect::<Vec<_>>().into()
}

/// An array of text in the syntax of Postgres.
fn array_literal(texts: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
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
