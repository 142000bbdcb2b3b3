//! Which component of its clock an event counted up itself, and which components start again.

use foldhash::{HashMap, HashMapExt};

use super::components::Components;
use crate::names::Name;
use crate::strands::{Strand, StrandNo, Strands};
use crate::trace::{EventNo, Trace};

/// Of each event the component of its service and instance; else the only one that its strand raises.
///
/// A first event that knows of more than one component doesn't tell which one it counted, and an event
/// that is a strand just because it has no thread tells nothing.
pub(super) fn own_components(trace: &Trace, strands: &Strands) -> Vec<Option<Name>> {
    let mut own = vec![None; trace.events().len()];
    if !has_clocks(trace) {
        return own;
    }
    let components = Components::of(trace);
    let has = |event, component| value(trace.clock(event), component) > 0;
    for strand in strands.all() {
        let only = only_raised(trace, strand);
        for &event in &strand.events {
            let named = components.get(trace.event(event)).filter(|&named| has(event, named));
            own[event as usize] = named.or_else(|| only.filter(|&only| has(event, only)));
        }
    }
    own
}

/// By the number of its name, whether a component restarts.
pub(super) fn restarting(trace: &Trace, strands: &Strands, own: &[Option<Name>]) -> Vec<bool> {
    let mut restarts = vec![false; trace.names().count()];
    if own.iter().all(Option::is_none) {
        return restarts;
    }
    let families = families(strands);
    let mut raised: HashMap<(Name, u64), StrandNo> = HashMap::new();
    let mut requests: HashMap<Name, StrandNo> = HashMap::new();
    for (number, strand) in (0..).zip(strands.all()) {
        for (event, before) in steps(trace, strand) {
            let Some(own) = own[event as usize].filter(|own| !restarts[own.index()]) else {
                continue;
            };
            let clock = value(trace.clock(event), own);
            let is_new = clock > value(before, own);
            let is_again = is_new && *raised.entry((own, clock)).or_insert(number) != number;
            let family = families[number as usize];
            let is_other = trace.event(event).counts_per_request
                && *requests.entry(own).or_insert(family) != family;
            restarts[own.index()] = is_again || is_other;
        }
    }
    restarts
}

fn has_clocks(trace: &Trace) -> bool {
    (0..).take(trace.events().len()).any(|event| !trace.clock(event).is_empty())
}

type Clock<'t> = &'t [(Name, u64)];

fn value(clock: Clock, component: Name) -> u64 {
    let place = clock.binary_search_by_key(&component, |&(component, _)| component);
    place.map_or(0, |place| clock[place].1)
}

/// The events of a strand that have a clock, each with the clock before it.
fn steps<'t>(
    trace: &'t Trace,
    strand: &'t Strand,
) -> impl Iterator<Item = (EventNo, Clock<'t>)> + 't {
    let mut before = strand.forked_from.map_or(&[][..], |event| trace.clock(event));
    let clocked = strand.events.iter().filter(|event| !trace.clock(**event).is_empty());
    clocked.map(move |&event| (event, std::mem::replace(&mut before, trace.clock(event))))
}

/// The component that a strand raises, if there is just one.
fn only_raised(trace: &Trace, strand: &Strand) -> Option<Name> {
    let first = trace.event(strand.events[0]);
    if strand.events.len() == 1 && first.is_flat && first.thread.is_none() {
        return None;
    }
    let mut only = None;
    for (place, (event, before)) in steps(trace, strand).enumerate() {
        let mut raised = raised(trace.clock(event), before);
        match (raised.next(), raised.next()) {
            (None, _) => {}
            (Some(_), Some(_)) if place == 0 => {}
            (Some(component), None) if only.is_none_or(|only| only == component) => {
                only = Some(component);
            }
            _ => return None,
        }
    }
    only
}

/// The components of a clock that are above those of the one before.
fn raised(clock: Clock, before: Clock) -> impl Iterator<Item = Name> {
    let mut rest = before.iter().peekable();
    let raised = clock.iter().filter(move |(component, clock)| {
        while rest.next_if(|(known, _)| known < component).is_some() {}
        rest.next_if(|(known, _)| known == component).is_none_or(|(_, seen)| clock > seen)
    });
    raised.map(|&(component, _)| component)
}

/// Of each strand, a number that it shares with those that it forked off from, and they from others.
fn families(strands: &Strands) -> Vec<StrandNo> {
    let mut families: Vec<StrandNo> = (0..).take(strands.all().len()).collect();
    for (number, strand) in (0..).zip(strands.all()) {
        if let Some(event) = strand.forked_from {
            let ends = [number, strands.of_event(event)];
            let [one, other] = ends.map(|strand| family(&mut families, strand));
            families[one as usize] = other;
        }
    }
    (0..).take(families.len()).map(|strand| family(&mut families, strand)).collect()
}

fn family(families: &mut [StrandNo], mut strand: StrandNo) -> StrandNo {
    while families[strand as usize] != strand {
        families[strand as usize] = families[families[strand as usize] as usize];
        strand = families[strand as usize];
    }
    strand
}
