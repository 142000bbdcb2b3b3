//! Which events clocks put before which: for each event the last ones of other strands before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashMapExt};

use super::Clocks;
use super::runs::{Run, runs};
use crate::TooComplex;
use crate::names::Name;
use crate::trace::EventNo;

/// How many components are compared at most: some seconds.
const MAX_STEPS: usize = 2_000_000_000;
/// How many edges are found at most: 8 bytes each, and as many again to sort them.
const MAX_EDGES: usize = 32_000_000;

/// An event, and one after it.
pub(crate) type Edge = (EventNo, EventNo);

/// The edges between different groups (strands or lines), of which all others follow.
///
/// A run is followed through another one with a place in it: how far the events of the first have seen
/// the second. The place moves on when a component rises that the event at the place waits for, so
/// work is done only where knowledge changes.
pub(crate) fn edges(clocks: &Clocks, groups: &[&[EventNo]]) -> Result<Vec<Edge>, TooComplex> {
    let runs = runs(clocks, groups);
    let begins = begins(clocks, &runs);
    let seen = vec![0; clocks.name_count()];
    let mut search = Search {
        clocks,
        runs: &runs,
        begins: &begins,
        seen,
        count: 0,
        waiting: HashMap::new(),
        equal: Vec::new(),
        edges: Vec::new(),
        steps: 0,
    };
    for run in &runs {
        search.follow(run)?;
    }
    Ok(search.edges)
}

/// For a component, the runs whose first event waits for it, by its value.
type Begins = HashMap<Name, Vec<(u64, u32)>>;

fn begins(clocks: &Clocks, runs: &[Run]) -> Begins {
    let mut begins: Begins = HashMap::new();
    for (number, run) in (0..).zip(runs).filter(|(_, run)| clocks.orders(run.own)) {
        let chosen = clocks
            .get(run.events[0])
            .iter()
            .min_by_key(|&&(component, _)| (Some(component) != run.own, clocks.text(component)));
        if let Some(&(component, clock)) = chosen {
            begins.entry(component).or_default().push((clock, number));
        }
    }
    for begins in begins.values_mut() {
        begins.sort_unstable();
    }
    begins
}

/// A place in a run, which waits for a component to reach a value: value, run, place.
type Waiting = BinaryHeap<Reverse<(u64, u32, u32)>>;

struct Search<'c, 't> {
    clocks: &'c Clocks<'t>,
    runs: &'c [Run],
    begins: &'c Begins,
    /// The clock of the event looked at, by the numbers of names.
    seen: Vec<u64>,
    /// How many components it has.
    count: usize,
    waiting: HashMap<Name, Waiting>,
    /// Events whose clocks equal that of the last event looked at: runs and places.
    equal: Vec<(u32, u32)>,
    edges: Vec<Edge>,
    steps: usize,
}

impl Search<'_, '_> {
    fn follow(&mut self, run: &Run) -> Result<(), TooComplex> {
        let mut risen = Vec::new();
        for &event in &run.events {
            self.see(event, &mut risen);
            if !risen.is_empty() {
                self.end_equal(event);
            }
            for &(component, before) in &risen {
                self.risen(run, event, component, before);
            }
            if self.steps > MAX_STEPS || self.edges.len() > MAX_EDGES {
                return Err(TooComplex);
            }
        }
        for (component, _) in self.clocks.get(run.events[run.events.len() - 1]) {
            self.seen[component.index()] = 0;
        }
        self.waiting.clear();
        self.equal.clear();
        Ok(())
    }

    /// Takes in the clock of an event, and which components rose, with their values before.
    fn see(&mut self, event: EventNo, risen: &mut Vec<(Name, u64)>) {
        risen.clear();
        let clock = self.clocks.get(event);
        self.count = clock.len();
        self.steps += clock.len();
        for &(component, clock) in clock {
            let seen = &mut self.seen[component.index()];
            if clock > *seen {
                risen.push((component, std::mem::replace(seen, clock)));
            }
        }
    }

    /// What had an equal clock is before the next event with another one.
    fn end_equal(&mut self, event: EventNo) {
        for (run, place) in std::mem::take(&mut self.equal) {
            self.edges.push((self.runs[run as usize].events[place as usize], event));
        }
    }

