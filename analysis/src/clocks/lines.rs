//! Lines of events that clocks alone put in order: those of the flat dialect without a thread.

use foldhash::HashMap;

use super::{Clocks, is_at_most};
use crate::names::Name;
use crate::trace::EventNo;

/// An event looks for its place at the ends of so many lines of a component, those begun last.
const LINES: usize = 4;
/// It does so with so many of its components.
const COMPONENTS: usize = 8;

/// Puts events on lines: each happened before the next one by clocks. Events of a line have one own
/// component.
///
/// An event that counts is the first to know of its step, so among events in order of the sums of their
/// clocks its component is the one above all that came before.
pub(crate) fn lines(clocks: &Clocks, mut events: Vec<EventNo>) -> Vec<Vec<EventNo>> {
    events.sort_by_cached_key(|&event| {
        clocks.get(event).iter().map(|&(_, clock)| u128::from(clock)).sum::<u128>()
    });
    let mut lines =
        Lines { clocks, all: Vec::new(), of: HashMap::default(), highest: HashMap::default() };
    for event in events {
        lines.add(event);
    }
    lines.all
}

struct Lines<'c, 't> {
    clocks: &'c Clocks<'t>,
    all: Vec<Vec<EventNo>>,
    /// The lines of an own component that were begun by an event that counted a component.
    of: HashMap<(Option<Name>, Name), Vec<usize>>,
    highest: HashMap<Name, u64>,
}

impl Lines<'_, '_> {
    fn add(&mut self, event: EventNo) {
        let own = self.clocks.own(event);
        let counted = self.counted(event);
        let found = counted.iter().find_map(|&component| self.line(event, own, component));
        if let Some(line) = found {
            self.all[line].push(event);
        } else {
            let lines = self.of.entry((own, counted[0])).or_default();
            lines.push(self.all.len());
            self.all.push(vec![event]);
        }
        for &(component, clock) in self.clocks.get(event) {
            let highest = self.highest.entry(component).or_default();
            *highest = clock.max(*highest);
        }
    }

    /// The components above all that came before; if there is none, all of them. In order of their names.
    fn counted(&self, event: EventNo) -> Vec<Name> {
        let components = self.clocks.get(event).iter().copied();
        let highest = |component| self.highest.get(&component).copied().unwrap_or_default();
        let rises = components.clone().filter(|&(component, clock)| clock > highest(component));
        let mut counted: Vec<Name> = rises.map(|(component, _)| component).collect();
        if counted.is_empty() {
            counted = components.map(|(component, _)| component).collect();
        }
        counted.sort_unstable_by_key(|&component| self.clocks.text(component));
        counted.truncate(COMPONENTS);
        counted
    }

    /// The line whose last event happened before this one.
    fn line(&self, event: EventNo, own: Option<Name>, component: Name) -> Option<usize> {
        let lines = self.of.get(&(own, component))?.iter().rev().take(LINES);
        let mut lines = lines.copied();
        lines.find(|&line| {
            let last = self.all[line][self.all[line].len() - 1];
            let [last, clock] = [last, event].map(|event| self.clocks.get(event));
            is_at_most(last, clock) && last != clock
        })
    }
}
