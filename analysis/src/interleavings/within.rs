//! Interleavings of the strands of one trace: by its order, and by clocks where that says nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::access::Access;
use super::budget::Budget;
use super::by_clock::ByClock;
use super::copy::Copied;
use super::line::{Line, lines};
use super::pair::Pair;
use super::window::{Variable, Window};
use crate::Causality;
use crate::order::{ChainNo, Order};

/// Interleavings found inside of traces.
#[derive(Debug)]
pub(super) struct Within {
    /// How many of each pattern.
    pub(super) found: [u64; 4],
    pub(super) is_exact: bool,
    /// The newest of each trace, in order of their places.
    pub(super) newest: Vec<Triple>,
}

impl Default for Within {
    fn default() -> Self {
        Within { found: [0; 4], is_exact: true, newest: Vec::new() }
    }
}

impl Within {
    /// Adds what was found in another trace.
    pub(super) fn add(&mut self, other: Within) {
        for (found, more) in self.found.iter_mut().zip(other.found) {
            *found += more;
        }
        self.is_exact &= other.is_exact;
        self.newest.extend(other.newest);
    }

    /// What came between this a₁ and its a₂.
    pub(super) fn newest_of(&self, first: u32) -> impl Iterator<Item = u32> {
        let start = self.newest.partition_point(|triple| triple.first < first);
        let rest = self.newest[start..].iter();
        rest.take_while(move |triple| triple.first == first).map(|triple| triple.between)
    }
}

/// Places of accesses of a variable: of a₁, which a₂ follows, and of b.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Triple {
    pub(super) first: u32,
    pub(super) between: u32,
}

/// Finds the interleavings of a trace that was just copied.
pub(super) fn find_within(
    window: &Window,
    causality: &Causality,
    variable: &Variable,
    copied: &Copied,
) -> Within {
    let accesses = &variable.accesses[copied.start..];
    let strand = |access: Option<&Access>| access.map(|access| access.strand);
    if strand(accesses.first()) == strand(accesses.last()) {
        return Within::default();
    }
    let order = &causality.order;
    let lines = lines(order, accesses, &copied.events);
    let mut line_of = vec![0; accesses.len()];
    for (number, line) in (0..).zip(&lines) {
        line.accesses.iter().for_each(|&access| line_of[access as usize] = number);
    }
    let by_clock = ByClock::new(window, accesses, &line_of);
    let ordered = ordered(order, &lines);
    Search { window, order, accesses, copied, lines, line_of: &line_of, ordered, by_clock }.run()
}

/// Of each line those with events that its own are ordered with, and itself: in order.
fn ordered(order: &Order, lines: &[Line]) -> Vec<Vec<u32>> {
    let numbers: BTreeMap<ChainNo, u32> = lines.iter().map(|line| line.chain).zip(0..).collect();
    let mut ordered: Vec<Vec<u32>> = (0..).take(lines.len()).map(|line| vec![line]).collect();
    for (line, number) in lines.iter().zip(0..) {
        for other in order.known(line.chain).filter_map(|chain| numbers.get(&chain).copied()) {
            ordered[number as usize].push(other);
            ordered[other as usize].push(number);
        }
    }
    for lines in &mut ordered {
        lines.sort_unstable();
        lines.dedup();
    }
    ordered
}

/// Of what comes between a pair, order has a say about lines that are ordered with its own. Of the
/// others clocks alone say when they came.
struct Search<'a> {
    window: &'a Window,
    order: &'a Order,
    accesses: &'a [Access],
    copied: &'a Copied,
    lines: Vec<Line>,
    /// The line of each access.
    line_of: &'a [u32],
    ordered: Vec<Vec<u32>>,
    by_clock: ByClock<'a>,
}

impl Search<'_> {
    fn run(&self) -> Within {
        let mut within = Within::default();
        let mut budget = Budget::of(self.accesses.len());
        for first in self.firsts() {
            if let Some(pair) = Pair::at(self.window, self.accesses, first) {
                self.find(&mut within, first, &pair, &mut budget);
            }
        }
        within.newest.sort_unstable();
        within.is_exact = !budget.is_spent();
        within
    }

    /// The places of a₁ of all pairs, the newest a₂ first.
    fn firsts(&self) -> Vec<usize> {
        let mut firsts: Vec<usize> = (0..self.accesses.len().saturating_sub(1)).collect();
        firsts.sort_by(|&one, &other| self.newer_first(one + 1).cmp(&self.newer_first(other + 1)));
        firsts
    }

    fn newer_first(&self, place: usize) -> (Reverse<i64>, (&str, &str), usize) {
        let access = &self.accesses[place];
        (Reverse(access.time), self.window.id(access), place)
    }

    /// Finds what came between a pair, and keeps it if there are not enough newer ones.
    fn find(&self, within: &mut Within, first: usize, pair: &Pair, budget: &mut Budget) {
        let ordered = &self.ordered[self.line_of[first] as usize];
        let mut found = [0; 4];
        if !self.by_clock.count(pair, ordered, &mut found) {
            self.by_clock.count_closely(pair, ordered, budget, &mut found);
        }
        let is_found = found != [0; 4];
        let mut between = Vec::new();
        for &line in ordered {
            self.find_on_line(first, pair, &self.lines[line as usize], budget, &mut between);
        }
        for &access in &between {
            if let Some(pattern) = pair.pattern(&self.accesses[access as usize]) {
                found[pattern as usize] += 1;
            }
        }
        within.found.iter_mut().zip(found).for_each(|(found, more)| *found += more);
        let lacking = self.window.scope.shown_per_pair.saturating_sub(within.newest.len());
        if lacking > 0 && is_found {
            between.extend(self.by_clock.newest(pair, ordered, lacking, budget, |_| true));
        }
        between.sort_by_key(|&place| self.newer_first(place as usize));
        within.newest.extend(between.into_iter().take(lacking).map(|between| Triple {
            first: self.place(first),
            between: self.place(between as usize),
        }));
    }

    /// Finds the accesses of a chain that came between.
    fn find_on_line(
        &self,
        first: usize,
        pair: &Pair,
        line: &Line,
        budget: &mut Budget,
        between: &mut Vec<u32>,
    ) {
        if !budget.spend(1) {
            return;
        }
        let events = [self.copied.events[first], self.copied.events[first + 1]];
        let possible = line.possible(self.order, pair, events);
        for place in possible.range.clone() {
            let number = line.accesses[place];
            let access = &self.accesses[number as usize];
            if !budget.spend(1 + self.window.locks.cost(pair.second.held_through, access.locks)) {
                return;
            }
            if possible.is_between(pair, place, access) && self.interrupts(pair, access) {
                between.push(number);
            }
        }
    }

    fn interrupts(&self, pair: &Pair, access: &Access) -> bool {
        access.strand != pair.first.strand
            && pair.pattern(access).is_some()
            && !self.window.locks.exclude(pair.second.held_through, access.locks)
    }

    /// The place of an access among those of the variable.
    fn place(&self, place: usize) -> u32 {
        u32::try_from(self.copied.start + place).expect("fewer than 2^32 accesses")
    }
}
