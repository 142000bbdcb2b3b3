//! What comes between accesses by clocks alone: the writes and the reads of a variable.

use super::access::Access;
use super::budget::Budget;
use super::pair::Pair;
use super::touches::Touches;
use super::window::Window;

pub(super) struct ByClock<'w> {
    writes: Touches<'w>,
    reads: Touches<'w>,
}

impl<'w> ByClock<'w> {
    /// Of these accesses, each of a class.
    pub(super) fn new(window: &'w Window, accesses: &'w [Access], classes: &'w [u32]) -> Self {
        let touches = |are_writes| Touches::new(window, accesses, classes, are_writes);
        ByClock { writes: touches(true), reads: touches(false) }
    }

    /// Counts the interleavings of a pair by accesses that are of none of these classes. False, and
    /// nothing is counted, if locks or values must be looked at.
    pub(super) fn count(&self, pair: &Pair, left_out: &[u32], found: &mut [u64; 4]) -> bool {
        let counts = [true, false].map(|is_write| match pair.pattern_by(is_write) {
            Some(pattern) => {
                let count = self.touches(is_write).count(pair, left_out)?;
                Some((pattern as usize, count))
            }
            None => Some((0, 0)),
        });
        let [Some(writes), Some(reads)] = counts else { return false };
        for (pattern, count) in [writes, reads] {
            found[pattern] += count;
        }
        true
    }

    /// The same with a look at locks and values.
    pub(super) fn count_closely(
        &self,
        pair: &Pair,
        left_out: &[u32],
        budget: &mut Budget,
        found: &mut [u64; 4],
    ) {
        for is_write in [true, false] {
            let Some(pattern) = pair.pattern_by(is_write) else { continue };
            let touches = self.touches(is_write);
            let count = touches.count_closely(pair, left_out, budget);
            found[pattern as usize] +=
                count.unwrap_or_else(|| touches.count_at_least(pair, left_out));
        }
    }

    /// The newest accesses of each kind that came between and that somebody wants, at most so many of
    /// each kind.
    pub(super) fn newest(
        &self,
        pair: &Pair,
        left_out: &[u32],
        limit: usize,
        budget: &mut Budget,
        mut is_wanted: impl FnMut(u32) -> bool,
    ) -> Vec<u32> {
        let mut newest = Vec::new();
        for is_write in [true, false].into_iter().filter(|&kind| pair.pattern_by(kind).is_some()) {
            let between = self.touches(is_write).between(pair, left_out, budget);
            newest.extend(between.filter(|&place| is_wanted(place)).take(limit));
        }
        newest
    }

    fn touches(&self, are_writes: bool) -> &Touches<'w> {
        if are_writes { &self.writes } else { &self.reads }
    }
}
