//! The order's definition, word by word.

use std::collections::{BTreeMap, BTreeSet};

use raceway_analysis::strands::StrandNo;
use raceway_analysis::tree::Tree;
use raceway_analysis::{Causality, EventNo, Trace};

/// Pairs of events: the rows of a matrix of bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation(Vec<u64>);

impl Relation {
    pub(crate) fn of(count: usize, has: impl Fn(EventNo, EventNo) -> bool) -> Self {
        assert!(count <= 64, "rows have 64 bits");
        let row =
            |first| (0..count).map(|second| u64::from(has(first, number(second))) << second).sum();
        Relation((0..count).map(|first| row(number(first))).collect())
    }

    pub(crate) fn of_ids(trace: &Trace, pairs: &[(String, String)]) -> Self {
        let find = |id: &str| trace.find(id).expect("an event");
        let pairs: BTreeSet<_> = pairs.iter().map(|(a, b)| (find(a), find(b))).collect();
        Relation::of(trace.events().len(), |first, second| pairs.contains(&(first, second)))
    }

    pub(crate) fn has(&self, first: EventNo, second: EventNo) -> bool {
        self.0[first as usize] >> second & 1 == 1
    }

    pub(crate) fn with(mut self, other: &Relation) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(row, other)| *row |= other);
        self
    }

    /// The least transitive relation with these pairs (Warshall 1962).
    pub(crate) fn closure(mut self) -> Self {
        for middle in 0..self.0.len() {
            let reached = self.0[middle];
            for row in &mut self.0 {
                *row |= if *row >> middle & 1 == 1 { reached } else { 0 };
            }
        }
        self
    }

    pub(crate) fn is_within(&self, other: &Relation) -> bool {
        self.0.iter().zip(&other.0).all(|(row, other)| row & !other == 0)
    }

    pub(crate) fn is_strict_partial_order(&self) -> bool {
        (0..self.0.len()).all(|event| !self.has(number(event), number(event)))
            && self.clone().closure() == *self
    }
}

fn number(place: usize) -> EventNo {
    EventNo::try_from(place).expect("few events")
}

fn count(causality: &Causality) -> usize {
    causality.trace.events().len()
}

/// Program order, parents and calls.
pub(crate) fn structure(causality: &Causality) -> Relation {
    let strands = &causality.strands;
    let tree = Tree::of(&causality.trace);
    Relation::of(count(causality), |first, second| {
        let is_within = strands.of_event(first) == strands.of_event(second);
        let is_parent = tree.parent(second) == Some(first);
        let is_call =
            causality.calls.iter().any(|call| (call.caller, call.entry) == (first, second));
        if is_within {
            strands.place_of(first) < strands.place_of(second)
        } else {
            is_parent || is_call
        }
    })
}

type Clock = BTreeMap<String, u64>;

fn clock(trace: &Trace, event: EventNo) -> Clock {
    let components = trace.clock(event).iter();
    components.map(|&(name, clock)| (trace.text(name).to_owned(), clock)).collect()
}

fn is_at_most(one: &Clock, other: &Clock) -> bool {
    one.iter().all(|(name, clock)| clock <= other.get(name).unwrap_or(&0))
}

/// The clocks compared as they are, between strands.
pub(crate) fn as_sent(causality: &Causality) -> Relation {
    let strands = &causality.strands;
    Relation::of(count(causality), |first, second| {
        let [one, other] = [first, second].map(|event| clock(&causality.trace, event));
        strands.of_event(first) != strands.of_event(second)
            && !one.is_empty()
            && is_at_most(&one, &other)
            && one != other
    })
}

/// The rule of clocks.
pub(crate) fn clocks(causality: &Causality) -> Relation {
    let strands = &causality.strands;
    let own = own(causality);
    let restarting = restarting(causality, &own);
    let is_restarting =
        |event: EventNo| own[event as usize].as_ref().is_some_and(|own| restarting.contains(own));
    Relation::of(count(causality), |first, second| {
        let [one, other] = [first, second].map(|event| {
            let mut clock = clock(&causality.trace, event);
            clock.retain(|name, _| !restarting.contains(name));
            clock
        });
        let has_counted = own[first as usize].is_some() && is_restarting(second);
        strands.of_event(first) != strands.of_event(second)
            && !is_restarting(first)
            && !one.is_empty()
            && is_at_most(&one, &other)
            && (one != other || has_counted)
    })
}

