//! Runs: events of a strand or line whose clocks never fall, so that they can be searched.

use std::cmp::Reverse;

use foldhash::HashMap;

use super::own::{raised, value};
use super::{Clocks, is_at_most};
use crate::names::Name;
use crate::trace::EventNo;

/// Events that follow each other, of which each has seen what the one before has.
#[derive(Debug)]
pub(crate) struct Run {
    /// The strand or line that it is a part of.
    pub(crate) group: u32,
    /// The own component of its events.
    pub(crate) own: Option<Name>,
    /// Its events with a clock.
    pub(crate) events: Vec<EventNo>,
    /// Of each place, the first one with an equal clock.
    pub(crate) equal_since: Vec<u32>,
    /// Its own component, else the one that seems to be.
    pub(crate) lead: Name,
    /// Of each event, the clock of that component; 0 where it has none.
    pub(crate) lead_clocks: Vec<u64>,
}

/// The runs of strands and lines. Events without a clock are on none.
pub(crate) fn runs(clocks: &Clocks, groups: &[&[EventNo]]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (group, events) in (0..).zip(groups) {
        for &event in events.iter().filter(|event| !clocks.get(**event).is_empty()) {
            match runs.last_mut().filter(|run| run.group == group) {
                Some(run) if run.goes_on(clocks, event) => run.push(clocks, event),
                _ => runs.push(Run::new(clocks, group, event)),
            }
        }
    }
    for run in &mut runs {
        run.find_lead(clocks);
    }
    runs
}

/// So many steps of a run are looked at to find out which component it counts.
const STEPS: usize = 64;

impl Run {
    fn new(clocks: &Clocks, group: u32, event: EventNo) -> Self {
        let own = clocks.own(event);
        let lead = own.unwrap_or(clocks.get(event)[0].0);
        Run { group, own, events: vec![event], equal_since: vec![0], lead, lead_clocks: Vec::new() }
    }

    fn find_lead(&mut self, clocks: &Clocks) {
        if self.own.is_none_or(|own| !clocks.orders(Some(own))) {
            self.lead = self.often_raised(clocks);
        }
        let clock = |&event: &EventNo| value(clocks.get(event), self.lead);
        self.lead_clocks = self.events.iter().map(clock).collect();
    }

    /// The component that rises most often; of several, the first by name.
    fn often_raised(&self, clocks: &Clocks) -> Name {
        let steps = (self.events.len() - 1).div_ceil(STEPS).max(1);
        let pairs = self.events.windows(2).step_by(steps);
        let mut counts: HashMap<Name, u32> = HashMap::default();
        for pair in pairs {
            for component in raised(clocks.get(pair[1]), clocks.get(pair[0])) {
                *counts.entry(component).or_default() += 1;
            }
        }
        for &(component, _) in clocks.get(self.events[0]) {
            *counts.entry(component).or_default() += 1;
        }
        let key = |&(&component, &count): &(&Name, &u32)| (Reverse(count), clocks.text(component));
        counts.iter().min_by_key(key).map_or(self.lead, |(&component, _)| component)
    }

    fn last(&self) -> EventNo {
        self.events[self.events.len() - 1]
    }

    fn goes_on(&self, clocks: &Clocks, event: EventNo) -> bool {
        self.own == clocks.own(event) && is_at_most(clocks.get(self.last()), clocks.get(event))
    }

    fn push(&mut self, clocks: &Clocks, event: EventNo) {
        let place = self.events.len();
        let since = if clocks.get(self.last()) == clocks.get(event) {
            self.equal_since[place - 1]
        } else {
            u32::try_from(place).expect("fewer than 2^32 events")
        };
        self.events.push(event);
        self.equal_since.push(since);
    }
}
