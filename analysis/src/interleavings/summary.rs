//! What is told of each variable of a window.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::across::Across;
use super::finding::VariableSummary;
use super::pattern::Pattern;
use super::window::Window;

/// How many traces of a variable are named.
const TRACE_IDS: usize = 100;

impl Window {
    /// Each variable in order, and at most 100 of its traces, the newest first. Of more than 100 those
    /// with an interleaving and those that the caller names are chosen before others.
    pub(crate) fn summaries<'r>(
        &self,
        raced: impl Fn(&VariableSummary) -> BTreeSet<&'r str>,
    ) -> Vec<(VariableSummary, Vec<String>)> {
        let traces = self.traces_of_accesses();
        let variables = self.search(&traces);
        let with_traces = |across| {
            let summary = summary(self, across);
            let trace_ids = trace_ids(self, across, &raced(&summary));
            (summary, trace_ids)
        };
        variables.iter().map(with_traces).collect()
    }
}

/// The summary of a variable.
pub(super) fn summary(window: &Window, across: &Across) -> VariableSummary {
    let variable = across.variable;
    let text = |name| window.texts.text(name).to_owned();
    let mut found = variable.within.found;
    found.iter_mut().zip(across.found).for_each(|(found, more)| *found += more);
    let patterns = Pattern::ALL.into_iter().zip(found).filter(|&(_, found)| found > 0);
    let kinds: BTreeSet<_> = variable.accesses.iter().map(|access| access.kind.as_str()).collect();
    VariableSummary {
        service: variable.service.map(text),
        variable: text(variable.name),
        found: found.iter().sum(),
        found_by_pattern: found,
        severity: patterns.map(|(pattern, _)| pattern.severity()).min(),
        trace_count: changes(across, |access| access.trace),
        strand_count: changes(across, |access| access.strand),
        access_count: variable.accesses.len() as u64,
        access_types: kinds.into_iter().collect(),
    }
}

/// When each trace accessed the variable last.
fn newest(across: &Across) -> BTreeMap<u32, i64> {
    let mut newest = BTreeMap::new();
    for access in &across.variable.accesses {
        let time = newest.entry(access.trace).or_insert(access.time);
        *time = access.time.max(*time);
    }
    newest
}

/// How many traces or strands there are, of which each has its accesses in a row.
fn changes(across: &Across, of: impl Fn(&Access) -> u32) -> u64 {
    let accesses = &across.variable.accesses;
    let changes = accesses.windows(2).filter(|two| of(&two[0]) != of(&two[1])).count();
    changes as u64 + u64::from(!accesses.is_empty())
}

fn trace_ids(window: &Window, across: &Across, raced: &BTreeSet<&str>) -> Vec<String> {
    let interrupted = interrupted(across);
    let id = |trace: u32| window.traces.get(trace);
    let newest = newest(across);
    let mut traces: Vec<_> =
        newest.iter().map(|(&trace, &time)| (Reverse(time), id(trace), trace)).collect();
    if traces.len() > TRACE_IDS {
        let is_involved = |id, trace| interrupted.contains(&trace) || raced.contains(id);
        traces.sort_unstable_by_key(|&(time, id, trace)| (!is_involved(id, trace), time, id));
        traces.truncate(TRACE_IDS);
    }
    traces.sort_unstable();
    traces.into_iter().map(|(_, id, _)| id.to_owned()).collect()
}

/// The traces of pairs with an interleaving.
fn interrupted(across: &Across) -> BTreeSet<u32> {
    let within = across.variable.within.newest.iter().map(|triple| triple.first);
    let firsts = across.firsts.iter().copied().chain(within);
    firsts.map(|first| across.variable.accesses[first as usize].trace).collect()
}
