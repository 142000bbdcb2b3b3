//! Unserializable interleavings (AVIO): an access of one strand between two consecutive accesses of
//! another strand to the same variable, within a trace and across traces.

mod access;
mod across;
mod budget;
mod by_clock;
mod by_value;
mod choose;
mod copy;
mod finding;
mod ids;
mod line;
mod pair;
mod pattern;
mod reason;
mod report;
mod summary;
mod tally;
#[cfg(test)]
mod tests;
mod touches;
mod window;
mod within;

pub(crate) use access::Access;
pub(crate) use report::record;

pub use finding::{AccessRecord, Evidence, Interleaving, Interleavings, VariableSummary};
pub use pattern::Pattern;
pub use window::{Scope, Window};

use across::Across;
use choose::{Chosen, choose};
use report::report;
use summary::summary;
use window::Variable;

use crate::{Causality, Options};

impl Window {
    /// The interleavings of the traces that were added.
    #[must_use]
    pub fn find(&self) -> Interleavings {
        self.find_shown(false)
    }

    /// The same, but only those between two traces are shown.
    #[must_use]
    pub fn find_across_traces(&self) -> Interleavings {
        self.find_shown(true)
    }

    /// What was found, of each variable in order of service and name.
    fn search<'w>(&'w self, traces: &'w [Vec<u32>]) -> Vec<Across<'w>> {
        let mut variables: Vec<_> = self.variables.iter().zip(traces).collect();
        let text = |name| self.texts.text(name);
        variables.sort_by_key(|(variable, _)| (variable.service.map(text), text(variable.name)));
        let across = |(variable, traces): (_, &'w Vec<u32>)| Across::of(self, variable, traces);
        variables.into_iter().map(across).collect()
    }

    /// The traces of the accesses of each variable.
    fn traces_of_accesses(&self) -> Vec<Vec<u32>> {
        let traces =
            |variable: &Variable| variable.accesses.iter().map(|access| access.trace).collect();
        self.variables.iter().map(traces).collect()
    }

    fn find_shown(&self, across_traces_only: bool) -> Interleavings {
        let traces = self.traces_of_accesses();
        let variables = self.search(&traces);
        let chosen = choose(self, &variables, across_traces_only);
        let report = |chosen: &Chosen| report(self, variables[chosen.variable].variable, chosen);
        let sum = |found: &[u64; 4]| found.iter().sum::<u64>();
        let within = variables.iter().map(|across| sum(&across.variable.within.found));
        let found_across_traces = variables.iter().map(|across| sum(&across.found)).sum();
        Interleavings {
            found: within.sum::<u64>() + found_across_traces,
            found_across_traces,
            is_exact: variables
                .iter()
                .all(|across| across.is_exact && across.variable.within.is_exact),
            shown: chosen.iter().map(report).collect(),
            variables: variables.iter().map(|across| summary(self, across)).collect(),
        }
    }
}

/// The interleavings of the strands of one trace, at most 1,000 of them shown.
#[must_use]
pub fn interleavings_within(causality: &Causality, options: &Options) -> Interleavings {
    let scope = Scope::default();
    let mut window = Window::new(options, Scope { shown_per_pair: scope.shown, ..scope });
    window.add(causality);
    window.find()
}
