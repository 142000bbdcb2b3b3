//! What spans traces: rows of `/api/analyze/global` and of `/api/distributed/global-races`.

mod search;

use std::borrow::Cow;
use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::search::{MAX_EVENTS, Search, Searched};
use crate::interleavings::{
    AccessRecord, Evidence, Interleaving, Pattern, VariableSummary, Window,
};
use crate::severity::Severity;
use crate::text::start;

/// How many interleavings the text describes.
const DESCRIBED: usize = 50;

/// The interleavings between traces of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlobalAnalysis {
    /// How many there are.
    pub potential_races: u64,
    /// Whether there are exactly so many: else there are more.
    pub is_exact: bool,
    /// The newest of them.
    pub race_details: Vec<CrossTraceRace>,
    /// The newest 50 of them as lines of text.
    pub anomalies: Vec<String>,
}

/// An interleaving of two traces: the access that came between, and the one that it came before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossTraceRace {
    /// How bad it is.
    pub severity: Severity,
    /// Which interleaving it is.
    pub pattern: Pattern,
    /// What shows it.
    pub evidence: Evidence,
    /// The service of the first trace's access.
    pub service: String,
    /// The variable.
    pub variable: String,
    /// The interrupted strand's second access: of `trace1`.
    pub event1: RacingAccess,
    /// The access that came between: of `trace2`.
    pub event2: RacingAccess,
    /// What happened, in a sentence.
    pub description: String,
}

/// An access, and where to find it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RacingAccess {
    /// Its trace.
    pub trace_id: String,
    /// Its event.
    pub event_id: String,
    /// The thread that its event names.
    pub thread: Option<String>,
    /// Where in the source it happened.
    pub location: Option<String>,
    /// When it happened.
    pub timestamp: Timestamp,
}

impl From<AccessRecord> for RacingAccess {
    fn from(access: AccessRecord) -> Self {
        let AccessRecord { trace_id, event_id, thread, location, timestamp, .. } = access;
        RacingAccess { trace_id, event_id, thread, location, timestamp }
    }
}

/// The interleavings between traces, the newest first.
#[must_use]
pub fn global_analysis(window: &Window) -> GlobalAnalysis {
    let found = window.find_across_traces();
    GlobalAnalysis {
        potential_races: found.found_across_traces,
        is_exact: found.is_exact,
        anomalies: found.shown.iter().take(DESCRIBED).flat_map(lines).collect(),
        race_details: found.shown.into_iter().map(row).collect(),
    }
}

fn row(found: Interleaving) -> CrossTraceRace {
    CrossTraceRace {
        severity: found.severity,
        pattern: found.pattern,
        evidence: found.evidence,
        service: found.service,
        variable: found.variable,
        event1: found.second.into(),
        event2: found.between.into(),
        description: found.reason,
    }
}

/// Raceway's terminal program finds the variable after `RACE on ` and the events and traces by the
/// first characters of their ids.
fn lines(found: &Interleaving) -> Vec<String> {
    let (severity, variable) = (found.severity.as_str(), &found.variable);
    let mut lines = vec![format!("🚨 {severity} RACE on {variable} ({})", found.pattern.name())];
    for (number, access) in [(1, &found.second), (2, &found.between)] {
        let (event, trace) = (start(&access.event_id), start(&access.trace_id));
        let location = access.location.as_deref().unwrap_or("unknown");
        let thread = access.thread.as_deref().unwrap_or("unknown");
        lines.push(format!("   Event {number}: {event} @ {location} [{thread}]"));
        lines.push(format!("   Trace {trace}"));
    }
    lines
}

/// A variable that races within a trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceRace {
    /// The trace.
    pub trace_id: String,
    /// The service; `None` where services share the variable.
    pub service: Option<String>,
    /// The variable.
    pub variable: String,
    /// How bad the worst race is.
    pub severity: Severity,
}

/// A variable with an interleaving or a race in a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GlobalRace {
    /// Its service; `None` where services share it.
    #[cfg_attr(feature = "schema", schema(required))]
    pub service: Option<String>,
    /// Its name.
    pub variable: String,
    /// How many traces access it.
    pub trace_count: u64,
    /// How many accesses there are.
    pub access_count: u64,
    /// Which kinds of access there are, in order of their names.
    pub access_types: Vec<Cow<'static, str>>,
    /// How many strands access it.
    pub thread_count: u64,
    /// How bad the worst interleaving or race is.
    pub severity: Severity,
    /// How many interleavings there are.
    pub interleavings: u64,
    /// At most 100 of its traces, the newest first: of more, rather those with a race.
    pub trace_ids: Vec<String>,
}

