//! Sets of locks, each kept once.

use foldhash::HashMap;

use super::{Held, LockSetNo};
use crate::trace::Trace;

/// The sets that occurred, in the order in which they did.
pub(super) struct Sets<'t> {
    trace: &'t Trace,
    numbers: HashMap<Vec<Held>, LockSetNo>,
    /// Each in order of names.
    all: Vec<Vec<Held>>,
}

impl<'t> Sets<'t> {
    pub(super) fn new(trace: &'t Trace) -> Self {
        let empty = HashMap::from_iter([(Vec::new(), 0)]);
        Sets { trace, numbers: empty, all: vec![Vec::new()] }
    }

    /// The number of a set of different locks.
    ///
    /// # Panics
    /// With 2^32 sets.
    pub(super) fn number(&mut self, mut set: Vec<Held>) -> LockSetNo {
        set.sort_unstable();
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        let number = LockSetNo::try_from(self.all.len()).expect("fewer than 2^32 sets");
        let mut named = set.clone();
        named.sort_by_key(|held| {
            let text = |name| self.trace.text(name);
            (text(held.lock.service), text(held.lock.id), held.is_shared)
        });
        self.numbers.insert(set, number);
        self.all.push(named);
        number
    }

    pub(super) fn get(&self, number: LockSetNo) -> &[Held] {
        &self.all[number as usize]
    }

    pub(super) fn into_sets(self) -> Vec<Vec<Held>> {
        self.all
    }
}
