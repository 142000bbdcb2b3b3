//! Which locks are held where: as events say it, else by what their strand has taken and not released.

mod sets;
mod walk;

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
    /// Its `LockRelease`; where events only say what they hold, the first that doesn't say so any more;
    /// `None` where there is none.
    pub released: Option<EventNo>,
    /// What the strand held when it took the lock: places in [`Locks::holds`].
    pub within: Vec<u32>,
}

/// A strand holds at most so many locks at once. Beyond, the one held longest is forgotten, as locks
/// that are never released would make each set larger than the one before; of locks that an event says
/// are held, the first by name count.
pub const MAX_HELD: usize = 64;

/// The locks of a trace.
///
/// An event that says which locks are held holds those, as exclusive ones. The others hold what their
/// strand has acquired and not released: from the event that acquires it, to before the one that releases
/// it as often as it was acquired. A strand inherits no locks of the one from which it forked off.
#[derive(Debug)]
pub struct Locks {
    set_of: Vec<LockSetNo>,
    sets: Vec<Vec<Held>>,
    holds: Vec<Hold>,
    /// Numbers of events by strand and program order.
    position_of: Vec<u32>,
    /// Of each event, where in `since` its locks are.
    since_of: Vec<u32>,
    /// For each lock of a set, from which position on it has been held.
    since: Vec<u32>,
}

impl Locks {
    /// Finds out who held what.
    #[must_use]
    pub fn of(trace: &Trace, strands: &Strands) -> Self {
        walk::walk(trace, strands)
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
    pub fn held_through(&self, first: EventNo, last: EventNo) -> Vec<Held> {
        let [first, last_position] = [first, last].map(|event| self.position_of[event as usize]);
        let since = &self.since[self.since_of[last as usize] as usize..];
        let locks = self.set(self.set_of(last)).iter().zip(since);
        // No lock is held since a position on another strand.
        let through = locks.filter(|&(_, &since)| since <= first && first <= last_position);
        through.map(|(&held, _)| held).collect()
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

#[cfg(test)]
mod tests {
    use super::{Hold, Locks, MAX_HELD};
    use crate::strands::Strands;
    use crate::testing::{Draft, event, ids, number, trace};
    use crate::trace::Trace;

    /// A request of these events, in order.
    fn request(events: impl IntoIterator<Item = Draft>) -> (Trace, Locks) {
        let mut previous = None;
        let events = events.into_iter().enumerate().map(|(place, event)| {
            let before = previous.replace(place);
            before.map_or(event.clone(), |before| event.after(&before.to_string()))
        });
        let trace = trace(events);
        let locks = Locks::of(&trace, &Strands::of(&trace));
        (trace, locks)
    }

    /// What each event holds; shared ones with a star.
    fn held(trace: &Trace, locks: &Locks) -> Vec<String> {
        let set = |event| {
            let held = locks.set(locks.set_of(event)).iter();
            let text = |held: &super::Held| {
                format!("{}{}", trace.text(held.lock.id), if held.is_shared { "*" } else { "" })
            };
            held.map(text).collect::<Vec<_>>().join(" ")
        };
        (0..).take(trace.events().len()).map(set).collect()
    }

    fn step(place: u32) -> Draft {
        event(&place.to_string())
    }

    #[test]
    fn a_lock_is_held_until_it_is_released_as_often_as_it_was_acquired() {
        let (trace, locks) = request([
            step(0).release("never held"),
            step(1).acquire("l"),
            step(2).acquire("l"),
            step(3).acquire("k"),
            step(4).release("l"),
            step(5).release("l"),
            step(6).release("k"),
        ]);
        assert_eq!(held(&trace, &locks), ["", "l", "l", "k l", "k l", "k", ""]);
        let [outer, inner] = locks.holds() else { panic!("two holds") };
        let ends = |hold: &Hold| ids(&trace, &[hold.acquired, hold.released.unwrap()]).join(" to ");
        assert_eq!([outer, inner].map(ends), ["1 to 5", "3 to 6"]);
        assert_eq!((outer.within.as_slice(), inner.within.as_slice()), (&[][..], &[0][..]));
    }

    #[test]
    fn a_read_lock_is_upgraded_by_a_hold_of_its_own() {
        let (trace, locks) = request([
            step(0).acquire("l").shared(),
            step(1).acquire("l"),
            step(2).release("l"),
            step(3).release("l").shared(),
        ]);
        assert_eq!(held(&trace, &locks), ["l*", "l l*", "l*", ""]);
        let [read, write] = [0, 1].map(|event| locks.set_of(event));
        assert!(locks.exclude(read, write) && !locks.exclude(read, read));
    }

    #[test]
    fn what_an_event_says_it_holds_counts() {
        let (trace, locks) = request([
            step(0).acquire("l"),
            step(1).holding(&["b", "a"]),
            step(2).holding(&["b"]),
            step(3),
        ]);
        assert_eq!(held(&trace, &locks), ["l", "a b", "b", "l"]);
        let released: Vec<_> = locks.holds().iter().map(|hold| hold.released).collect();
        assert_eq!(released, [None, Some(2), Some(3)]);
    }

    #[test]
    fn a_lock_is_held_through_only_without_a_release_between() {
        let (trace, locks) = request([
            step(0).acquire("l"),
            step(1).acquire("k"),
            step(2).release("l"),
            step(3).acquire("l"),
            step(4).holding(&["s"]),
            step(5).holding(&["s", "t"]),
            step(6).release("k"),
        ]);
        let through = |first: &str, last: &str| {
            let held = locks.held_through(number(&trace, first), number(&trace, last));
            let names: Vec<_> = held.iter().map(|held| trace.text(held.lock.id)).collect();
            names.join(" ")
        };
        assert_eq!((through("0", "1"), through("1", "3")), ("l".into(), "k".into()));
        assert_eq!((through("4", "5"), through("3", "5")), ("s".into(), String::new()));
        assert_eq!((through("3", "6"), through("6", "6")), (String::new(), "l".into()));
        assert_eq!(through("1", "0"), "");
    }

    #[test]
    fn locks_that_are_never_released_are_forgotten_in_the_end() {
        let (trace, locks) =
            request((0..1_000).map(|place| step(place).acquire(&place.to_string())));
        let last = locks.set(locks.set_of(number(&trace, "999")));
        assert_eq!(last.len(), MAX_HELD);
    }
}