/// Of each event with a clock the clock before it: on its strand, else of the event it forked from.
fn before(causality: &Causality) -> BTreeMap<EventNo, Clock> {
    let mut clocks = BTreeMap::new();
    for strand in causality.strands.all() {
        let fork = strand.forked_from.map(|event| clock(&causality.trace, event));
        let mut before = fork.unwrap_or_default();
        for &event in &strand.events {
            let clock = clock(&causality.trace, event);
            if !clock.is_empty() {
                clocks.insert(event, std::mem::replace(&mut before, clock));
            }
        }
    }
    clocks
}

fn own(causality: &Causality) -> Vec<Option<String>> {
    let trace = &causality.trace;
    let before = before(causality);
    let mut own = vec![None; count(causality)];
    for strand in causality.strands.all() {
        let mut steps = Vec::new();
        for &event in &strand.events {
            let Some(before) = before.get(&event) else { continue };
            let clock = clock(trace, event);
            let new = clock.iter().filter(|(name, clock)| before.get(*name).unwrap_or(&0) < clock);
            steps.push(new.map(|(name, _)| name.clone()).collect::<BTreeSet<String>>());
        }
        steps.retain(|raised| !raised.is_empty());
        let first = steps.first().filter(|raised| raised.len() == 1 && steps.len() > 1);
        let component = first.and_then(|raised| raised.first().cloned());
        let only = component.filter(|name| steps.iter().all(|raised| raised.contains(name)));
        for &number in &strand.events {
            let event = trace.event(number);
            let named = event
                .instance
                .map(|instance| format!("{}#{}", trace.text(event.service), trace.text(instance)));
            let clock = clock(trace, number);
            let is_named = |name: &String| clock.contains_key(name);
            own[number as usize] = named.filter(is_named).or(only.clone().filter(is_named));
        }
    }
    own
}

/// The strands of a request: those tied to this one by forks.
fn request(causality: &Causality, strand: StrandNo) -> BTreeSet<StrandNo> {
    let strands = &causality.strands;
    let mut request = BTreeSet::from([strand]);
    loop {
        let size = request.len();
        for (number, strand) in (0..).zip(strands.all()) {
            let from = strand.forked_from.map(|event| strands.of_event(event));
            if let Some(from) = from.filter(|f| request.contains(f) || request.contains(&number)) {
                request.extend([number, from]);
            }
        }
        if request.len() == size {
            return request;
        }
    }
}

/// A request, what called it, what called that, and so on; of several callers the first counts.
fn callers(causality: &Causality, strand: StrandNo) -> BTreeSet<StrandNo> {
    let of_event = |event| causality.strands.of_event(event);
    let (mut all, mut request_now) = (BTreeSet::new(), request(causality, strand));
    while !all.is_superset(&request_now) {
        all.extend(&request_now);
        let call = causality.calls.iter().find(|call| request_now.contains(&of_event(call.entry)));
        let Some(call) = call else { break };
        request_now = request(causality, of_event(call.caller));
    }
    all
}

fn restarting(causality: &Causality, own: &[Option<String>]) -> BTreeSet<String> {
    let (trace, strands) = (&causality.trace, &causality.strands);
    let before = before(causality);
    let events = || (0..).take(trace.events().len());
    let mut restarting = BTreeSet::new();
    for one in events() {
        let Some(name) = &own[one as usize] else { continue };
        let strand = strands.of_event(one);
        for other in events().filter(|&other| strands.of_event(other) != strand) {
            let clocks = [one, other].map(|event| clock(trace, event));
            let is_own = own[other as usize].as_ref() == Some(name);
            let is_new = [one, other].iter().zip(&clocks).all(|(event, clock)| {
                let before = before.get(event).and_then(|before| before.get(name));
                clock.get(name) > Some(before.unwrap_or(&0))
            });
            let other_strand = strands.of_event(other);
            let is_request = request(causality, strand).contains(&other_strand);
            let is_called = callers(causality, other_strand).contains(&strand);
            let counts = trace.event(one).counts_per_request;
            let both_count = counts && trace.event(other).counts_per_request;
            if is_own && is_new && clocks[0].get(name) == clocks[1].get(name)
                || is_own && both_count && !is_request
                || counts && clocks[1].contains_key(name) && !is_called
            {
                restarting.insert(name.clone());
            }
        }
    }
    restarting
}
