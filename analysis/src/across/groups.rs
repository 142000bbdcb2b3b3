//! What is wrong in many traces, by kind and place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use raceway_model::Timestamp;
use serde::Serialize;

pub use super::contended::ContendedLock;
pub use super::group::FindingGroup;

use super::Buckets;
use super::contended::Locks;
use super::group::{Found, Key, Members};
use crate::interleavings::{Interleaving, Scope, Window, interleavings_within};
use crate::lock_order::{Deadlock, LockOrder};
use crate::races::races;
use crate::severity::Severity;
use crate::space_time::findings::{
    Finding, Kind, deadlock_description, findings, interleaving_description,
};
use crate::trace::UNKNOWN;
use crate::{Causality, Options, Trace};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only findings of this service.
    pub service: Option<String>,
    /// Only findings about this variable.
    pub variable: Option<String>,
    /// Only findings of this kind.
    pub kind: Option<Kind>,
    /// How many groups are told.
    pub groups: usize,
}

/// What is wrong in a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FindingGroups {
    /// How many traces were examined.
    pub traces_examined: u64,
    /// How many traces of the time were not: older or longer ones, or such as can't be analysed.
    pub traces_omitted: u64,
    /// How long each part of the time is.
    pub bucket_seconds: i64,
    /// The worst first, then the most frequent.
    pub groups: Vec<FindingGroup>,
    /// How many groups are left out.
    pub groups_omitted: u64,
    /// How many findings are in no group: beyond 100 of a kind in one trace, and 1,000 between traces.
    pub findings_omitted: u64,
    /// The locks that were waited for longest, at most 20.
    pub locks: Vec<ContendedLock>,
}

/// Takes traces one after the other.
#[derive(Debug)]
pub struct GroupSearch {
    options: Options,
    wanted: Wanted,
    times: Range<i64>,
    buckets: Buckets,
    groups: BTreeMap<Key, Members>,
    locks: Locks,
    /// For what spans traces.
    window: Window,
    lock_order: LockOrder<Causality>,
    examined: u64,
    omitted: u64,
    findings_omitted: u64,
}

impl GroupSearch {
    /// Of a time, which is in microseconds since 1970, and of no trace yet; so many are known to be omitted.
    #[must_use]
    pub fn new(options: Options, wanted: Wanted, times: Range<i64>, omitted: u64) -> Self {
        GroupSearch {
            wanted,
            buckets: Buckets::of(times.clone()),
            times,
            groups: BTreeMap::new(),
            locks: Locks::default(),
            window: Window::new(&options, Scope::default()),
            lock_order: LockOrder::default(),
            examined: 0,
            omitted,
            findings_omitted: 0,
            options,
        }
    }

    /// Takes a trace, unless it can't be analysed within bounds of time and memory.
    pub fn add(&mut self, trace: Trace) {
        let Ok(causality) = Causality::of(trace) else {
            self.omitted += 1;
            return;
        };
        let Ok(races) = races(&causality, &self.options) else {
            self.omitted += 1;
            return;
        };
        self.examined += 1;
        let interleavings = interleavings_within(&causality, &self.options);
        let (found, omitted) =
            findings(&causality, &races, &interleavings, &self.options, &self.times);
        self.findings_omitted += omitted;
        for finding in found {
            self.count(of_trace(&causality.trace.id, finding));
        }
        self.locks.add(&causality);
        self.window.add(&causality);
        self.lock_order.add(causality);
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> FindingGroups {
        self.count_between_traces();
        let groups = std::mem::take(&mut self.groups).into_iter();
        let mut groups: Vec<FindingGroup> =
            groups.filter_map(|(key, members)| members.group(key)).collect();
        groups.sort_by_key(|group| (group.severity, Reverse(group.count)));
        let groups_omitted = groups.len().saturating_sub(self.wanted.groups) as u64;
        groups.truncate(self.wanted.groups);
        FindingGroups {
            traces_examined: self.examined,
            traces_omitted: self.omitted,
            bucket_seconds: self.buckets.seconds,
            groups,
            groups_omitted,
            findings_omitted: self.findings_omitted,
            locks: self.locks.contended(self.wanted.service.as_deref()),
        }
    }

    fn count_between_traces(&mut self) {
        let found = self.window.find_across_traces();
        self.findings_omitted += found.found_across_traces - found.shown.len() as u64;
        for interleaving in &found.shown {
            self.count(of_interleaving(interleaving));
        }
        let cycles = std::mem::take(&mut self.lock_order).find();
        for deadlock in &cycles.deadlocks {
            let trace_ids: BTreeSet<&String> =
                deadlock.steps.iter().map(|step| &step.trace_id).collect();
            if trace_ids.len() > 1 {
                self.count(of_deadlock(deadlock));
            }
        }
    }

    fn count(&mut self, found: Found) {
        let Wanted { service, variable, kind, .. } = &self.wanted;
        let is_wanted = service.as_ref().is_none_or(|service| *service == found.service)
            && (variable.is_none() || *variable == found.variable)
            && kind.is_none_or(|kind| kind == found.kind)
            && self.times.contains(&found.timestamp.micros());
        if is_wanted {
            let members = self.groups.entry(found.key()).or_default();
            members.add(found, &self.buckets);
        }
    }
}

fn of_trace(trace_id: &str, finding: Finding) -> Found {
    let accesses = finding.accesses.iter();
    Found {
        kind: finding.kind,
        severity: finding.severity,
        places: accesses.clone().map(|access| access.location.clone()).collect(),
        timestamp: latest(accesses.map(|access| access.timestamp)),
        trace_ids: vec![trace_id.to_owned()],
        variable: finding.variable,
        service: finding.service,
        description: finding.description,
    }
}

fn of_interleaving(found: &Interleaving) -> Found {
    let accesses = [&found.first, &found.between, &found.second];
    let place = |location: &Option<String>| location.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    Found {
        kind: found.pattern.into(),
        severity: found.severity,
        variable: Some(found.variable.clone()),
        service: found.service.clone(),
        places: accesses.map(|access| place(&access.location)).into(),
        trace_ids: accesses.map(|access| access.trace_id.clone()).into(),
        timestamp: latest(accesses.into_iter().map(|access| access.timestamp)),
        description: interleaving_description(found),
    }
}

fn of_deadlock(deadlock: &Deadlock) -> Found {
    let steps = deadlock.steps.iter();
    let taken = steps.clone().flat_map(|step| [&step.held, &step.taken]);
    Found {
        kind: Kind::Deadlock,
        severity: Severity::Critical,
        variable: None,
        service: deadlock.locks.first().map(|lock| lock.service.clone()).unwrap_or_default(),
        places: taken.clone().filter_map(|taken| taken.location.clone()).collect(),
        trace_ids: steps.map(|step| step.trace_id.clone()).collect(),
        timestamp: latest(taken.map(|taken| taken.timestamp)),
        description: deadlock_description(deadlock),
    }
}

fn latest(times: impl Iterator<Item = Timestamp>) -> Timestamp {
    times.max().unwrap_or_else(|| Timestamp::nearest(0))
}

#[cfg(test)]
mod tests {
    use super::{FindingGroups, GroupSearch, Wanted};
    use crate::Options;
    use crate::space_time::findings::Kind;
    use crate::testing::{Draft, event, trace};
    use crate::trace::Trace;

