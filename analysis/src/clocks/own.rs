//! Which component of its clock an event counted up itself.

use std::cell::LazyCell;

use super::Clock;
use super::components::Components;
use crate::names::Name;
use crate::strands::{Strand, Strands};
use crate::trace::{EventNo, Trace};

/// Of each event the component of its service and instance; else the one that its strand always raises.
pub(super) fn own_components(trace: &Trace, strands: &Strands) -> Vec<Option<Name>> {
    let mut own = vec![None; trace.events().len()];
    if !has_clocks(trace) {
        return own;
    }
    let components = Components::of(trace);
    let has = |event, component| value(trace.clock(event), component) > 0;
    for strand in strands.all() {
        let always = LazyCell::new(|| always_raised(trace, strand));
        let clocked = strand.events.iter().filter(|event| !trace.clock(**event).is_empty());
        for &event in clocked {
            let named = components.get(trace.event(event)).filter(|&named| has(event, named));
            own[event as usize] = named.or_else(|| always.filter(|&always| has(event, always)));
        }
    }
    own
}

fn has_clocks(trace: &Trace) -> bool {
    (0..).take(trace.events().len()).any(|event| !trace.clock(event).is_empty())
}

pub(super) fn value(clock: Clock, component: Name) -> u64 {
    let place = clock.binary_search_by_key(&component, |&(component, _)| component);
    place.map_or(0, |place| clock[place].1)
}

/// The events of a strand that have a clock, each with the clock before it.
pub(super) fn steps<'t>(
    trace: &'t Trace,
    strand: &'t Strand,
) -> impl Iterator<Item = (EventNo, Clock<'t>)> + 't {
    let mut before = strand.forked_from.map_or(&[][..], |event| trace.clock(event));
    let clocked = strand.events.iter().filter(|event| !trace.clock(**event).is_empty());
    clocked.map(move |&event| (event, std::mem::replace(&mut before, trace.clock(event))))
}

/// The component that a strand raises at each of its steps: at least two, the first of which raises no
/// other. (A strand that only hears of others raises theirs, and rarely the same one at each step.)
fn always_raised(trace: &Trace, strand: &Strand) -> Option<Name> {
    let mut steps = steps(trace, strand)
        .map(|(event, before)| raised(trace.clock(event), before).peekable())
        .filter_map(|mut raised| raised.peek().is_some().then_some(raised));
    let mut first = steps.next()?;
    let component = first.next()?;
    let mut steps = steps.peekable();
    let is_alone = first.next().is_none() && steps.peek().is_some();
    let is_always = |mut raised: std::iter::Peekable<_>| raised.any(|raised| raised == component);
    (is_alone && steps.all(is_always)).then_some(component)
}

/// The components of a clock that are above those of the one before.
pub(super) fn raised(clock: Clock, before: Clock) -> impl Iterator<Item = Name> {
    let mut rest = before.iter().peekable();
    let raised = clock.iter().filter(move |(component, clock)| {
        while rest.next_if(|(known, _)| known < component).is_some() {}
        rest.next_if(|(known, _)| known == component).is_none_or(|(_, seen)| clock > seen)
    });
    raised.map(|&(component, _)| component)
}
