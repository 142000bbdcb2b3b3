//! How many accesses of a variable each access is unordered with, without looking at pairs.
//!
//! What an access has seen of a chain is a number of the chain's first events. So the accesses of a variable
//! that it has seen are one range for each chain, if they are listed by chain and place: they are counted by
//! prefix sums, and told in turn who saw them by sums of differences. What is neither seen, nor has seen
//! it, nor is on its own chain is unordered with it. The same is counted among the accesses that its locks
//! exclude, and taken away. Cost: accesses × chains that they know of and that touch the variable × log.

use std::ops::Range;

use super::TooManyLockSets;
use super::accesses::Slot;
use super::exclusion::Classes;
use super::seen::Seen;
use crate::Causality;

/// How many accesses are counted by column at a time. Sums wrap: differences of wrapped sums are exact, as
/// no true count reaches 2^32.
pub(super) const COLUMNS: usize = 4;
/// A number of accesses of each column.
pub(super) type Counts = [u32; COLUMNS];

/// How many accesses are looked at for what locks exclude, at most.
pub(super) const MAX_EXCLUSIONS: u64 = 400_000_000;

/// Counts, within bounds.
#[derive(Debug)]
pub(super) struct Counter<'c> {
    pub(super) causality: &'c Causality,
    exclusions: u64,
}

impl<'c> Counter<'c> {
    pub(super) fn new(causality: &'c Causality) -> Self {
        Counter { causality, exclusions: 0 }
    }

    /// Of each slot, how many others of each column are neither ordered with it nor excluded by its locks.
    /// The slots are in order of chains and places; a slot of another column isn't counted.
    pub(super) fn unordered(
        &mut self,
        slots: &[Slot],
        columns: &[u8],
    ) -> Result<Vec<Counts>, TooManyLockSets> {
        let classes = Classes::of(&self.causality.locks, slots);
        let events = slots.iter().map(|slot| slot.event).collect();
        let mut seen = Seen::new(&self.causality.order, events);
        let mut all = Tally::new(columns.iter().copied());
        let mut counts = vec![Counts::default(); slots.len()];
        for class in 0..classes.count() {
            let excluded = self.excluded(&classes, class)?;
            let mut without = Tally::new(excluded.iter().map(|&place| columns[place as usize]));
            for &member in classes.members(class) {
                let own = seen.own(member);
                let others = seen.by(slots[member as usize].event);
                let column = columns[member as usize];
                let unseen = all.visit(own.clone(), others, column, |place| place);
                let rank = |place| excluded.partition_point(|&excluded| excluded < place);
                let rank = |place| u32::try_from(rank(place)).unwrap_or(u32::MAX);
                let less = without.visit(own, others, column, rank);
                counts[member as usize] = add(counts[member as usize], subtract(unseen, less));
            }
            for (&place, seen) in excluded.iter().zip(without.seen_by()) {
                counts[place as usize] = add(counts[place as usize], seen);
            }
        }
        for (counts, seen) in counts.iter_mut().zip(all.seen_by()) {
            *counts = subtract(*counts, seen);
        }
        Ok(counts)
    }

    fn excluded(&mut self, classes: &Classes, class: usize) -> Result<Vec<u32>, TooManyLockSets> {
        self.exclusions += classes.cost(class);
        if self.exclusions > MAX_EXCLUSIONS {
            return Err(TooManyLockSets);
        }
        Ok(classes.positions_excluded_by(class))
    }
}

/// Accesses in order, of which ranges are counted and told who has seen them.
struct Tally {
    /// How many of each column come before each; in the end, how many there are.
    before: Vec<Counts>,
    /// By how much the number of those that saw an access is more than for the one before it.
    seen_more: Vec<Counts>,
}

impl Tally {
    fn new(columns: impl ExactSizeIterator<Item = u8>) -> Self {
        let seen_more = vec![Counts::default(); columns.len() + 1];
        let mut before = Vec::with_capacity(columns.len() + 1);
        let mut sum = Counts::default();
        before.push(sum);
        before.extend(columns.map(|column| {
            if let Some(count) = sum.get_mut(usize::from(column)) {
                *count += 1;
            }
            sum
        }));
        Tally { before, seen_more }
    }

    /// An access of this column has seen these ranges of other chains. Returns how many accesses are in
    /// neither its own nor any of these.
    fn visit(
        &mut self,
        own: Range<u32>,
        seen: &[Range<u32>],
        column: u8,
        rank: impl Fn(u32) -> u32,
    ) -> Counts {
        let Some(&total) = self.before.last().filter(|_| self.before.len() > 1) else {
            return Counts::default();
        };
        let rank = |range: &Range<u32>| rank(range.start) as usize..rank(range.end) as usize;
        let mut unseen = subtract(total, self.within(&rank(&own)));
        for range in seen {
            let range = rank(range);
            unseen = subtract(unseen, self.within(&range));
            if usize::from(column) < COLUMNS {
                let more = &mut self.seen_more[range.start][usize::from(column)];
                *more = more.wrapping_add(1);
                let less = &mut self.seen_more[range.end][usize::from(column)];
                *less = less.wrapping_sub(1);
            }
        }
        unseen
    }

    fn within(&self, range: &Range<usize>) -> Counts {
        subtract(self.before[range.end], self.before[range.start])
    }

    /// Of each access, how many of each column have seen it.
    fn seen_by(self) -> impl Iterator<Item = Counts> {
        self.seen_more.into_iter().scan(Counts::default(), |sum, more| {
            *sum = add(*sum, more);
            Some(*sum)
        })
    }
}

fn add(one: Counts, other: Counts) -> Counts {
    std::array::from_fn(|column| one[column].wrapping_add(other[column]))
}

fn subtract(one: Counts, other: Counts) -> Counts {
    std::array::from_fn(|column| one[column].wrapping_sub(other[column]))
}