    /// 2026-01-01, in microseconds.
    const START: i64 = 1_767_225_600_000_000;

    fn named(id: &str, events: impl IntoIterator<Item = Draft>) -> Trace {
        let mut trace = trace(events);
        id.clone_into(&mut trace.id);
        trace
    }

    /// Two requests of which each overwrites the other's balance, in one trace and in two.
    fn search(wanted: Wanted) -> FindingGroups {
        let read = |id: &str, ms| event(id).at(ms).read("balance").value(100).location("read.rs:1");
        let write =
            |id: &str, ms| event(id).at(ms).write("balance").old(100).location("write.rs:2");
        let mut search =
            GroupSearch::new(Options::default(), wanted, START..START + 3_600_000_000, 3);
        search.add(named(
            "one",
            [
                read("a1", 0.0).on("1"),
                read("b1", 1.0).on("2"),
                write("b2", 2.0).value(70).after("b1").on("2"),
                write("a2", 3.0).value(50).after("a1").on("1"),
            ],
        ));
        search.add(named(
            "two",
            [read("c1", 120_000.0).on("3"), write("c2", 120_100.0).value(50).after("c1").on("3")],
        ));
        search.add(named("three", [write("d1", 120_050.0).value(70).on("4")]));
        search.finish()
    }

    #[test]
    fn findings_are_grouped_by_kind_and_place_and_counted_over_time() {
        let groups = search(Wanted { groups: 100, ..Wanted::default() });
        assert_eq!((groups.traces_examined, groups.traces_omitted), (3, 3));
        assert_eq!(groups.bucket_seconds, 120);
        let lost = groups.groups.iter().find(|group| group.kind == Kind::LostUpdate);
        let lost = lost.expect("a lost update");
        assert_eq!(lost.places, ["read.rs:1", "write.rs:2"]);
        assert_eq!((lost.count, lost.trace_count), (2, 3));
        assert_eq!(lost.trace_ids, ["three", "two", "one"]);
        assert_eq!(lost.counts[..2], [1, 1]);
        assert!(lost.description.contains("write.rs:2 is lost"), "{}", lost.description);
        let kinds: Vec<Kind> = groups.groups.iter().map(|group| group.kind).collect();
        assert!(kinds.contains(&Kind::Race), "{kinds:?}");
        assert!(groups.groups.is_sorted_by_key(|group| group.severity));
    }

    #[test]
    fn only_what_is_wanted_is_told() {
        let wanted = Wanted { kind: Some(Kind::Race), groups: 1, ..Wanted::default() };
        let groups = search(wanted);
        assert_eq!((groups.groups.len(), groups.groups_omitted), (1, 1));
        for wanted in [
            Wanted { service: Some("shop".to_owned()), groups: 9, ..Wanted::default() },
            Wanted { variable: Some("other".to_owned()), groups: 9, ..Wanted::default() },
        ] {
            assert_eq!(search(wanted).groups, []);
        }
    }
}
