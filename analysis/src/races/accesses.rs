//! The accesses of a trace by variable, each variable's in order of chains and places.

use crate::locks::LockSetNo;
use crate::order::ChainNo;
use crate::trace::{AccessKind, EventNo};
use crate::variables::{Variable, Variables};
use crate::{Causality, Options};

/// An access, as far as races need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) event: EventNo,
    pub(super) chain: ChainNo,
    pub(super) locks: LockSetNo,
    pub(super) kind: AccessKind,
}

/// The accesses of a trace by variable.
#[derive(Debug)]
pub(super) struct Accesses {
    variables: Vec<Variable>,
    /// Where the slots of each variable start, and where those of the last one end.
    starts: Vec<u32>,
    slots: Vec<Slot>,
}

impl Accesses {
    pub(super) fn of(causality: &Causality, options: &Options) -> Self {
        let variables = Variables::of(&causality.trace, options);
        let starts = variables.starts();
        let slots = slots(causality, &variables.of_event, &starts);
        Accesses { variables: variables.all, starts, slots }
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
