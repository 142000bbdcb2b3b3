//! Accesses of a window, each in 56 bytes and the text of its id.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::ids::IdNo;
use crate::locks::{Held, LockSetNo, excludes};
use crate::names::Name;
use crate::trace::AccessKind;

/// The number of a process in a window.
pub(crate) type ProcessNo = u32;

/// The process of an event that names none: it has no clock in common with any event.
pub(super) const NO_PROCESS: ProcessNo = ProcessNo::MAX;

/// An access of a variable. Names are those of the window.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Microseconds since 1970.
    pub(crate) time: i64,
    pub(crate) event_id: IdNo,
    /// Of the window's traces.
    pub(crate) trace: IdNo,
    /// Of the window's strands.
    pub(crate) strand: IdNo,
    pub(crate) process: ProcessNo,
    pub(crate) service: Name,
    pub(crate) thread: Option<Name>,
    pub(crate) location: Option<Name>,
    pub(crate) old_value: Option<Name>,
    pub(crate) new_value: Option<Name>,
    /// The locks held by its strand.
    pub(crate) locks: LockSetNo,
    /// Those of them that the strand has held since its access of the variable before this one.
    pub(crate) held_through: LockSetNo,
    pub(crate) kind: AccessKind,
}

/// Sets of locks of several traces, each kept once. Number 0 is the empty one.
#[derive(Debug)]
pub(super) struct LockSets {
    sets: Vec<Vec<Held>>,
    numbers: HashMap<Vec<Held>, LockSetNo>,
}

impl Default for LockSets {
    fn default() -> Self {
        let numbers = std::iter::once((Vec::new(), 0)).collect();
        LockSets { sets: vec![Vec::new()], numbers }
    }
}

impl LockSets {
    /// The number of a set of locks.
    pub(super) fn number(&mut self, locks: impl Iterator<Item = Held>) -> LockSetNo {
        let mut modes: BTreeMap<_, bool> = BTreeMap::new();
        for Held { lock, is_shared } in locks {
            *modes.entry(lock).or_insert(true) &= is_shared;
        }
        let set: Vec<Held> =
            modes.into_iter().map(|(lock, is_shared)| Held { lock, is_shared }).collect();
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        let number = LockSetNo::try_from(self.sets.len()).expect("fewer than 2^32 sets");
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    pub(super) fn set(&self, number: LockSetNo) -> &[Held] {
        &self.sets[number as usize]
    }

    /// Whether a lock of one set can't be held with one of the other.
    pub(super) fn exclude(&self, one: LockSetNo, other: LockSetNo) -> bool {
        one != 0 && other != 0 && excludes(self.set(one), self.set(other)).is_some()
    }

    /// How many steps that takes to find out.
    pub(super) fn cost(&self, one: LockSetNo, other: LockSetNo) -> u64 {
        (self.set(one).len() * self.set(other).len()) as u64
    }
}
