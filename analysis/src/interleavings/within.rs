//! Interleavings of the strands of one trace: by its order, and by clocks where that says nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::access::Access;
use super::budget::Budget;
use super::copy::Copied;
use super::pair::Pair;
use super::window::{Variable, Window};
use crate::Causality;
use crate::order::{ChainNo, Order};
use crate::trace::EventNo;

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
    let is_one_strand =
        accesses.first().map(|access| access.strand) == accesses.last().map(|access| access.strand);
    if is_one_strand {
        return Within::default();
    }
    let order = &causality.order;
    let lines = lines(order, accesses, &copied.events);
    Search { window, order, accesses, copied, lines }.run()
}

/// The accesses of one chain, in its order.
struct Line {
    chain: ChainNo,
    /// Their places on the chain.
    places: Vec<u32>,
    /// Their places in the list of accesses.
    accesses: Vec<u32>,
    /// The latest time up to each.
    latest: Vec<i64>,
    /// The earliest time from each.
    earliest: Vec<i64>,
}

fn lines(order: &Order, accesses: &[Access], events: &[EventNo]) -> Vec<Line> {
    let mut by_chain: BTreeMap<ChainNo, Vec<(u32, u32)>> = BTreeMap::new();
    for (access, &event) in (0..).zip(events) {
        let on_chain = by_chain.entry(order.chain_of(event)).or_default();
        on_chain.push((order.place_of(event), access));
    }
    by_chain.into_iter().map(|(chain, on_chain)| Line::new(chain, on_chain, accesses)).collect()
}

impl Line {
    fn new(chain: ChainNo, mut on_chain: Vec<(u32, u32)>, accesses: &[Access]) -> Self {
        on_chain.sort_unstable();
        let (places, numbers): (Vec<u32>, Vec<u32>) = on_chain.into_iter().unzip();
        let mut latest: Vec<i64> =
            numbers.iter().map(|&access| accesses[access as usize].time).collect();
        let mut earliest = latest.clone();
        for place in 1..latest.len() {
            latest[place] = latest[place].max(latest[place - 1]);
        }
        for place in (1..earliest.len()).rev() {
            earliest[place - 1] = earliest[place - 1].min(earliest[place]);
        }
        Line { chain, places, accesses: numbers, latest, earliest }
    }

    /// How many of the accesses are among the first events of the chain.
    fn count(&self, first_events: u32) -> usize {
        self.places.partition_point(|&place| place < first_events)
    }
}

struct Search<'a> {
    window: &'a Window,
    order: &'a Order,
    accesses: &'a [Access],
    copied: &'a Copied,
    lines: Vec<Line>,
}

impl Search<'_> {
    fn run(&self) -> Within {
        let mut within = Within::default();
        let mut budget = Budget::of(self.accesses.len());
        for first in self.firsts() {
            let Some(pair) = Pair::at(self.window, self.accesses, first) else { continue };
            let mut between = Vec::new();
            for line in &self.lines {
                if !budget.spend(1) {
                    break;
                }
                self.find_on_line(first, &pair, line, &mut budget, &mut between);
            }
            self.add(&mut within, first, &pair, between);
        }
        within.newest.sort_unstable();
        within.is_exact = !budget.is_spent();
        within
    }

    /// The places of a₁ of all pairs, the newest a₂ first.
    fn firsts(&self) -> Vec<usize> {
        let mut firsts: Vec<usize> = (0..self.accesses.len().saturating_sub(1)).collect();
        firsts.sort_by(|&one, &other| self.newer_first(one + 1, other + 1));
        firsts
    }

    fn newer_first(&self, one: usize, other: usize) -> std::cmp::Ordering {
        let key = |place: usize| {
            let access = &self.accesses[place];
            (Reverse(access.time), self.window.texts.text(access.event_id), place)
        };
        key(one).cmp(&key(other))
    }

    /// Finds the accesses of a chain that came between.
    fn find_on_line(
        &self,
        first: usize,
        pair: &Pair,
        line: &Line,
        budget: &mut Budget,
        between: &mut Vec<usize>,
    ) {
        let (first, second) = (self.copied.events[first], self.copied.events[first + 1]);
        let known_after = line.count(self.order.unseen_by(first, line.chain));
        let known_before = line.count(self.order.seen(second, line.chain));
        let possible = self.possible(pair, line, (first, second), known_after, known_before);
        for place in possible {
            let access = &self.accesses[line.accesses[place] as usize];
            if !budget.spend(1 + self.window.locks.cost(pair.second.held_through, access.locks)) {
                return;
            }
            let is_after = place >= known_after || pair.is_after_first(access);
            let is_before = place < known_before || pair.is_before_second(access);
            if is_after && is_before && self.interrupts(pair, access) {
                between.push(line.accesses[place] as usize);
            }
        }
    }

    /// The part of a line that neither happened before a₁ or after a₂, nor is out of it by clocks.
    fn possible(
        &self,
        pair: &Pair,
        line: &Line,
        (first, second): (EventNo, EventNo),
        known_after: usize,
        known_before: usize,
    ) -> Range<usize> {
        let by_clock = line.latest.partition_point(|&time| time <= pair.first.time);
        let start = line.count(self.order.seen(first, line.chain)).max(known_after.min(by_clock));
        let by_clock = line.earliest.partition_point(|&time| time < pair.second.time);
        let end = line.count(self.order.unseen_by(second, line.chain));
        start..end.min(known_before.max(by_clock))
    }

    fn interrupts(&self, pair: &Pair, access: &Access) -> bool {
        access.strand != pair.first.strand
            && pair.pattern(access).is_some()
            && !self.window.locks.exclude(pair.second.held_through, access.locks)
    }

    /// Counts what came between a pair, and keeps it if there are not enough newer ones.
    fn add(&self, within: &mut Within, first: usize, pair: &Pair, mut between: Vec<usize>) {
        for &access in &between {
            if let Some(pattern) = pair.pattern(&self.accesses[access]) {
                within.found[pattern as usize] += 1;
            }
        }
        let lacking = self.window.scope.shown_per_pair.saturating_sub(within.newest.len());
        if lacking > 0 {
            between.sort_by(|&one, &other| self.newer_first(one, other));
            within.newest.extend(between.into_iter().take(lacking).map(|between| Triple {
                first: self.number(first),
                between: self.number(between),
            }));
        }
    }

    /// The place of an access among those of the variable.
    fn number(&self, place: usize) -> u32 {
        u32::try_from(self.copied.start + place).expect("fewer than 2^32 accesses")
    }
}
