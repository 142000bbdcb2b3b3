//! Interleavings of strands of different traces: by clocks.

use std::cmp::Reverse;

use super::budget::Budget;
use super::by_clock::ByClock;
use super::pair::Pair;
use super::window::{Variable, Window};

/// A variable, and what came between accesses of it.
pub(super) struct Across<'w> {
    window: &'w Window,
    pub(super) variable: &'w Variable,
    by_clock: ByClock<'w>,
    /// How many interleavings of each pattern there are.
    pub(super) found: [u64; 4],
    pub(super) is_exact: bool,
    /// The places of a₁ of pairs with an interleaving.
    pub(super) firsts: Vec<u32>,
}

impl<'w> Across<'w> {
    /// Finds the interleavings of a variable, of whose accesses these are the traces.
    pub(super) fn of(window: &'w Window, variable: &'w Variable, traces: &'w [u32]) -> Self {
        let by_clock = ByClock::new(window, &variable.accesses, traces);
        let (found, firsts) = ([0; 4], Vec::new());
        let mut across = Across { window, variable, by_clock, found, is_exact: true, firsts };
        if traces.first() != traces.last() {
            across.count();
        }
        across
    }

    pub(super) fn pair(&self, first: u32) -> Option<Pair<'w>> {
        Pair::at(self.window, &self.variable.accesses, first as usize)
    }

    /// The newest accesses of other traces that came between and that somebody wants.
    pub(super) fn newest(
        &self,
        pair: &Pair,
        limit: usize,
        budget: &mut Budget,
        is_wanted: impl FnMut(u32) -> bool,
    ) -> Vec<u32> {
        self.by_clock.newest(pair, &[pair.first.trace], limit, budget, is_wanted)
    }

    /// Pair by pair; last those for which locks or values must be looked at, in an order that does not depend on
    /// when traces were added, as the steps that this takes are bounded.
    fn count(&mut self) {
        let mut locked = Vec::new();
        for first in (0..).take(self.variable.accesses.len() - 1) {
            let Some(pair) = self.pair(first) else { continue };
            let mut found = [0; 4];
            if !self.by_clock.count(&pair, &[pair.first.trace], &mut found) {
                locked.push(first);
            }
            self.add(first, found);
        }
        locked.sort_by(|&one, &other| self.newer_first(one).cmp(&self.newer_first(other)));
        let mut budget = Budget::of(self.variable.accesses.len());
        for first in locked {
            let Some(pair) = self.pair(first) else { continue };
            let mut found = [0; 4];
            self.by_clock.count_closely(&pair, &[pair.first.trace], &mut budget, &mut found);
            self.add(first, found);
        }
        self.is_exact = !budget.is_spent();
        self.firsts.sort_unstable();
    }

    fn newer_first(&self, first: u32) -> (Reverse<i64>, (&str, &str)) {
        let second = &self.variable.accesses[first as usize + 1];
        (Reverse(second.time), self.window.id(second))
    }

    fn add(&mut self, first: u32, found: [u64; 4]) {
        if found != [0; 4] {
            self.firsts.push(first);
        }
        self.found.iter_mut().zip(found).for_each(|(found, more)| *found += more);
    }
}
