//! How long traces and events take.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use raceway_analysis::Trace;
use raceway_analysis::figures::{Performance, SlowTrace, Window};
use raceway_analysis::trace::UNKNOWN;
use raceway_model::Timestamp;

use super::figures::Sums;
use super::traces::Traces;
use crate::store::StoreError;

/// In a time, with so many of the slowest traces.
pub(in crate::store) fn performance(
    traces: Traces,
    window: &Window,
    most: u32,
) -> Result<Performance, StoreError> {
    let times = window.micros();
    let mut sums = Sums::default();
    let mut range: Option<(i64, i64)> = None;
    let mut slowest = Slowest { most: most as usize, traces: BTreeSet::new() };
    traces.each(|trace| {
        sums.add(&trace, times.clone());
        let within = trace.events().iter().filter(|event| times.contains(&event.time));
        for event in within {
            let (oldest, newest) = range.unwrap_or((event.time, event.time));
            range = Some((oldest.min(event.time), newest.max(event.time)));
        }
        // A trace is in the time in which its last event is.
        if trace.events().last().is_some_and(|last| times.contains(&last.time)) {
            slowest.add(&trace);
        }
    })?;
    let range =
        range.map(|(oldest, newest)| (Timestamp::nearest(oldest), Timestamp::nearest(newest)));
    Ok(sums.figures.performance(&sums.names, range, slowest.into_traces()))
}

/// So many traces that took longest: longest first, then by id; with their services by name.
struct Slowest {
    most: usize,
    traces: BTreeSet<(Reverse<i64>, String, Vec<String>)>,
}

impl Slowest {
    fn add(&mut self, trace: &Trace) {
        let events = trace.events();
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let took = Reverse(last.time - first.time);
        let is_full = self.traces.len() >= self.most;
        if is_full && self.traces.last().is_none_or(|slow| (slow.0, &slow.1) < (took, &trace.id)) {
            return;
        }
        // As lists of traces have it: what names no service is of none.
        let services = events.iter().map(|event| trace.text(event.service));
        let services: BTreeSet<&str> = services.filter(|&service| service != UNKNOWN).collect();
        let services = services.into_iter().map(str::to_owned).collect();
        self.traces.insert((took, trace.id.clone(), services));
        if self.traces.len() > self.most {
            self.traces.pop_last();
        }
    }

    fn into_traces(self) -> Vec<SlowTrace> {
        let slow =
            |(Reverse(micros), trace_id, services)| SlowTrace::lasting(trace_id, micros, services);
        self.traces.into_iter().map(slow).collect()
    }
}
