//! Which locks are held where: as events say it, else by what their strand has taken and not released.

use crate::names::Name;
use crate::strands::{StrandNo, Strands};
use crate::trace::{EventNo, Trace};

/// A lock within its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lock {
    /// The service.
    pub service: Name,
    /// Its id.
    pub id: Name,
}

/// A lock that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// The lock.
    pub lock: Lock,
    /// Whether others can hold it with this one.
    pub is_shared: bool,
}

/// The number of a set of locks: 0 is the empty one.
pub type LockSetNo = u32;

/// From when to when a strand held a lock.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Who held it.
    pub strand: StrandNo,
    /// What was held.
    pub held: Held,
    /// Its `LockAcquire`; where events only say what they hold, the first that says so.
    pub acquired: EventNo,
    /// Its `LockRelease`; `None` where there is none.
    pub released: Option<EventNo>,
    /// What the strand held when it took the lock: places in [`Locks::holds`].
    pub within: Vec<u32>,
}

/// The locks of a trace.
#[derive(Debug)]
pub struct Locks {
    set_of: Vec<LockSetNo>,
    sets: Vec<Vec<Held>>,
    holds: Vec<Hold>,
}

impl Locks {
    /// Finds out who held what.
    #[must_use]
    pub fn of(_trace: &Trace, _strands: &Strands) -> Self {
        todo!()
    }

    /// The set of locks held at an event.
    #[must_use]
    pub fn set_of(&self, event: EventNo) -> LockSetNo {
        self.set_of[event as usize]
    }

    /// The locks of a set, in order.
    #[must_use]
    pub fn set(&self, set: LockSetNo) -> &[Held] {
        &self.sets[set as usize]
    }

    /// How many sets there are.
    #[must_use]
    pub fn set_count(&self) -> usize {
        self.sets.len()
    }

    /// Whether a lock is in both sets that excludes the other holder: held by either not as a shared one.
    #[must_use]
    pub fn exclude(&self, one: LockSetNo, other: LockSetNo) -> bool {
        excludes(self.set(one), self.set(other)).is_some()
    }

    /// All holds, in order of their strands and of when they began.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The locks that a strand held from one of its events to a later one without releasing them.
    #[must_use]
    pub fn held_through(&self, _first: EventNo, _last: EventNo) -> Vec<Held> {
        todo!()
    }
}

/// The first lock of both sets that excludes the other holder.
#[must_use]
pub fn excludes(one: &[Held], other: &[Held]) -> Option<Lock> {
    one.iter()
        .find(|held| {
            other
                .iter()
                .any(|known| known.lock == held.lock && !(known.is_shared && held.is_shared))
        })
        .map(|held| held.lock)
}
