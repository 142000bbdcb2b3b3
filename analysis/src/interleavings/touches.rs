//! The writes, or the reads, of a variable in order of time, and which come between two accesses.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::access::Access;
use super::budget::Budget;
use super::by_value::ByValue;
use super::pair::Pair;
use super::tally::Tally;
use super::window::Window;
use crate::locks::{Lock, LockSetNo};

/// So many accesses are looked at one by one; of more, the number is computed.
const FEW: usize = 64;

/// How many steps it takes to compute the number of accesses under a set of locks.
const STEPS_PER_SET: u64 = 16;

/// Accesses of one kind, each of a class of which clocks alone say when it came, if they are of others.
pub(super) struct Touches<'w> {
    window: &'w Window,
    accesses: &'w [Access],
    /// The class of each access.
    classes: &'w [u32],
    /// Places of the accesses in order of time, those of one instant in reverse order of their ids.
    sorted: Vec<u32>,
    times: Vec<i64>,
    tallies: OnceCell<Tallies>,
}

struct Tallies {
    all: Tally<()>,
    by_locks: Tally<LockSetNo>,
    /// The sets of locks that hold a lock, of those that occur.
    sets_with: HashMap<Lock, Vec<LockSetNo>>,
    /// Places in [`Touches::sorted`] of accesses under a lock.
    locked: Vec<usize>,
    /// By places in [`Touches::sorted`].
    by_value: ByValue,
}

impl<'w> Touches<'w> {
    pub(super) fn new(
        window: &'w Window,
        accesses: &'w [Access],
        classes: &'w [u32],
        are_writes: bool,
    ) -> Self {
        let mut keyed: Vec<(i64, u32)> = (0..)
            .zip(accesses)
            .filter(|(_, access)| access.kind.is_write() == are_writes)
            .map(|(place, access)| (access.time, place))
            .collect();
        let id = |place: u32| Reverse((window.id(&accesses[place as usize]), place));
        keyed.sort_unstable_by(|&(one_time, one), &(other_time, other)| {
            one_time.cmp(&other_time).then_with(|| id(one).cmp(&id(other)))
        });
        let (times, sorted) = keyed.into_iter().unzip();
        Touches { window, accesses, classes, sorted, times, tallies: OnceCell::new() }
    }

