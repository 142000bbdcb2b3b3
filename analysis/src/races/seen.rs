//! Which events of a list the events of another one have seen.

use std::ops::Range;

use crate::order::{ChainNo, Change, Order};
use crate::trace::EventNo;

/// Events listed by chain, and those of a chain in order. So what an event has seen of them is one range for
/// each chain.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Their places on their chains.
    places: Vec<u32>,
    runs: Vec<Run>,
}

/// The events on one chain, by their places in the list.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) chain: ChainNo,
    pub(crate) events: Range<u32>,
}

impl Listed {
    /// Of events in order of chains and places.
    pub(crate) fn of(order: &Order, events: impl Iterator<Item = EventNo>) -> Self {
        let mut listed = Listed::default();
        for (place, event) in (0..).zip(events) {
            let chain = order.chain_of(event);
            match listed.runs.last_mut().filter(|run| run.chain == chain) {
                Some(run) => run.events.end = place + 1,
                None => listed.runs.push(Run { chain, events: place..place + 1 }),
            }
            listed.places.push(order.place_of(event));
        }
        listed
    }

    /// The events of each chain, in order of chains.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The events of a chain: an empty range where there are none.
    pub(crate) fn run(&self, chain: ChainNo) -> Range<u32> {
        let run = self.runs.binary_search_by_key(&chain, |run| run.chain);
        run.map_or(0..0, |run| self.runs[run].events.clone())
    }

    /// The first of the range whose place isn't below: nearer ones are found faster.
    fn first_from(&self, range: &Range<u32>, place: u32) -> u32 {
        let places = &self.places[range.start as usize..range.end as usize];
        let mut ahead = 1;
        while places.get(ahead).is_some_and(|&known| known < place) {
            ahead *= 2;
        }
        let near = &places[..places.len().min(ahead + 1)];
        range.start + count(near.partition_point(|&known| known < place))
    }
}

/// Tells which events of one list have seen which of another one, on other chains: ranges of the first and
/// the second, each pair of an event and one that it has seen in one of them. Returns how many steps that took.
pub(crate) fn ranges_seen(
    order: &Order,
    events: &Listed,
    others: &Listed,
    mut each: impl FnMut(Range<u32>, Range<u32>),
) -> u64 {
    let mut steps = 0;
    for run in &events.runs {
        let known = order.changes(run.chain);
        if known.len() < others.runs.len() {
            steps += known.len() as u64;
            for (chain, changes) in known {
                let seen = others.run(chain);
                steps += of_chains(changes, (events, &run.events), (others, &seen), &mut each);
            }
        } else {
            steps += others.runs.len() as u64;
            for other in others.runs.iter().filter(|other| other.chain != run.chain) {
                let changes = order.changes_of(run.chain, other.chain);
                steps +=
                    of_chains(changes, (events, &run.events), (others, &other.events), &mut each);
            }
        }
    }
    steps
}

/// The same for events of one chain, and of another one of which it has seen something.
fn of_chains(
    mut changes: &[Change],
    (events, range): (&Listed, &Range<u32>),
    (others, seen): (&Listed, &Range<u32>),
    mut each: impl FnMut(Range<u32>, Range<u32>),
) -> u64 {
    let Some(first) = changes.first().filter(|_| !seen.is_empty()) else { return 0 };
    let mut steps = 0;
    let mut seen_end = seen.start;
    let mut start = events.first_from(range, first.place);
    while start < range.end {
        let place = events.places[start as usize];
        changes = &changes[last_until(changes, place)..];
        seen_end = others.first_from(&(seen_end..seen.end), changes[0].count);
        let end = match changes.get(1) {
            Some(next) => events.first_from(&(start..range.end), next.place),
            None => range.end,
        };
        if seen_end > seen.start {
            each(start..end, seen.start..seen_end);
        }
        start = end;
        steps += 1;
    }
    steps
}

/// The last change up to a place, of which the first is one. It is looked for near the first one, then near
/// where it is if they are spread evenly: a search of all of many would wait for memory at each step.
fn last_until(changes: &[Change], place: u32) -> usize {
    const NEAR: usize = 4;
    let is_until = |&known: &usize| changes[known].place <= place;
    if changes.get(NEAR).is_none_or(|change| change.place > place) {
        return (1..changes.len().min(NEAR)).take_while(is_until).count();
    }
    let last = changes.len() - 1;
    let [from, to] = [changes[NEAR].place, changes[last].place.max(place)].map(u64::from);
    let share = (u64::from(place) - from) * (last - NEAR) as u64 / (to - from).max(1);
    let guess = NEAR + usize::try_from(share).unwrap_or(last);
    let (mut low, mut high) = (guess, guess + 1);
    let mut ahead = 1;
    while low > 0 && changes[low].place > place {
        (low, high) = (low.saturating_sub(ahead), low);
        ahead *= 2;
    }
    while high <= last && changes[high].place <= place {
        (low, high) = (high, (high + ahead).min(last + 1));
        ahead *= 2;
    }
    low + changes[low..high.min(last + 1)].partition_point(|change| change.place <= place) - 1
}

fn count(count: usize) -> u32 {
    u32::try_from(count).expect("no more than a trace has")
}

#[cfg(test)]
mod tests {
    use super::last_until;
    use crate::order::Change;

    #[test]
    fn the_last_change_is_found_wherever_it_is() {
        for step in [1_u32, 2, 3, 7] {
            let crowded_in_the_end = (0..40_u32).map(|n| (100 * n).min(3_000 + n) + n / step);
            let spread = (0..40).map(|n| 5 + n * n * step);
            for places in [crowded_in_the_end.collect::<Vec<_>>(), spread.collect()] {
                let changes = |&place: &u32| Change { place, count: place + 1 };
                let changes: Vec<Change> = places.iter().map(changes).collect();
                for place in places[0]..places[39] + 3 {
                    let expected = places.partition_point(|&known| known <= place) - 1;
                    assert_eq!(last_until(&changes, place), expected, "{place} of {places:?}");
                }
            }
        }
    }
}
