//! Which events of a list an event has seen.

use std::ops::Range;

use crate::order::{ChainNo, Order};
use crate::trace::EventNo;

/// Events listed by chain, and those of a chain in order: so what an event has seen of them is one range
/// for each chain.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    order: &'a Order,
    events: Vec<EventNo>,
    runs: Vec<Run>,
    run_of: Vec<u32>,
    ranges: Vec<Range<u32>>,
}

/// The events on one chain, by their places in the list.
#[derive(Debug)]
struct Run {
    chain: ChainNo,
    events: Range<u32>,
}

impl<'a> Seen<'a> {
    /// Of events in order of chains and places.
    pub(crate) fn new(order: &'a Order, events: Vec<EventNo>) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        let mut run_of = Vec::with_capacity(events.len());
        for (place, &event) in (0..).zip(&events) {
            let chain = order.chain_of(event);
            match runs.last_mut().filter(|run| run.chain == chain) {
                Some(run) => run.events.end += 1,
                None => runs.push(Run { chain, events: place..place + 1 }),
            }
            run_of.push(u32::try_from(runs.len() - 1).expect("no more chains than events"));
        }
        Seen { order, events, runs, run_of, ranges: Vec::new() }
    }

    /// The events, as they were given.
    pub(crate) fn events(&self) -> &[EventNo] {
        &self.events
    }

    /// The range of its own chain, of an event of the list.
    pub(crate) fn own(&self, place: u32) -> Range<u32> {
        self.runs[self.run_of[place as usize] as usize].events.clone()
    }

    /// The ranges that any event has seen of other chains, none of them empty.
    pub(crate) fn by(&mut self, event: EventNo) -> &[Range<u32>] {
        let own = self.order.chain_of(event);
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.clear();
        let others = self.runs.iter().filter(|run| run.chain != own);
        let seen = others.map(|run| run.events.start..self.end_of_seen(event, run));
        ranges.extend(seen.filter(|range| !range.is_empty()));
        self.ranges = ranges;
        &self.ranges
    }

    /// The last event of each chain that happened before any event.
    pub(crate) fn last_before(&self, event: EventNo) -> impl Iterator<Item = EventNo> {
        self.runs.iter().filter_map(move |run| {
            let end = self.end_of_seen(event, run);
            (end > run.events.start).then(|| self.events[end as usize - 1])
        })
    }

    fn end_of_seen(&self, event: EventNo, run: &Run) -> u32 {
        let seen = self.order.seen(event, run.chain);
        let events = &self.events[run.events.start as usize..run.events.end as usize];
        let count = events.partition_point(|&event| self.order.place_of(event) < seen);
        run.events.start + u32::try_from(count).expect("no more than the list has")
    }
}
