//! Runs: events of a strand or line whose clocks never fall, so that they can be searched.

use super::Clocks;
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
}

/// The runs of strands and lines. Events without a clock are on none.
pub(crate) fn runs(clocks: &Clocks, groups: &[&[EventNo]]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (group, events) in (0..).zip(groups) {
        for &event in events.iter().filter(|event| clocks.is_clocked(**event)) {
            match runs.last_mut().filter(|run| run.group == group) {
                Some(run) if run.goes_on(clocks, event) => run.push(clocks, event),
                _ => runs.push(Run::new(clocks, group, event)),
            }
        }
    }
    runs
}

impl Run {
    fn new(clocks: &Clocks, group: u32, event: EventNo) -> Self {
        Run { group, own: clocks.own(event), events: vec![event], equal_since: vec![0] }
    }

    fn last(&self) -> EventNo {
        self.events[self.events.len() - 1]
    }

    fn goes_on(&self, clocks: &Clocks, event: EventNo) -> bool {
        self.own == clocks.own(event) && clocks.is_at_most(self.last(), event)
    }

    fn push(&mut self, clocks: &Clocks, event: EventNo) {
        let place = self.events.len();
        let since = if clocks.is_equal(self.last(), event) {
            self.equal_since[place - 1]
        } else {
            u32::try_from(place).expect("fewer than 2^32 events")
        };
        self.events.push(event);
        self.equal_since.push(since);
    }
}
