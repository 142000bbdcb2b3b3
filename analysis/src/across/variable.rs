//! The history of a variable over traces, and what requests have done to each other at it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use raceway_model::Timestamp;
use serde::Serialize;

use crate::interleavings::{AccessRecord, Interleaving, Scope, Window, record};
use crate::races::{Races, races};
use crate::space_time::findings::{Finding, Traces};
use crate::trace::UNKNOWN;
use crate::{Causality, Options, Trace};

/// How many findings are told at most.
const MAX_FINDINGS: usize = 100;

/// The history of a variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VariableHistory {
    /// How many traces were examined.
    pub traces_examined: u64,
    /// How many traces of the time were not: older or longer ones, or such as can't be analysed.
    pub traces_omitted: u64,
    /// The newest ones, in order of time.
    pub accesses: Vec<VariableAccess>,
    /// How many older ones there are.
    pub accesses_omitted: u64,
    /// What requests have done to each other, the newest first; at most 100.
    pub findings: Vec<Finding>,
    /// How many others there are.
    pub findings_omitted: u64,
}

/// An access of a variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VariableAccess {
    /// Its trace.
    pub trace_id: String,
    /// Its event.
    pub event_id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The service that recorded it.
    pub service: String,
    /// Its thread or task, `unknown` where it names none.
    pub thread: String,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    /// The value before, if it names one.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub old_value: Option<String>,
    /// The value after, if it names one; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub new_value: Option<String>,
    /// Where in the source it happened, `unknown` where it names no place.
    pub location: String,
    /// The ids of the locks held.
    pub locks: Vec<String>,
    /// Whether it has a part in some finding, or in a race of its trace.
    pub is_finding: bool,
}

/// Takes traces one after the other, and holds those that access the variable.
#[derive(Debug)]
pub struct VariableSearch {
    options: Options,
    times: Range<i64>,
    shown: usize,
    window: Window,
    traces: Vec<Causality>,
    examined: u64,
    omitted: u64,
}

impl VariableSearch {
    /// Of a variable, of one service if it is given, in a time, which is in microseconds since 1970; so many accesses
    /// are shown, and so many traces are known to be omitted.
    #[must_use]
    pub fn new(
        options: Options,
        name: String,
        service: Option<String>,
        times: Range<i64>,
        shown: usize,
        omitted: u64,
    ) -> Self {
        let scope = Scope { variable: Some(name), service, ..Scope::default() };
        let window = Window::new(&options, scope);
        VariableSearch { options, times, shown, window, traces: Vec::new(), examined: 0, omitted }
    }