    fn risen(&mut self, run: &Run, event: EventNo, component: Name, before: u64) {
        let clock = self.seen[component.index()];
        let begins = self.begins.get(&component).map_or(&[][..], Vec::as_slice);
        let start = begins.partition_point(|&(value, _)| value <= before);
        let end = begins.partition_point(|&(value, _)| value <= clock);
        for &(_, other) in &begins[start..end] {
            self.steps += 1;
            if self.runs[other as usize].group != run.group {
                self.move_on(run, event, other, 0);
            }
        }
        while let Some((other, place)) = self.reached(component, clock) {
            self.move_on(run, event, other, place);
        }
    }

    fn reached(&mut self, component: Name, clock: u64) -> Option<(u32, u32)> {
        let waiting = self.waiting.get_mut(&component)?;
        let &Reverse((_, run, place)) = waiting.peek().filter(|next| next.0.0 <= clock)?;
        waiting.pop();
        Some((run, place))
    }

    /// Moves on to the first place of another run that the event has not seen.
    fn move_on(&mut self, run: &Run, event: EventNo, other_number: u32, start: u32) {
        let other = &self.runs[other_number as usize];
        let next = self.unseen(other, start as usize);
        if let Some(last) = next.checked_sub(1).filter(|&last| last >= start as usize) {
            self.found(run, event, other_number, last, start as usize);
        }
        if next < other.events.len()
            && let Some((component, clock)) = self.missing(other, next)
        {
            let next = u32::try_from(next).expect("fewer than 2^32 events");
            let waiting = self.waiting.entry(component).or_default();
            waiting.push(Reverse((clock, other_number, next)));
        }
    }

    /// The first place, from one on, that the event has not seen.
    fn unseen(&mut self, other: &Run, start: usize) -> usize {
        let seen = self.seen[other.lead.index()];
        let end = gallop(start, other.events.len(), |place| other.lead_clocks[place] <= seen);
        if end == start || self.missing(other, end - 1).is_none() {
            return end;
        }
        gallop(start, end - 1, |place| self.missing(other, place).is_none())
    }

    /// A component of an event that has not been seen: the leading one, if possible.
    fn missing(&mut self, other: &Run, place: usize) -> Option<(Name, u64)> {
        let lead = other.lead_clocks[place];
        self.steps += 1;
        if lead > self.seen[other.lead.index()] {
            return Some((other.lead, lead));
        }
        let clock = self.clocks.get(other.events[place]);
        self.steps += clock.len();
        clock.iter().copied().find(|&(component, clock)| clock > self.seen[component.index()])
    }

    /// The event has seen the other run up to a place, before only up to the start.
    fn found(&mut self, run: &Run, event: EventNo, other_number: u32, last: usize, start: usize) {
        let other = &self.runs[other_number as usize];
        let has_counted = other.own.is_some() && !self.clocks.orders(run.own);
        if has_counted || !self.is_equal(other.events[last]) {
            self.edges.push((other.events[last], event));
            return;
        }
        let last_place = u32::try_from(last).expect("fewer than 2^32 events");
        self.equal.push((other_number, last_place));
        let before = other.equal_since[last] as usize;
        if before > start {
            self.edges.push((other.events[before - 1], event));
        }
    }

    /// Whether an event that has been seen has the same clock.
    fn is_equal(&self, event: EventNo) -> bool {
        let clock = self.clocks.get(event);
        clock.len() == self.count
            && clock.iter().all(|(component, clock)| *clock == self.seen[component.index()])
    }
}

/// The first place from a start on for which something doesn't hold that holds for all before it, at
/// most the end (Bentley and Yao 1976).
fn gallop(start: usize, end: usize, mut holds: impl FnMut(usize) -> bool) -> usize {
    let (mut place, mut step) = (start, 1);
    while place + step <= end && holds(place + step - 1) {
        place += step;
        step *= 2;
    }
    while step > 1 {
        step /= 2;
        if place + step <= end && holds(place + step - 1) {
            place += step;
        }
    }
    place
}
