//! Follows each strand and the locks that it takes, releases, and says that it holds.

use super::sets::Sets;
use super::{Held, Hold, Lock, LockSetNo, Locks, MAX_HELD};
use crate::names::Name;
use crate::strands::{StrandNo, Strands};
use crate::trace::{EventNo, LockStep, Trace};

pub(super) fn walk(trace: &Trace, strands: &Strands) -> Locks {
    let count = trace.events().len();
    let mut walk = Walk {
        trace,
        sets: Sets::new(trace),
        locks: Locks {
            set_of: vec![0; count],
            sets: Vec::new(),
            holds: Vec::new(),
            position_of: vec![0; count],
            since_of: vec![0; count],
            since: Vec::new(),
        },
        position: 0,
        strand: 0,
        taken: Vec::new(),
        said: Vec::new(),
        of_taken: (0, 0),
    };
    for (number, strand) in (0..).zip(strands.all()) {
        walk.begin(number);
        for &event in &strand.events {
            walk.event(event);
            walk.position += 1;
        }
    }
    Locks { sets: walk.sets.into_sets(), ..walk.locks }
}

/// What events say is held excludes others, unless its strand has taken it as a shared lock.
fn exclusive(lock: Lock) -> Held {
    Held { lock, is_shared: false }
}

struct Walk<'t> {
    trace: &'t Trace,
    sets: Sets<'t>,
    locks: Locks,
    position: u32,
    strand: StrandNo,
    /// What the strand has acquired, in this order.
    taken: Vec<Taken>,
    /// What the last event said is held.
    said: Vec<Said>,
    /// The set of the locks taken, and where in `since` they are.
    of_taken: (LockSetNo, u32),
}

/// A lock that the strand has acquired.
struct Taken {
    held: Held,
    /// How many releases it waits for.
    count: usize,
    hold: u32,
    since: u32,
}

/// A lock that events say is held.
struct Said {
    lock: Lock,
    /// `None` where the strand has acquired it.
    hold: Option<u32>,
    since: u32,
}

