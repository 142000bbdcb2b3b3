//! The accesses of a trace by variable, each variable's in order of chains and places.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use crate::locks::LockSetNo;
use crate::names::Name;
use crate::order::ChainNo;
use crate::trace::{AccessKind, Event, EventNo, Trace};
use crate::{Causality, Options};

/// An access, as far as races need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) event: EventNo,
    pub(super) chain: ChainNo,
    pub(super) locks: LockSetNo,
    pub(super) kind: AccessKind,
}

/// A variable: of one service, or one that services share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Variable {
    pub(super) name: Name,
    /// `None` for one that services share.
    pub(super) service: Option<Name>,
}

/// The accesses of a trace by variable.
#[derive(Debug)]
pub(super) struct Accesses {
    variables: Vec<Variable>,
    /// Where the slots of each variable start, and where those of the last one end.
    starts: Vec<u32>,
    slots: Vec<Slot>,
}

const NO_ACCESS: u32 = u32::MAX;

impl Accesses {
    pub(super) fn of(causality: &Causality, options: &Options) -> Self {
        let trace = &causality.trace;
        let (variables, variable_of) = variables(trace, &shared(trace, &options.shared_variables));
        let mut starts = vec![0; variables.len() + 1];
        for &variable in variable_of.iter().filter(|&&variable| variable != NO_ACCESS) {
            starts[variable as usize + 1] += 1;
        }
        for variable in 0..variables.len() {
            starts[variable + 1] += starts[variable];
        }
        let slots = slots(causality, &variable_of, &starts);
        Accesses { variables, starts, slots }
    }

    /// How many variables there are.
    pub(super) fn variables(&self) -> usize {
        self.variables.len()
    }

    pub(super) fn variable(&self, variable: usize) -> Variable {
        self.variables[variable]
    }

    /// A variable's accesses, in order of chains and places.
    pub(super) fn slots(&self, variable: usize) -> &[Slot] {
        &self.slots[self.starts[variable] as usize..self.starts[variable + 1] as usize]
    }
}

fn shared(trace: &Trace, shared_variables: &BTreeSet<String>) -> Vec<Name> {
    shared_variables.iter().filter_map(|variable| trace.names().get(variable)).collect()
}

/// The variables, and of each event the number of the one that it accesses.
fn variables(trace: &Trace, shared: &[Name]) -> (Vec<Variable>, Vec<u32>) {
    let mut numbers: HashMap<Variable, u32> = HashMap::new();
    let mut variables = Vec::new();
    let mut number = |event: &Event| {
        let Some(access) = event.access else { return NO_ACCESS };
        let service = (!shared.contains(&access.variable)).then_some(event.service);
        let variable = Variable { name: access.variable, service };
        *numbers.entry(variable).or_insert_with(|| {
            variables.push(variable);
            u32::try_from(variables.len() - 1).expect("no more variables than events")
        })
    };
    let variable_of = trace.events().iter().map(&mut number).collect();
    (variables, variable_of)
}

/// The accesses, those of one variable together: a stable sort by counting, as walking the chains gives
/// them in order.
fn slots(causality: &Causality, variable_of: &[u32], starts: &[u32]) -> Vec<Slot> {
    let (trace, order, locks) = (&causality.trace, &causality.order, &causality.locks);
    let nothing = Slot { event: 0, chain: 0, locks: 0, kind: AccessKind::Read };
    let mut slots = vec![nothing; starts.last().map_or(0, |&end| end as usize)];
    let mut next = starts.to_vec();
    for (chain, events) in (0..).zip(order.chains()) {
        for &event in events {
            let Some(access) = trace.event(event).access else { continue };
            let next = &mut next[variable_of[event as usize] as usize];
            let (kind, locks) = (access.kind, locks.set_of(event));
            slots[*next as usize] = Slot { event, chain, locks, kind };
            *next += 1;
        }
    }
    slots
}
