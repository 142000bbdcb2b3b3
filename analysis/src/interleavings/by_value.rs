//! Writes by what they left and what they had seen.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::access::Access;
use super::pair::Pair;
use crate::names::Name;

/// Places of writes in a list, in order, by a value.
type Places = HashMap<Name, Vec<usize>>;

pub(super) struct ByValue {
    left: Places,
    seen: Places,
}

impl ByValue {
    /// Of the writes among these accesses, whose places are in order.
    pub(super) fn new<'a>(accesses: impl Iterator<Item = (usize, &'a Access)>) -> Self {
        let (mut left, mut seen) = (Places::new(), Places::new());
        for (place, access) in accesses.filter(|(_, access)| access.kind.is_write()) {
            for (places, value) in [(&mut left, access.new_value), (&mut seen, access.old_value)] {
                if let Some(value) = value {
                    places.entry(value).or_default().push(place);
                }
            }
        }
        ByValue { left, seen }
    }

    /// The places in a range of those that [a pair explains](Pair::explains), each once.
    pub(super) fn explained(
        &self,
        pair: &Pair,
        range: &Range<usize>,
    ) -> impl Iterator<Item = usize> {
        let left = within(&self.left, pair.seen, range);
        let seen = within(&self.seen, pair.left, range);
        let others = seen.iter().filter(|place| left.binary_search(place).is_err());
        left.iter().chain(others).copied()
    }

    /// How many these are at most, without a look at each.
    pub(super) fn count_at_most(&self, pair: &Pair, range: &Range<usize>) -> usize {
        within(&self.left, pair.seen, range).len() + within(&self.seen, pair.left, range).len()
    }
}

fn within<'p>(places: &'p Places, value: Option<Name>, range: &Range<usize>) -> &'p [usize] {
    let places = value.and_then(|value| places.get(&value)).map_or(&[][..], Vec::as_slice);
    let start = places.partition_point(|&place| place < range.start);
    let end = places.partition_point(|&place| place < range.end);
    &places[start..end]
}
