//! The search of traces for what spans them.

use serde::{Deserialize, Serialize};

use super::{GlobalAnalysis, GlobalRace, TraceRace, global_analysis, global_races};
use crate::interleavings::{Scope, Window};
use crate::races::{VariableRaces, races};
use crate::{Causality, Options, Trace};

/// So many events are searched at most, in some 150 MB. Who has more should give the newest traces.
pub const MAX_EVENTS: u64 = 1_000_000;

/// What was found, and in how much.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Searched<T> {
    /// The answer.
    pub found: T,
    /// Traces that were searched.
    pub traces: u64,
    /// Their events.
    pub events: u64,
    /// Traces that can't be searched within bounds of time and memory: nothing of them is found.
    pub omitted_traces: u64,
}

/// Takes traces one after the other, and holds their accesses.
#[derive(Debug)]
pub struct Search {
    options: Options,
    window: Window,
    races: Vec<TraceRace>,
    traces: u64,
    events: u64,
    omitted_traces: u64,
}

impl Search {
    /// Of no trace yet; so many are known to be omitted.
    #[must_use]
    pub fn new(options: Options, omitted_traces: u64) -> Self {
        let window = Window::new(&options, Scope::default());
        Search { options, window, races: Vec::new(), traces: 0, events: 0, omitted_traces }
    }

    /// Takes a trace, for [`analysis`](Self::analysis).
    pub fn add(&mut self, trace: Trace) {
        self.take(trace);
    }

    /// Takes a trace, for [`races`](Self::races).
    pub fn add_with_races(&mut self, trace: Trace) {
        if let Some(causality) = self.take(trace) {
            self.races.extend(races_of(&causality, &self.options));
        }
    }

    /// Interleavings of two traces.
    #[must_use]
    pub fn analysis(self) -> Searched<GlobalAnalysis> {
        self.searched(|Search { window, .. }| global_analysis(window))
    }

    /// Variables with interleavings, or with races within a trace.
    #[must_use]
    pub fn races(self) -> Searched<Vec<GlobalRace>> {
        self.searched(|Search { window, races, .. }| global_races(window, races))
    }

    /// The order of the trace, unless it is omitted.
    fn take(&mut self, trace: Trace) -> Option<Causality> {
        let events = trace.events().len() as u64;
        let has_room = self.events + events <= MAX_EVENTS;
        let Some(causality) = has_room.then(|| Causality::of(trace).ok()).flatten() else {
            self.omitted_traces += 1;
            return None;
        };
        self.traces += 1;
        self.events += events;
        self.window.add(&causality);
        Some(causality)
    }

    fn searched<T>(self, find: impl FnOnce(&Self) -> T) -> Searched<T> {
        let found = find(&self);
        let Search { traces, events, omitted_traces, .. } = self;
        Searched { found, traces, events, omitted_traces }
    }
}

/// None of a trace in which it would take too long to count them.
fn races_of(causality: &Causality, options: &Options) -> Vec<TraceRace> {
    let Ok(races) = races(causality, options) else { return Vec::new() };
    let race = |of: VariableRaces| TraceRace {
        trace_id: causality.trace.id.clone(),
        service: of.service,
        variable: of.variable,
        severity: of.severity,
    };
    races.variables.into_iter().map(race).collect()
}

#[cfg(test)]
mod tests {
    use super::Search;
    use crate::Options;
    use crate::testing::{event, trace};

    #[test]
    fn omitted_traces_are_told() {
        let mut search = Search::new(Options::default(), 2);
        search.add(trace([event("a").read("x")]));
        search
            .add_with_races(trace([event("b").on("1").write("x"), event("c").on("2").write("x")]));
        let searched = search.races();
        assert_eq!((searched.traces, searched.events, searched.omitted_traces), (2, 3, 2));
        assert_eq!(searched.found.len(), 1);
    }
}
