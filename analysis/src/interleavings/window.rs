//! The accesses of many traces, of which only what interleavings need is kept.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use super::access::{Access, LockSets, ProcessNo};
use super::copy::copy;
use super::ids::Ids;
use super::pattern::Pattern;
use super::within::{Within, find_within};
use crate::names::{Name, Names};
use crate::trace::ProcessKey;
use crate::{Causality, Options};

/// What is looked for, and how much of it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Only variables of this service, and shared ones.
    pub service: Option<String>,
    /// Only variables of this name.
    pub variable: Option<String>,
    /// Only this pattern.
    pub pattern: Option<Pattern>,
    /// How many interleavings are shown at most.
    pub shown: usize,
    /// How many of one variable and one pair of traces are shown at most.
    pub shown_per_pair: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Scope { service: None, variable: None, pattern: None, shown: 1000, shown_per_pair: 10 }
    }
}

/// Collects the accesses of traces, each in 100 to 150 bytes with its ids, and finds the interleavings among them.
///
/// An access b comes between a₁ and a₂ if happens-before says so; where it says nothing, if clocks do:
/// those of one process (`service_name`, `instance_id` and `process_id`) strictly, others by more than
/// `clock_skew`. Of two traces only clocks say something. An update is not lost if values tell that a₁ had
/// read it, or that it was made from a₂. Interleavings within a trace are found when it is added, because
/// they need its order; those across traces by [`find`](Self::find).
///
/// Counts are exact while a variable takes at most 1,024 steps an access. Steps are taken within a trace
/// by a pair a₁, a₂ for each chain that is ordered with its own; and, for a pair under a lock with many
/// accesses between, by each set of locks with that lock. Beyond that, counts are lower bounds, and
/// `is_exact` is false.
#[derive(Debug)]
pub struct Window {
    pub(super) skew: i64,
    pub(super) atomic_within: i64,
    pub(super) shared_variables: BTreeSet<String>,
    pub(super) scope: Scope,
    pub(super) texts: Names,
    /// Ids of the events.
    pub(super) events: Ids,
    pub(super) locks: LockSets,
    /// Ids of the traces.
    pub(super) traces: Ids,
    /// Ids of the first events of strands.
    pub(super) strands: Ids,
    pub(super) variables: Vec<Variable>,
    places: HashMap<(Option<Name>, Name), usize>,
    pub(super) processes: HashMap<ProcessKey, ProcessNo>,
}

/// A variable of a window.
#[derive(Debug)]
pub(super) struct Variable {
    /// Its service; `None` where services share it.
    pub(super) service: Option<Name>,
    pub(super) name: Name,
    /// Those of a strand one after the other in program order, and so those of a trace.
    pub(super) accesses: Vec<Access>,
    /// The interleavings inside of traces.
    pub(super) within: Within,
}

impl Window {
    /// Without any trace.
    #[must_use]
    pub fn new(options: &Options, scope: Scope) -> Self {
        Window {
            skew: options.clock_skew.max(0),
            atomic_within: options.atomic_within.max(0),
            shared_variables: options.shared_variables.clone(),
            scope,
            texts: Names::default(),
            events: Ids::default(),
            locks: LockSets::default(),
            traces: Ids::default(),
            strands: Ids::default(),
            variables: Vec::new(),
            places: HashMap::new(),
            processes: HashMap::new(),
        }
    }

    /// Adds a trace, of each once; in any order.
    pub fn add(&mut self, causality: &Causality) {
        for (place, copied) in copy(self, causality) {
            let within = find_within(self, causality, &self.variables[place], &copied);
            self.variables[place].within.add(within);
        }
    }

    /// How many accesses it holds.
    #[must_use]
    pub fn access_count(&self) -> u64 {
        self.variables.iter().map(|variable| variable.accesses.len() as u64).sum()
    }

    /// What an access is called: its event, and its trace.
    pub(super) fn id(&self, access: &Access) -> (&str, &str) {
        (self.events.get(access.event_id), self.traces.get(access.trace))
    }

    /// All accesses, each with the place of its variable, in order of time, event and trace.
    pub(crate) fn by_time(&self) -> Vec<(usize, &Access)> {
        let variables = self.variables.iter().enumerate();
        let mut accesses: Vec<_> = variables
            .flat_map(|(place, variable)| {
                variable.accesses.iter().map(move |access| (place, access))
            })
            .collect();
        accesses.sort_by_key(|(_, access)| (access.time, self.id(access)));
        accesses
    }

    /// The place of a variable, which is new or known.
    pub(super) fn place(&mut self, service: Option<Name>, name: Name) -> usize {
        *self.places.entry((service, name)).or_insert_with(|| {
            let (accesses, within) = (Vec::new(), Within::default());
            self.variables.push(Variable { service, name, accesses, within });
            self.variables.len() - 1
        })
    }
}
