//! Interleavings of strands of different traces: by clocks.

use std::cmp::Reverse;

use super::budget::Budget;
use super::pair::Pair;
use super::touches::Touches;
use super::window::{Variable, Window};

/// A variable, and what came between accesses of it.
pub(super) struct Across<'w> {
    pub(super) window: &'w Window,
    pub(super) variable: &'w Variable,
    writes: Touches<'w>,
    reads: Touches<'w>,
    /// How many interleavings of each pattern there are.
    pub(super) found: [u64; 4],
    pub(super) is_exact: bool,
    /// The places of a₁ of pairs with an interleaving.
    pub(super) firsts: Vec<u32>,
}

impl<'w> Across<'w> {
    /// Finds the interleavings of a variable.
    pub(super) fn of(window: &'w Window, variable: &'w Variable) -> Self {
        let accesses = &variable.accesses;
        let touches = |are_writes| Touches::new(window, accesses, are_writes);
        let (writes, reads) = (touches(true), touches(false));
        let (found, firsts) = ([0; 4], Vec::new());
        let mut across = Across { window, variable, writes, reads, found, is_exact: true, firsts };
        let of_one_trace = accesses.first().map(|access| access.trace)
            == accesses.last().map(|access| access.trace);
        if !of_one_trace {
            across.count();
        }
        across
    }

    /// Pair by pair, those last in which locks must be looked at one by one.
    fn count(&mut self) {
        let mut locked = Vec::new();
        for first in 0..self.variable.accesses.len() - 1 {
            let Some(pair) = self.pair(first) else { continue };
            let mut count = 0;
            for is_write in [true, false] {
                let Some(pattern) = pair.pattern_by(is_write) else { continue };
                match self.touches(is_write).count(&pair) {
                    Some(found) => {
                        self.found[pattern as usize] += found;
                        count += found;
                    }
                    None => locked.push((first, is_write)),
                }
            }
            if count > 0 {
                self.firsts.push(place(first));
            }
        }
        self.count_locked(locked);
        self.firsts.sort_unstable();
        self.firsts.dedup();
    }

    fn count_locked(&mut self, mut locked: Vec<(usize, bool)>) {
        let mut budget = Budget::of(self.variable.accesses.len());
        locked.sort_by(|one, other| self.newer_first(one, other));
        for (first, is_write) in locked {
            let Some(pair) = self.pair(first) else { continue };
            let Some(pattern) = pair.pattern_by(is_write) else { continue };
            let touches = self.touches(is_write);
            let found = touches.count_by_locks(&pair, &mut budget);
            let found = found.unwrap_or_else(|| touches.count_without_locks(&pair));
            self.found[pattern as usize] += found;
            if found > 0 {
                self.firsts.push(place(first));
            }
        }
        self.is_exact = !budget.is_spent();
    }

    /// An order that does not depend on when traces were added.
    fn newer_first(&self, one: &(usize, bool), other: &(usize, bool)) -> std::cmp::Ordering {
        let key = |&(first, is_write): &(usize, bool)| {
            let second = &self.variable.accesses[first + 1];
            let text = |name| self.window.texts.text(name);
            let trace = text(self.window.traces[second.trace as usize]);
            (Reverse(second.time), text(second.event_id), trace, is_write)
        };
        key(one).cmp(&key(other))
    }

    pub(super) fn pair(&self, first: usize) -> Option<Pair<'w>> {
        Pair::at(self.window, &self.variable.accesses, first)
    }

    pub(super) fn touches(&self, are_writes: bool) -> &Touches<'w> {
        if are_writes { &self.writes } else { &self.reads }
    }
}

fn place(place: usize) -> u32 {
    u32::try_from(place).expect("fewer than 2^32 accesses")
}
