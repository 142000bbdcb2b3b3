//! Lock order: requests that could wait for each other for ever, though they did not.
//!
//! A strand that takes a lock while it holds others *depends* on it. Strands can deadlock if there is a cycle
//! of locks, each taken by a strand that holds the one before (the Goodlock algorithm: Havelund 2000 for
//! two threads, Bensalem and Havelund 2005 for more), and
//!
//! - the strands are different ones;
//! - all can be at these places at once: no two of them hold a lock there that excludes the other (a gate lock;
//!   two read locks exclude nothing);
//! - each waits: the lock that it takes and the hold of the next strand aren't both shared;
//! - happens-before orders none of these acquisitions; strands of different traces are concurrent.
//!
//! A lock that a strand holds already doesn't make it wait. But two strands that hold a read lock, of which
//! each wants to write, wait for each other: a cycle of one lock.
//!
//! A lock is its id within its service. One cycle of locks is one finding, whoever takes them: the example is the
//! first by traces and strands. The acquisitions of an example are found as Garg and Waldecker (1994) find
//! a state in which several conditions hold: an acquisition that happened before one of another strand
//! happened before all that follow there, so it is passed over for good.

mod concurrent;
mod cycles;
mod dependencies;
mod example;
mod finding;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;

pub use finding::{Acquisition, Deadlock, LockCycles, LockId, Step};

use crate::Causality;
use cycles::each_cycle;
use dependencies::{Dependencies, LockNo};
use example::Examples;

/// How many findings are shown at most.
pub const MAX_SHOWN: usize = 100;

/// How many locks a cycle has at most.
pub const MAX_LENGTH: usize = 8;

/// The order in which the strands of several traces take locks.
#[derive(Debug)]
pub struct LockOrder<C> {
    /// Those in which a strand holds two locks at once.
    traces: Vec<C>,
}

impl<C> Default for LockOrder<C> {
    fn default() -> Self {
        LockOrder { traces: Vec::new() }
    }
}

impl<C: Borrow<Causality>> LockOrder<C> {
    /// Adds a trace, in any order. One in which no strand holds two locks at once isn't kept.
    pub fn add(&mut self, causality: C) {
        if causality.borrow().locks.holds().iter().any(|hold| !hold.within.is_empty()) {
            self.traces.push(causality);
        }
    }

    /// Finds the cycles.
    #[must_use]
    pub fn find(mut self) -> LockCycles {
        self.traces.sort_by(|one, other| one.borrow().trace.id.cmp(&other.borrow().trace.id));
        let traces: Vec<&Causality> = self.traces.iter().map(Borrow::borrow).collect();
        let dependencies = Dependencies::of(&traces);
        let mut search = Search {
            traces: &traces,
            examples: Examples::new(&traces, &dependencies),
            found: 0,
            deadlocks: Vec::new(),
        };
        let is_complete = each_cycle(&dependencies.graph, |cycle| search.take(cycle));
        let Search { examples, found, deadlocks, .. } = search;
        LockCycles {
            found,
            shown: deadlocks.len() as u64,
            is_complete: is_complete && examples.is_complete() && !dependencies.is_cut,
            deadlocks,
        }
    }
}

struct Search<'a> {
    traces: &'a [&'a Causality],
    examples: Examples<'a>,
    found: u64,
    deadlocks: Vec<Deadlock>,
}

impl Search<'_> {
    /// Counts a cycle of locks if strands can wait for each other in it; false if it is time to stop.
    fn take(&mut self, cycle: &[LockNo]) -> bool {
        if self.examples.find(cycle) {
            self.found += 1;
            if self.deadlocks.len() < MAX_SHOWN {
                let parts = self.examples.parts();
                self.deadlocks.push(finding::deadlock(self.traces, &parts));
            }
        }
        self.examples.can_go_on()
    }
}

/// Finds the cycles in the order in which the strands of a trace take locks.
#[must_use]
pub fn lock_order(causality: &Causality) -> LockCycles {
    let mut order = LockOrder::default();
    order.add(causality);
    order.find()
}