    /// Takes a trace, unless it can't be analysed within bounds of time and memory.
    pub fn add(&mut self, trace: Trace) {
        let Ok(causality) = Causality::of(trace) else {
            self.omitted += 1;
            return;
        };
        self.examined += 1;
        let before = self.window.access_count();
        self.window.add(&causality);
        if self.window.access_count() > before {
            self.traces.push(causality);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> VariableHistory {
        let traces = Traces::of(self.traces.iter());
        let found = self.window.find();
        let is_in = |access: &AccessRecord| self.times.contains(&access.timestamp.micros());
        let shown: Vec<&Interleaving> =
            found.shown.iter().filter(|found| parts(found).any(is_in)).collect();
        let findings: Vec<Finding> =
            shown.iter().take(MAX_FINDINGS).filter_map(|found| traces.finding(found)).collect();
        let not_shown = found.found - found.shown.len() as u64;
        let findings_omitted = not_shown + (shown.len() - findings.len()) as u64;
        let (accesses, accesses_omitted) = self.accesses(&traces, &shown);
        VariableHistory {
            traces_examined: self.examined,
            traces_omitted: self.omitted,
            accesses,
            accesses_omitted,
            findings,
            findings_omitted,
        }
    }

    /// The newest ones, and how many others there are.
    fn accesses(&self, traces: &Traces, found: &[&Interleaving]) -> (Vec<VariableAccess>, u64) {
        let mut accesses = self.window.by_time();
        accesses.retain(|(_, access)| self.times.contains(&access.time));
        let omitted = accesses.len().saturating_sub(self.shown);
        let in_findings: BTreeSet<(&str, &str)> =
            found.iter().flat_map(|found| parts(found)).map(key).collect();
        let mut racing = Racing { traces, options: &self.options, known: BTreeMap::new() };
        let told = accesses[omitted..].iter().map(|(_, access)| {
            let record = record(&self.window, access);
            let is_finding = in_findings.contains(&key(&record)) || racing.contains(&record);
            told(record, is_finding)
        });
        (told.collect(), omitted as u64)
    }
}

/// The accesses of an interleaving.
fn parts(found: &Interleaving) -> impl Iterator<Item = &AccessRecord> {
    [&found.first, &found.between, &found.second].into_iter()
}

fn key(access: &AccessRecord) -> (&str, &str) {
    (&access.trace_id, &access.event_id)
}

fn told(access: AccessRecord, is_finding: bool) -> VariableAccess {
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    VariableAccess {
        trace_id: access.trace_id,
        event_id: access.event_id,
        timestamp: access.timestamp,
        service: access.service,
        thread: or_unknown(access.thread),
        access_type: access.access_type,
        old_value: access.old_value,
        new_value: access.new_value,
        location: or_unknown(access.location),
        locks: access.locks,
        is_finding,
    }
}

/// The races of traces, each looked for once.
struct Racing<'s, 'c> {
    traces: &'s Traces<'c>,
    options: &'s Options,
    known: BTreeMap<String, Option<Races>>,
}

impl Racing<'_, '_> {
    fn contains(&mut self, access: &AccessRecord) -> bool {
        let Some((causality, event)) = self.traces.find(access) else { return false };
        let races = self
            .known
            .entry(access.trace_id.clone())
            .or_insert_with(|| races(causality, self.options).ok());
        races.as_ref().is_some_and(|races| races.is_race(event))
    }
}

#[cfg(test)]
mod tests {
    use super::VariableSearch;
    use crate::Options;
    use crate::space_time::findings::Kind;
    use crate::testing::{Draft, event, trace};

    fn search(shown: usize, traces: Vec<(&str, Vec<Draft>)>) -> super::VariableHistory {
        let times = i64::MIN..i64::MAX;
        let name = "balance".to_owned();
        let mut search = VariableSearch::new(Options::default(), name, None, times, shown, 0);
        for (id, events) in traces {
            let mut trace = trace(events);
            id.clone_into(&mut trace.id);
            search.add(trace);
        }
        search.finish()
    }

    #[test]
    fn a_history_tells_which_requests_of_two_traces_collided() {
        let history = search(
            3,
            vec![
                (
                    "reader",
                    vec![
                        event("a1").on("t1").at(0.0).read("balance").value(100).location("a.rs:1"),
                        event("a2")
                            .on("t1")
                            .after("a1")
                            .at(90.0)
                            .write("balance")
                            .old(100)
                            .value(50),
                    ],
                ),
                ("writer", vec![event("b").at(50.0).write("balance").old(100).value(70)]),
                ("other", vec![event("c").at(60.0).write("another").value(1)]),
                ("late", vec![event("d").at(990.0).read("balance").value(50)]),
            ],
        );
        assert_eq!((history.traces_examined, history.accesses_omitted), (4, 1));
        let told: Vec<_> = history
            .accesses
            .iter()
            .map(|access| (&*access.trace_id, &*access.event_id, access.is_finding))
            .collect();
        assert_eq!(told, [("writer", "b", true), ("reader", "a2", true), ("late", "d", false)]);
        let [lost] = &history.findings[..] else { panic!("one finding") };
        assert_eq!((lost.kind, lost.lost_value.as_deref()), (Kind::LostUpdate, Some("70")));
        assert_eq!((lost.common_ancestor.as_deref(), &*lost.service), (None, "bank"));
        let traces: Vec<_> =
            lost.accesses.iter().map(|access| access.trace_id.as_deref().unwrap_or("")).collect();
        assert_eq!(traces, ["reader", "writer", "reader"]);
        assert!(
            lost.description.contains("made from what a.rs:1 had read"),
            "{}",
            lost.description
        );
    }

    #[test]
    fn an_access_that_races_in_its_trace_is_told() {
        let history = search(
            10,
            vec![(
                "t",
                vec![
                    event("a").on("1").write("balance").value(1),
                    event("b").on("2").write("balance").value(2),
                ],
            )],
        );
        assert_eq!(history.findings, []);
        assert!(history.accesses.iter().all(|access| access.is_finding));
    }
}