impl Walk<'_> {
    fn begin(&mut self, strand: StrandNo) {
        self.strand = strand;
        self.taken.clear();
        self.said.clear();
        self.of_taken = (0, 0);
    }

    fn event(&mut self, event: EventNo) {
        let step = self.trace.event(event).lock;
        if let Some(step) = step {
            self.step(event, step);
        }
        let ids = self.trace.sent_locks(event);
        let (set, since) = if ids.is_empty() {
            self.end_said(event, &[]);
            self.of_taken
        } else {
            self.say(event, ids)
        };
        self.locks.set_of[event as usize] = set;
        self.locks.since_of[event as usize] = since;
        self.locks.position_of[event as usize] = self.position;
        if let Some(step) = step.filter(|step| !step.is_acquired) {
            let lock = self.lock(event, step.lock);
            self.end_said_if(event, |said| said.lock == lock);
        }
    }

    fn lock(&self, event: EventNo, id: Name) -> Lock {
        Lock { service: self.trace.event(event).service, id }
    }

    fn step(&mut self, event: EventNo, step: LockStep) {
        let held = Held { lock: self.lock(event, step.lock), is_shared: step.is_shared };
        if step.is_acquired {
            self.acquire(event, held);
        } else {
            self.release(event, held);
        }
        self.number_taken();
    }

    fn acquire(&mut self, event: EventNo, held: Held) {
        if let Some(taken) = self.taken.iter_mut().find(|taken| taken.held == held) {
            taken.count += 1;
            return;
        }
        if self.taken.len() == MAX_HELD {
            self.taken.remove(0);
        }
        let number = self.begin_hold(event, held, self.open_holds());
        self.taken.push(Taken { held, count: 1, hold: number, since: self.position });
    }

    /// A release that doesn't say how the lock was held releases it anyway.
    fn release(&mut self, event: EventNo, held: Held) {
        let position =
            |like: &dyn Fn(&Held) -> bool| self.taken.iter().rposition(|taken| like(&taken.held));
        let place = position(&|taken| *taken == held)
            .or_else(|| position(&|taken| taken.lock == held.lock));
        let Some(place) = place else { return };
        self.taken[place].count -= 1;
        if self.taken[place].count == 0 {
            let taken = self.taken.remove(place);
            self.locks.holds[taken.hold as usize].released = Some(event);
        }
    }

    fn open_holds(&self) -> Vec<u32> {
        let taken = self.taken.iter().map(|taken| taken.hold);
        let mut holds: Vec<u32> =
            taken.chain(self.said.iter().filter_map(|said| said.hold)).collect();
        holds.sort_unstable();
        holds
    }

    fn begin_hold(&mut self, acquired: EventNo, held: Held, within: Vec<u32>) -> u32 {
        let number =
            u32::try_from(self.locks.holds.len()).expect("fewer holds than events and locks");
        self.locks.holds.push(Hold { strand: self.strand, held, acquired, released: None, within });
        number
    }

    fn number_taken(&mut self) {
        let locks: Vec<_> = self.taken.iter().map(|taken| (taken.held, taken.since)).collect();
        self.of_taken = self.number(&locks);
    }

    /// The set of these locks, and where it is written down since when each has been held.
    fn number(&mut self, locks: &[(Held, u32)]) -> (LockSetNo, u32) {
        let set = self.sets.number(locks.iter().map(|&(held, _)| held).collect());
        let start = u32::try_from(self.locks.since.len()).expect("fewer than 2^32 locks");
        let since =
            |held: &Held| locks.iter().find(|(known, _)| known == held).map(|found| found.1);
        self.locks.since.extend(self.sets.get(set).iter().filter_map(since));
        (set, start)
    }

    /// An event says which locks are held.
    fn say(&mut self, event: EventNo, ids: &[Name]) -> (LockSetNo, u32) {
        let ids = self.first(ids);
        self.end_said(event, &ids);
        let within = self.open_holds();
        for &id in &ids {
            let lock = self.lock(event, id);
            if !self.said.iter().any(|said| said.lock == lock) {
                self.begin_said(event, lock, &within);
            }
        }
        self.interrupt_taken(&ids);
        let locks = self.said.iter().map(|said| (self.as_taken(said.lock), said.since));
        let locks: Vec<_> = locks.collect();
        self.number(&locks)
    }

    fn begin_said(&mut self, event: EventNo, lock: Lock, within: &[u32]) {
        let is_taken = self.taken.iter().any(|taken| taken.held.lock == lock);
        let hold = (!is_taken).then(|| self.begin_hold(event, exclusive(lock), within.to_vec()));
        let as_taken = self.as_taken(lock);
        let taken = self.taken.iter().find(|taken| taken.held == as_taken);
        let since = taken.map_or(self.position, |taken| taken.since);
        self.said.push(Said { lock, hold, since });
    }

    /// How a lock is held that an event says is held: as a shared one if the strand has taken it so.
    fn as_taken(&self, lock: Lock) -> Held {
        let mut taken = self.taken.iter().filter(|taken| taken.held.lock == lock).peekable();
        let is_shared = taken.peek().is_some() && taken.all(|taken| taken.held.is_shared);
        Held { lock, is_shared }
    }

    /// The different ones, at most as many as count.
    fn first(&self, ids: &[Name]) -> Vec<Name> {
        let mut ids = ids.to_vec();
        ids.sort_by_key(|&id| self.trace.text(id));
        ids.dedup();
        ids.truncate(MAX_HELD);
        ids
    }

    /// What was taken and is not said to be held is held anew from the next event on.
    fn interrupt_taken(&mut self, ids: &[Name]) {
        let next = self.position + 1;
        let mut is_changed = false;
        for taken in self.taken.iter_mut().filter(|taken| !ids.contains(&taken.held.lock.id)) {
            taken.since = next;
            is_changed = true;
        }
        if is_changed {
            self.number_taken();
        }
    }

    /// Ends the holds of which the event doesn't say that they last.
    fn end_said(&mut self, event: EventNo, ids: &[Name]) {
        let service = self.trace.event(event).service;
        self.end_said_if(event, |said| {
            said.lock.service != service || !ids.contains(&said.lock.id)
        });
    }

    fn end_said_if(&mut self, event: EventNo, has_ended: impl Fn(&Said) -> bool) {
        let holds = &mut self.locks.holds;
        self.said.retain(|said| {
            let has_ended = has_ended(said);
            if let Some(hold) = said.hold.filter(|_| has_ended) {
                holds[hold as usize].released = Some(event);
            }
            !has_ended
        });
    }
}