/// The variables of a window with an interleaving, or with a race within one of its traces: the worst
/// first, then in order of their names.
#[must_use]
pub fn global_races(window: &Window, races: &[TraceRace]) -> Vec<GlobalRace> {
    let mut by_variable: BTreeMap<(Option<String>, String), Vec<&TraceRace>> = BTreeMap::new();
    for race in races {
        let key = (race.service.clone(), race.variable.clone());
        by_variable.entry(key).or_default().push(race);
    }
    let races_of = |variable: &VariableSummary| {
        let key = (variable.service.clone(), variable.variable.clone());
        by_variable.get(&key).cloned().unwrap_or_default()
    };
    let summaries = window
        .summaries(|variable| races_of(variable).into_iter().map(|race| &*race.trace_id).collect());
    let mut rows: Vec<GlobalRace> = summaries
        .into_iter()
        .filter_map(|(variable, trace_ids)| {
            let races = races_of(&variable);
            global_race(variable, &races, trace_ids)
        })
        .collect();
    rows.sort_by_key(|row| (row.severity, row.variable.clone()));
    rows
}

fn global_race(
    variable: VariableSummary,
    races: &[&TraceRace],
    trace_ids: Vec<String>,
) -> Option<GlobalRace> {
    let severities = races.iter().map(|race| race.severity);
    Some(GlobalRace {
        severity: severities.chain(variable.severity).min()?,
        service: variable.service,
        variable: variable.variable,
        trace_count: variable.trace_count,
        access_count: variable.access_count,
        access_types: variable.access_types.into_iter().map(Cow::Borrowed).collect(),
        thread_count: variable.strand_count,
        interleavings: variable.found,
        trace_ids,
    })
}

#[cfg(test)]
mod tests {
    use super::{TraceRace, global_analysis, global_races};
    use crate::interleavings::{Scope, Window};
    use crate::severity::Severity;
    use crate::testing::{event, trace};
    use crate::{Causality, Options};

    /// A trace that reads and writes a balance, and another that writes it in between.
    fn window() -> Window {
        let reader = trace([
            event("00000000-a1").on("t1").at(0.0).read("balance").value(100).location("a.rs:1"),
            event("00000000-a2").on("t1").after("00000000-a1").at(9.0).write("balance").value(50),
            event("00000000-a3").on("t1").after("00000000-a2").read("untouched by others"),
        ]);
        let writer = trace([event("11111111-b").at(5.0).write("balance").old(100).value(70)]);
        let mut window = Window::new(&Options::default(), Scope::default());
        for (id, mut trace) in [("aaaaaaaa-a", reader), ("bbbbbbbb-b", writer)] {
            id.clone_into(&mut trace.id);
            window.add(&Causality::of(trace).expect("a small trace"));
        }
        window
    }

    #[test]
    fn text_names_both_events_and_traces() {
        let analysis = global_analysis(&window());
        assert_eq!(analysis.potential_races, 1);
        let [row] = analysis.race_details.as_slice() else { panic!("one row") };
        assert_eq!((&*row.event1.event_id, &*row.event2.event_id), ("00000000-a2", "11111111-b"));
        assert_eq!(
            analysis.anomalies,
            [
                "🚨 CRITICAL RACE on balance (lost update)",
                "   Event 1: 00000000 @ unknown [t1]",
                "   Trace aaaaaaaa",
                "   Event 2: 11111111 @ unknown [unknown]",
                "   Trace bbbbbbbb",
            ]
        );
    }

    #[test]
    fn variables_without_an_interleaving_or_a_race_are_left_out() {
        let race = TraceRace {
            trace_id: "aaaaaaaa-a".to_owned(),
            service: Some("bank".to_owned()),
            variable: "untouched by others".to_owned(),
            severity: Severity::Warning,
        };
        let rows = global_races(&window(), &[]);
        let [balance] = rows.as_slice() else { panic!("one row") };
        assert_eq!((balance.trace_count, balance.access_count, balance.thread_count), (2, 3, 2));
        assert_eq!(balance.access_types, ["Read", "Write"]);
        assert_eq!(balance.trace_ids, ["aaaaaaaa-a", "bbbbbbbb-b"]);
        let rows = global_races(&window(), &[race]);
        let severities: Vec<_> = rows.iter().map(|row| (&*row.variable, row.severity)).collect();
        assert_eq!(
            severities,
            [("balance", Severity::Critical), ("untouched by others", Severity::Warning)]
        );
    }
}
