//! How many accesses of a variable each access is unordered with, without looking at pairs.
//!
//! What an access has seen of a chain is a number of the chain's first events, which changes from place to
//! place. So, listed by chain and place, ranges of accesses have seen ranges of others. How many that are is
//! told by prefix sums, and added to whole ranges by sums of differences. What is neither seen, nor has seen
//! it, nor is on its own chain, is unordered with an access. The same is counted among the accesses that its
//! locks exclude, and taken away.

use std::ops::Range;

use super::TooManySteps;
use super::accesses::Slot;
use super::exclusion::Classes;
use super::seen::{Listed, ranges_seen};
use crate::Causality;

/// How many columns are counted at a time.
pub(super) const COLUMNS: usize = 4;
/// A number of accesses of each column. Sums of these wrap: differences of wrapped sums are exact, as no
/// true number reaches 2^32.
pub(super) type Counts = [u32; COLUMNS];

/// How many steps are made at most: some seconds.
pub(super) const MAX_STEPS: u64 = 200_000_000;

/// Counts, within bounds.
#[derive(Debug)]
pub(super) struct Counter<'c> {
    pub(super) causality: &'c Causality,
    steps: u64,
}

impl<'c> Counter<'c> {
    pub(super) fn new(causality: &'c Causality) -> Self {
        Counter { causality, steps: 0 }
    }

    /// Of each slot, how many others of each column are neither ordered with it nor excluded by its locks.
    /// The slots are in order of chains and places; a slot of another column isn't counted.
    pub(super) fn unordered(
        &mut self,
        slots: &[Slot],
        columns: &[u8],
    ) -> Result<Vec<Counts>, TooManySteps> {
        let classes = Classes::of(&self.causality.locks, slots);
        let mut unordered = vec![Counts::default(); slots.len()];
        if classes.exclude_all() {
            return Ok(unordered);
        }
        let part = |positions| Part::of(self.causality, slots, columns, positions);
        let all = part((0..length(slots)).collect());
        let mut steps = self.steps + slots.len() as u64;
        steps += all.add_unordered(&all, self.causality, &mut unordered);
        let mut excluded = vec![Counts::default(); slots.len()];
        for class in 0..classes.count() {
            steps += classes.cost(class);
            if steps > MAX_STEPS {
                return Err(TooManySteps);
            }
            let others = classes.positions_excluded_by(class);
            if !others.is_empty() {
                let members = part(classes.members(class).to_vec());
                steps += members.add_unordered(&part(others), self.causality, &mut excluded);
            }
        }
        self.steps = steps;
        let both = unordered.into_iter().zip(excluded);
        Ok(both.map(|(unordered, excluded)| subtract(unordered, excluded)).collect())
    }
}

/// Some of a variable's accesses.
struct Part {
    /// Which ones, in order.
    positions: Vec<u32>,
    listed: Listed,
    /// How many of each column come before each; in the end, how many there are.
    before: Vec<Counts>,
}

impl Part {
    fn of(causality: &Causality, slots: &[Slot], columns: &[u8], positions: Vec<u32>) -> Self {
        let events = positions.iter().map(|&position| slots[position as usize].event);
        let listed = Listed::of(&causality.order, events);
        let mut sum = Counts::default();
        let mut before = Vec::with_capacity(positions.len() + 1);
        before.push(sum);
        before.extend(positions.iter().map(|&position| {
            if let Some(count) = sum.get_mut(usize::from(columns[position as usize])) {
                *count += 1;
            }
            sum
        }));
        Part { positions, listed, before }
    }

    /// Adds to each of these accesses how many of the others are not before it, and takes from each of the
    /// others how many of these are after it: so once every access was among these, each has those that are
    /// unordered with it. Returns how many steps that took.
    fn add_unordered(&self, others: &Part, causality: &Causality, sums: &mut [Counts]) -> u64 {
        let mut seen = vec![Counts::default(); self.before.len()];
        let mut seen_by = vec![Counts::default(); others.before.len()];
        let each = |these: Range<u32>, those: Range<u32>| {
            raise(&mut seen, &these, others.within(&those));
            raise(&mut seen_by, &those, self.within(&these));
        };
        let steps = ranges_seen(&causality.order, &self.listed, &others.listed, each);
        accumulate(&mut seen);
        accumulate(&mut seen_by);
        for run in self.listed.runs() {
            let elsewhere = others.total_without(&others.listed.run(run.chain));
            for place in run.events.clone() {
                let sum = &mut sums[self.positions[place as usize] as usize];
                *sum = add(*sum, subtract(elsewhere, seen[place as usize]));
            }
        }
        for (&position, &seen_by) in others.positions.iter().zip(&seen_by) {
            let sum = &mut sums[position as usize];
            *sum = subtract(*sum, seen_by);
        }
        steps
    }
}

impl Part {
    fn total_without(&self, range: &Range<u32>) -> Counts {
        let total = self.before.last().copied().unwrap_or_default();
        subtract(total, self.within(range))
    }

    fn within(&self, range: &Range<u32>) -> Counts {
        subtract(self.before[range.end as usize], self.before[range.start as usize])
    }
}

/// Raises the numbers of a range, which are kept as differences from one to the next.
fn raise(differences: &mut [Counts], range: &Range<u32>, by: Counts) {
    let (start, end) = (range.start as usize, range.end as usize);
    differences[start] = add(differences[start], by);
    differences[end] = subtract(differences[end], by);
}

/// Makes numbers of differences.
fn accumulate(differences: &mut [Counts]) {
    let mut sum = Counts::default();
    for difference in differences {
        sum = add(sum, *difference);
        *difference = sum;
    }
}

fn length(slots: &[Slot]) -> u32 {
    u32::try_from(slots.len()).expect("no more than a trace has")
}

fn add(one: Counts, other: Counts) -> Counts {
    std::array::from_fn(|column| one[column].wrapping_add(other[column]))
}

fn subtract(one: Counts, other: Counts) -> Counts {
    std::array::from_fn(|column| one[column].wrapping_sub(other[column]))
}