    /// The accesses that came between, of none of these classes, which are in order: the newest first.
    /// They end when the steps are spent.
    pub(super) fn between<'t>(
        &'t self,
        pair: &'t Pair,
        left_out: &'t [u32],
        budget: &'t mut Budget,
    ) -> impl Iterator<Item = u32> + 't {
        let places = self.sorted[self.in_time(pair)].iter().rev().copied();
        let places = places.take_while(|_| budget.spend(1));
        places.filter(|&place| self.comes_between(pair, left_out, place))
    }

    fn comes_between(&self, pair: &Pair, left_out: &[u32], place: u32) -> bool {
        self.may_come_between(pair, left_out, place)
            && !pair.explains(&self.accesses[place as usize])
    }

    /// Whether it did if values tell nothing.
    fn may_come_between(&self, pair: &Pair, left_out: &[u32], place: u32) -> bool {
        let access = &self.accesses[place as usize];
        pair.is_after_first(access)
            && pair.is_before_second(access)
            && left_out.binary_search(&self.classes[place as usize]).is_err()
            && !self.window.locks.exclude(pair.second.held_through, access.locks)
    }

    /// How many accesses of other classes came between; `None` if they are many and locks or values
    /// have a say.
    pub(super) fn count(&self, pair: &Pair, left_out: &[u32]) -> Option<u64> {
        let in_time = self.in_time(pair);
        if in_time.len() <= FEW {
            let few = self.sorted[in_time].iter();
            let between = few.filter(|&&place| self.comes_between(pair, left_out, place));
            return Some(between.count() as u64);
        }
        let tallies = self.tallies();
        let is_locked = pair.second.held_through != 0 && self.locked(in_time.clone()) > 0;
        let is_explained = tallies.by_value.explained(pair, &in_time).next().is_some();
        (!is_locked && !is_explained).then(|| tallies.all.count((), pair, left_out))
    }

    /// The same where locks or values have a say; `None` if it takes too many steps.
    pub(super) fn count_closely(
        &self,
        pair: &Pair,
        left_out: &[u32],
        budget: &mut Budget,
    ) -> Option<u64> {
        let (tallies, locks) = (self.tallies(), &self.window.locks);
        let held = pair.second.held_through;
        let mut kept_out = BTreeSet::new();
        for set in locks.set(held).iter().flat_map(|held| tallies.sets_with(held.lock)) {
            if !budget.spend(locks.cost(held, *set)) {
                return None;
            }
            if locks.exclude(held, *set) {
                kept_out.insert(*set);
            }
        }
        let mut count = tallies.all.count((), pair, left_out);
        for set in kept_out {
            if !budget.spend(STEPS_PER_SET * (1 + left_out.len() as u64)) {
                return None;
            }
            count -= tallies.by_locks.count(set, pair, left_out);
        }
        for place in tallies.by_value.explained(pair, &self.in_time(pair)) {
            let place = self.sorted[place];
            if !budget.spend(1 + locks.cost(held, self.accesses[place as usize].locks)) {
                return None;
            }
            count -= u64::from(self.may_come_between(pair, left_out, place));
        }
        Some(count)
    }

    /// How many came between at least: those that no lock can have kept out, and no value explains.
    pub(super) fn count_at_least(&self, pair: &Pair, left_out: &[u32]) -> u64 {
        let (tallies, in_time) = (self.tallies(), self.in_time(pair));
        let explained = tallies.by_value.count_at_most(pair, &in_time);
        let others = (self.locked(in_time) + explained) as u64;
        tallies.all.count((), pair, left_out).saturating_sub(others)
    }

    /// The places in `sorted` within the time of the pair.
    fn in_time(&self, pair: &Pair) -> Range<usize> {
        let start = self.times.partition_point(|&time| time <= pair.first.time);
        let rest = &self.times[start..];
        // The end is near the start: the search for it grows from there.
        let mut step = FEW;
        while step < rest.len() && rest[step] < pair.second.time {
            step *= 2;
        }
        let near = &rest[..step.min(rest.len())];
        start..start + near.partition_point(|&time| time < pair.second.time)
    }

    /// How many of these are under a lock.
    fn locked(&self, range: Range<usize>) -> usize {
        let locked = &self.tallies().locked;
        let start = locked.partition_point(|&place| place < range.start);
        let end = locked.partition_point(|&place| place < range.end);
        end - start
    }

    fn tallies(&self) -> &Tallies {
        self.tallies.get_or_init(|| {
            let all = self.sorted.iter().map(|&place| {
                let place = place as usize;
                (self.classes[place], &self.accesses[place])
            });
            let locked = all.clone().filter(|(_, access)| access.locks != 0);
            let sets = locked.clone().map(|(_, access)| access.locks).collect();
            let accesses = || (0..).zip(all.clone().map(|(_, access)| access));
            let is_locked = accesses().filter(|(_, access)| access.locks != 0);
            Tallies {
                all: Tally::new(&all.clone().map(|(class, access)| ((), class, access))),
                by_locks: Tally::new(&locked.map(|(class, access)| (access.locks, class, access))),
                sets_with: self.sets_with(sets),
                locked: is_locked.map(|(place, _)| place).collect(),
                by_value: ByValue::new(accesses()),
            }
        })
    }

    fn sets_with(&self, sets: BTreeSet<LockSetNo>) -> HashMap<Lock, Vec<LockSetNo>> {
        let mut sets_with: HashMap<Lock, Vec<LockSetNo>> = HashMap::new();
        for set in sets {
            for held in self.window.locks.set(set) {
                sets_with.entry(held.lock).or_default().push(set);
            }
        }
        sets_with
    }
}

impl Tallies {
    fn sets_with(&self, lock: Lock) -> &[LockSetNo] {
        self.sets_with.get(&lock).map_or(&[], Vec::as_slice)
    }
}
