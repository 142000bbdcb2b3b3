//! Events into the tables: which are new, which trace they count in, which partition takes them.
//!
//! The order of locks is that of `sql/plain/store.sql`: frames, partitions, traces by id, events.

use std::cell::RefCell;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use pgrx::datum::{TimestampWithTimeZone, Uuid};
use pgrx::pg_sys::BuiltinOid::{
    INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, UUIDARRAYOID,
};
use pgrx::pg_sys::Oid;
use raceway_model::{Event, Timestamp, TraceSummary};

use crate::error::internal_error;
use crate::frames::frame_ids;
use crate::heap::{self, Row};
use crate::query::{Query, column, rows};

/// Postgres counts from 2000-01-01T00:00:00Z.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

thread_local! {
    static KNOWN_TRACES: Query =
        const { Query::new("SELECT * FROM raceway_known_traces($1)", &[TEXTARRAYOID]) };
    static STORED_PLACES: Query = const {
        Query::new(
            "SELECT * FROM raceway_stored_places($1, $2, $3)",
            &[INT8ARRAYOID, TIMESTAMPTZARRAYOID, UUIDARRAYOID],
        )
    };
    static MERGE_TRACES: Query = const {
        Query::new(
            "SELECT * FROM raceway_merge_traces($1, $2, $3, $4, $5, $6, $7)",
            &[
                TEXTARRAYOID,
                INT8ARRAYOID,
                TIMESTAMPTZARRAYOID,
                TIMESTAMPTZARRAYOID,
                INT8ARRAYOID,
                TEXTARRAYOID,
                TEXTARRAYOID,
            ],
        )
    };
    static RECOUNT_TRACES: Query =
        const { Query::new("SELECT raceway_recount_traces($1)", &[INT8ARRAYOID]) };
    static OPEN_PARTITION: Query = const {
        Query::new(
            "SELECT leaf::oid, leaf <> 'events_default'::regclass
             FROM raceway_open_partition(($1 AT TIME ZONE 'UTC')::date) AS leaf",
            &[TIMESTAMPTZOID],
        )
    };

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
    PARTITIONS.with_borrow_mut(|partitions| {
        if is_daily {
            partitions.insert(day, partition);
        } else {
            partitions.remove(&day);
        }
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

/// `None` outside of the years 0001 to 9999.
pub(crate) fn timestamp(instant: TimestampWithTimeZone) -> Option<Timestamp> {
    Timestamp::from_micros(i64::from(instant).checked_add(POSTGRES_EPOCH_MICROS)?)
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
        let summaries = self.summaries(events, is_new);
        let mut known: Vec<Option<Known>> = vec![None; self.ids.len()];
        for (id, trace) in known_traces(&self.ids) {
            known[self.place(&id)] = Some(trace);
        }
        let mut bounds = vec![None; self.ids.len()];
        for (id, merged) in merge_summaries(&self.ids, &summaries) {
            let place = self.place(&id);
            let sent = summaries[place].as_ref().map_or(0, |summary| summary.event_count);
            self.numbers[place] = merged.number;
            bounds[place] = merged.bounds_before(known[place], i64::try_from(sent).unwrap_or(0));
        }
        let may_be_stored = |&index: &usize| {
            let instant = postgres_micros(events[index].timestamp);
            is_new[index]
                && bounds[self.of_event[index]]
                    .is_some_and(|(start, end)| (start..=end).contains(&instant))
        };
        (0..events.len()).filter(may_be_stored).collect()
    }

    fn place(&self, id: &str) -> usize {
        let place = self.places.get(id).copied();
        place.unwrap_or_else(|| internal_error("a trace of another batch"))
    }

    /// Of each trace, what its new events add to it.
    fn summaries(&self, events: &[Event], is_new: &[bool]) -> Vec<Option<TraceSummary>> {
        let mut summaries: Vec<Option<TraceSummary>> = vec![None; self.ids.len()];
        for (index, event) in events.iter().enumerate().filter(|&(index, _)| is_new[index]) {
            let summary = &mut summaries[self.of_event[index]];
            match summary {
                Some(summary) => summary.add(event),
                None => *summary = Some(TraceSummary::of(event)),
            }
        }
        summaries
    }
}

/// The first and the last instant of a trace's events.
type Bounds = (i64, i64);

/// A trace as it was before the batch.
#[derive(Clone, Copy)]
struct Known {
    bounds: Bounds,
    event_count: i64,
}

/// A trace as the batch has left it.
struct Merged {
    number: i64,
    event_count: i64,
    is_new: bool,
}

impl Merged {
    /// When the trace had events before so many were added; `None` if it had none. What another
    /// session has added since the trace was looked up may be anywhere.
    fn bounds_before(&self, known: Option<Known>, added: i64) -> Option<Bounds> {
        match known {
            _ if self.is_new => None,
            Some(known) if known.event_count + added == self.event_count => Some(known.bounds),
            _ => Some((i64::MIN, i64::MAX)),
        }
    }
}

fn known_traces(ids: &[&str]) -> Vec<(String, Known)> {
    rows(&KNOWN_TRACES, &[column(ids, |&id| id)], |row| {
        let instant = |column| row.get::<TimestampWithTimeZone>(column).map(i64::from);
        // A trace without events has no bounds.
        let bounds = instant(2).zip(instant(3)).unwrap_or((i64::MAX, i64::MIN));
        (row.expect(1), Known { bounds, event_count: row.expect(4) })
    })
}

fn merge_summaries(ids: &[&str], summaries: &[Option<TraceSummary>]) -> Vec<(String, Merged)> {
    let traces: Vec<(&str, &TraceSummary)> = ids
        .iter()
        .zip(summaries)
        .filter_map(|(&id, summary)| Some((id, summary.as_ref()?)))
        .collect();
    let arguments = [
        column(&traces, |&(id, _)| id),
        column(&traces, |(_, trace)| i64::try_from(trace.event_count).unwrap_or(i64::MAX)),
        column(&traces, |(_, trace)| timestamptz(trace.start_time)),
        column(&traces, |(_, trace)| timestamptz(trace.end_time)),
        column(&traces, |(_, trace)| trace.name_rank()),
        column(&traces, |&(_, trace)| trace.service_name()),
        column(&traces, |(_, trace)| array_literal(&trace.services)),
    ];
    rows(&MERGE_TRACES, &arguments, |row| {
        let (number, event_count, is_new) = (row.expect(2), row.expect(3), row.expect(4));
        (row.expect(1), Merged { number, event_count, is_new })
    })
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
