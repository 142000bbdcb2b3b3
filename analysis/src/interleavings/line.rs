//! The accesses of a trace on one chain of its order.

use std::collections::BTreeMap;
use std::ops::Range;

use super::access::Access;
use super::pair::Pair;
use crate::order::{ChainNo, Order};
use crate::trace::EventNo;

/// The accesses of one chain, in its order.
pub(super) struct Line {
    pub(super) chain: ChainNo,
    /// Their places on the chain.
    places: Vec<u32>,
    /// Their places in the list of accesses.
    pub(super) accesses: Vec<u32>,
    /// The latest time up to each.
    latest: Vec<i64>,
    /// The earliest time from each.
    earliest: Vec<i64>,
}

/// The lines of accesses, in order of their chains.
pub(super) fn lines(order: &Order, accesses: &[Access], events: &[EventNo]) -> Vec<Line> {
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

    /// What may have come between two events.
    pub(super) fn possible(&self, order: &Order, pair: &Pair, events: [EventNo; 2]) -> Possible {
        let [first, second] = events;
        let known_after = self.count(order.unseen_by(first, self.chain));
        let by_clock = self.latest.partition_point(|&time| time <= pair.first.time);
        let start = self.count(order.seen(first, self.chain)).max(known_after.min(by_clock));
        let known_before = self.count(order.seen(second, self.chain));
        let by_clock = self.earliest.partition_point(|&time| time < pair.second.time);
        let end = self.count(order.unseen_by(second, self.chain));
        Possible { range: start..end.min(known_before.max(by_clock)), known_after, known_before }
    }
}

/// The part of a line that neither happened before a₁ or after a₂, nor is out of it by clocks.
pub(super) struct Possible {
    pub(super) range: Range<usize>,
    /// From here on they happened after a₁.
    known_after: usize,
    /// Up to here they happened before a₂.
    known_before: usize,
}

impl Possible {
    /// Whether the access at this place came between.
    pub(super) fn is_between(&self, pair: &Pair, place: usize, access: &Access) -> bool {
        (place >= self.known_after || pair.is_after_first(access))
            && (place < self.known_before || pair.is_before_second(access))
    }
}
