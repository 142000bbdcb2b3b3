//! When there are events. Each question looks at every trace, some 30 ns each, and at the keys of events only
//! where a trace reaches across an end of the time: so no order by time has to be kept beside the map.

use std::collections::BTreeSet;
use std::ops::Range;

use dashmap::mapref::multiple::RefMulti;
use raceway_model::{ListedTrace, Timestamp};

use super::MemoryStore;
use crate::id::Id;
use crate::trace::{Chunks, Trace};

/// A trace that ended in a time.
pub(crate) struct EndedTrace {
    pub(crate) id: Id,
    /// From its first event to its last, in microseconds.
    pub(crate) micros: i64,
}

impl MemoryStore {
    /// The oldest and the newest event in a time, which is in microseconds since 1970.
    #[must_use]
    pub fn event_range(&self, times: &Range<i64>) -> Option<(Timestamp, Timestamp)> {
        let (mut bounds, mut across) = (None, Vec::new());
        for trace in self.traces_in(times) {
            let (start, end) = (trace.start_time.micros(), trace.end_time.micros());
            if times.contains(&start) && times.contains(&end) {
                bounds = widened(bounds, Some((start, end)));
            } else {
                across.push(trace.chunks());
            }
        }
        let across = across.iter().flatten().map(|chunk| chunk.bounds_in(times));
        let (oldest, newest) = across.fold(bounds, widened)?;
        Some((Timestamp::nearest(oldest), Timestamp::nearest(newest)))
    }

    /// The traces that have events in a time, with their chunks.
    pub(crate) fn with_events_in(&self, times: &Range<i64>) -> Vec<(Id, Chunks)> {
        let traces = self.traces_in(times).map(|trace| (trace.key().clone(), trace.chunks()));
        let mut traces: Vec<_> = traces.collect();
        traces.retain(|(_, chunks)| have_events_in(chunks, times));
        traces
    }

    /// Calls it with each trace: its id, its services, and its last instant in microseconds since 1970.
    pub(crate) fn each_end(&self, mut take: impl FnMut(&Id, &BTreeSet<String>, i64)) {
        for trace in &self.traces {
            take(trace.key(), &trace.names.services, trace.end_time.micros());
        }
    }

    /// The chunks of a trace.
    pub(crate) fn chunks(&self, id: &Id) -> Option<Chunks> {
        Some(self.traces.get(id)?.chunks())
    }

    /// The traces that ended in a time.
    pub(crate) fn ended_in(&self, times: &Range<i64>) -> Vec<EndedTrace> {
        let ended = self.traces.iter().filter(|trace| times.contains(&trace.end_time.micros()));
        let ended = ended.map(|trace| EndedTrace {
            id: trace.key().clone(),
            micros: trace.end_time.micros() - trace.start_time.micros(),
        });
        ended.collect()
    }

    /// When the oldest of the newest traces of a time begins that have so many events at most in all, and how many
    /// other traces there are.
    #[must_use]
    pub fn newest_traces(&self, times: &Range<i64>, most_events: u64) -> (Option<Timestamp>, u64) {
        let traces = self.traces_in(times);
        let mut traces: Vec<_> = traces
            .map(|trace| (trace.start_time, trace.key().clone(), trace.event_count))
            .collect();
        traces.sort_unstable_by(|one, other| other.cmp(one));
        let (mut events, mut newest, mut oldest_start) = (0, 0, None);
        for (start, _, count) in traces.iter().filter(|(_, _, count)| *count <= most_events) {
            events += count;
            if events > most_events {
                break;
            }
            newest += 1;
            oldest_start = Some(*start);
        }
        (oldest_start, traces.len() as u64 - newest)
    }

    /// What lists show of a trace.
    pub(crate) fn listed(&self, id: &Id) -> Option<ListedTrace> {
        Some(self.traces.get(id)?.listed(id))
    }

    /// The traces that may have events in a time: it is not after their first one and not before their last.
    fn traces_in<'s>(
        &'s self,
        times: &Range<i64>,
    ) -> impl Iterator<Item = RefMulti<'s, Id, Box<Trace>>> {
        let times = times.clone();
        self.traces.iter().filter(move |trace| {
            trace.start_time.micros() < times.end && trace.end_time.micros() >= times.start
        })
    }
}

/// Whether any of the events of a trace is in a time.
pub(crate) fn have_events_in(chunks: &Chunks, times: &Range<i64>) -> bool {
    chunks.iter().any(|chunk| chunk.bounds_in(times).is_some())
}

fn widened(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some((start, end)), Some((first, last))) => Some((start.min(first), end.max(last))),
        _ => one.or(other),
    }
}
