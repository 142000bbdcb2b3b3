//! The rows of `traces` that a batch counts in.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys::BuiltinOid::{INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID};
use raceway_model::{Event, TraceSummary};

use crate::error::internal_error;
use crate::instant::{micros, timestamptz};
use crate::query::{Query, column, rows};

thread_local! {
    static KNOWN_TRACES: Query =
        const { Query::new("SELECT * FROM _raceway_known_traces($1)", &[TEXTARRAYOID]) };
    static MERGE_TRACES: Query = const {
        Query::new(
            "SELECT * FROM _raceway_merge_traces($1, $2, $3, $4, $5, $6, $7)",
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
}

/// The traces of a batch.
pub(crate) struct Traces<'a> {
    /// Of each event, the place of its trace in the other lists.
    of_event: Vec<usize>,
    places: HashMap<&'a str, usize>,
    ids: Vec<&'a str>,
    /// 0 until it is known.
    numbers: Vec<i64>,
}

impl<'a> Traces<'a> {
    pub(crate) fn of(events: &'a [Event]) -> Self {
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

    /// `trace_no` of the trace of an event.
    pub(crate) fn number_of(&self, event: usize) -> i64 {
        self.numbers[self.of_event[event]]
    }

    /// Counts the events in the rows of their traces, which locks these rows. Returns the places of
    /// events that may be stored already: those within the time that their trace had events in.
    pub(crate) fn merge(&mut self, events: &[Event], is_new: &[bool]) -> Vec<usize> {
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
            let instant = micros(events[index].timestamp);
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
