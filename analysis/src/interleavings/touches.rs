//! The writes, or the reads, of a variable in order of time, and how many come between two accesses.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::ops::Range;

use super::access::{Access, NO_PROCESS};
use super::budget::Budget;
use super::counter::Counter;
use super::pair::Pair;
use super::window::Window;

/// So many accesses are looked at one by one; of more, the number is computed.
const FEW: usize = 64;

pub(super) struct Touches<'w> {
    window: &'w Window,
    accesses: &'w [Access],
    /// Places of the accesses in order of time, those of one instant in reverse order of their ids.
    sorted: Vec<u32>,
    times: Vec<i64>,
    counters: OnceCell<Counters>,
}

struct Counters {
    by_process: Counter<u32>,
    by_trace: Counter<u32>,
    by_both: Counter<(u32, u32)>,
    /// Places in [`Touches::sorted`] of accesses under a lock.
    locked: Vec<usize>,
}

impl<'w> Touches<'w> {
    pub(super) fn new(window: &'w Window, accesses: &'w [Access], are_writes: bool) -> Self {
        let text = |name| window.texts.text(name);
        let mut keyed: Vec<(i64, u32)> = (0..)
            .zip(accesses)
            .filter(|(_, access)| access.kind.is_write() == are_writes)
            .map(|(place, access)| (access.time, place))
            .collect();
        keyed.sort_unstable_by(|one, other| {
            one.0.cmp(&other.0).then_with(|| {
                let key = |place: u32| {
                    let access = &accesses[place as usize];
                    let trace = window.traces[access.trace as usize];
                    Reverse((text(access.event_id), text(trace), place))
                };
                key(one.1).cmp(&key(other.1))
            })
        });
        let (times, sorted) = keyed.into_iter().unzip();
        Touches { window, accesses, sorted, times, counters: OnceCell::new() }
    }

    /// The accesses within the time of the pair, whosever they are, the newest first.
    pub(super) fn newest_first(&self, pair: &Pair) -> impl Iterator<Item = u32> {
        self.sorted[self.in_time(pair)].iter().rev().copied()
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

    /// How many accesses came between the pair; `None` if they are many and locks have a say.
    pub(super) fn count(&self, pair: &Pair) -> Option<u64> {
        let in_time = self.in_time(pair);
        if in_time.len() <= FEW {
            let few = in_time.map(|place| self.at(place));
            return Some(few.filter(|access| self.comes_between(pair, access)).count() as u64);
        }
        let is_locked = pair.second.held_through != 0 && !self.locked(in_time).is_empty();
        (!is_locked).then(|| self.count_by_time(pair))
    }

    /// How many of many accesses came between the pair; `None` if that takes too many steps.
    pub(super) fn count_by_locks(&self, pair: &Pair, budget: &mut Budget) -> Option<u64> {
        let mut count = self.count_by_time(pair);
        for access in self.locked(self.in_time(pair)).iter().map(|&place| self.at(place)) {
            if !budget.spend(1 + self.window.locks.cost(pair.second.held_through, access.locks)) {
                return None;
            }
            count -= u64::from(is_in_time(pair, access) && self.is_kept_out(pair, access));
        }
        Some(count)
    }

    /// How many accesses came between the pair at least: those that no lock can have kept out.
    pub(super) fn count_without_locks(&self, pair: &Pair) -> u64 {
        let locked = self.locked(self.in_time(pair)).len() as u64;
        self.count_by_time(pair).saturating_sub(locked)
    }

    fn at(&self, place: usize) -> &'w Access {
        &self.accesses[self.sorted[place] as usize]
    }

    /// Whether an access of another trace came between the pair.
    pub(super) fn comes_between(&self, pair: &Pair, access: &Access) -> bool {
        is_in_time(pair, access) && !self.is_kept_out(pair, access)
    }

    fn is_kept_out(&self, pair: &Pair, access: &Access) -> bool {
        self.window.locks.exclude(pair.second.held_through, access.locks)
    }

    /// Those under a lock, as places in `sorted`.
    fn locked(&self, range: Range<usize>) -> &[usize] {
        let locked = &self.counters().locked;
        let start = locked.partition_point(|&place| place < range.start);
        let end = locked.partition_point(|&place| place < range.end);
        &locked[start..end]
    }

    /// How many accesses of other traces came between, locks or not: those that are further than the
    /// skew from both, and of the pair's own processes those that are nearer.
    fn count_by_time(&self, pair: &Pair) -> u64 {
        let counters = self.counters();
        let trace = pair.first.trace;
        let (after, before) = (pair.after(NO_PROCESS), pair.before(NO_PROCESS));
        let start = self.times.partition_point(|&time| time <= after);
        let end = self.times.partition_point(|&time| time < before);
        let far = end.saturating_sub(start) as u64;
        let mut count = far - counters.by_trace.between(trace, after, before);
        let (first, second) = (pair.first.process, pair.second.process);
        let processes = [Some(first), (second != first).then_some(second)];
        for process in processes.into_iter().flatten().filter(|&process| process != NO_PROCESS) {
            let of_others = |after, before| {
                counters.by_process.between(process, after, before)
                    - counters.by_both.between((trace, process), after, before)
            };
            let all = of_others(pair.after(process), pair.before(process));
            count += all - of_others(after, before);
        }
        count
    }

    fn counters(&self) -> &Counters {
        self.counters.get_or_init(|| {
            let accesses = || self.sorted.iter().map(|&place| &self.accesses[place as usize]);
            let by_both = accesses().map(|access| ((access.trace, access.process), access.time));
            let locked = (0..).zip(accesses()).filter(|(_, access)| access.locks != 0);
            Counters {
                by_process: Counter::new(accesses().map(|access| (access.process, access.time))),
                by_trace: Counter::new(accesses().map(|access| (access.trace, access.time))),
                by_both: Counter::new(by_both),
                locked: locked.map(|(place, _)| place).collect(),
            }
        })
    }
}

/// Whether clocks put an access of another trace between the pair.
fn is_in_time(pair: &Pair, access: &Access) -> bool {
    access.trace != pair.first.trace && pair.is_after_first(access) && pair.is_before_second(access)
}
