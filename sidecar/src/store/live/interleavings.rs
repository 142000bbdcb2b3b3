//! What requests do to each other, within traces and across them.

use raceway_analysis::global::{
    GlobalAnalysis, GlobalRace, TraceRace, global_analysis, global_races,
};
use raceway_analysis::interleavings::{Scope, Window};
use raceway_analysis::races;
use raceway_analysis::{Causality, Options, Trace};

use super::traces::Traces;
use crate::store::StoreError;
use crate::store::question::Searched;

/// So many accesses are compared at most, some 150 MB of them: traces that come after that are left out.
const MAX_ACCESSES: u64 = 1_000_000;

/// Interleavings of two traces.
pub(in crate::store) fn analysis(
    traces: Traces,
    options: &Options,
) -> Result<Searched<GlobalAnalysis>, StoreError> {
    let mut search = Search::new(options);
    traces.each(|trace| _ = search.add(trace))?;
    Ok(search.found(global_analysis))
}

/// Variables with interleavings, or with races within a trace.
pub(in crate::store) fn races(
    traces: Traces,
    options: &Options,
) -> Result<Searched<Vec<GlobalRace>>, StoreError> {
    let mut search = Search::new(options);
    let mut races = Vec::new();
    traces.each(|trace| {
        if let Some(causality) = search.add(trace) {
            races.extend(races_of(&causality, options));
        }
    })?;
    Ok(search.found(|window| global_races(window, &races)))
}

/// The accesses of traces.
struct Search {
    window: Window,
    traces: u64,
    events: u64,
    omitted_traces: u64,
}

impl Search {
    fn new(options: &Options) -> Self {
        let window = Window::new(options, Scope::default());
        Search { window, traces: 0, events: 0, omitted_traces: 0 }
    }

    /// The order of the trace, unless it is left out.
    fn add(&mut self, trace: Trace) -> Option<Causality> {
        self.traces += 1;
        self.events += trace.events().len() as u64;
        let has_room = self.window.access_count() < MAX_ACCESSES;
        let causality = has_room.then(|| Causality::of(trace).ok()).flatten();
        match &causality {
            Some(causality) => self.window.add(causality),
            None => self.omitted_traces += 1,
        }
        causality
    }

    fn found<T>(self, find: impl FnOnce(&Window) -> T) -> Searched<T> {
        let Search { window, traces, events, omitted_traces } = self;
        Searched { found: find(&window), traces, events, omitted_traces }
    }
}

/// None of a trace in which it would take too long to count them.
fn races_of(causality: &Causality, options: &Options) -> Vec<TraceRace> {
    let Ok(races) = races::races(causality, options) else { return Vec::new() };
    let race = |of: races::VariableRaces| TraceRace {
        trace_id: causality.trace.id.clone(),
        service: of.service,
        variable: of.variable,
        severity: of.severity,
    };
    races.variables.into_iter().map(race).collect()
}
