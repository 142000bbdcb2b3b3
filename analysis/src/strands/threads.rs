//! Strands of the flat dialect, whose events seldom name a parent: what a thread recorded.

use foldhash::{HashMap, HashMapExt};

use crate::clocks::is_at_most;
use crate::names::Name;
use crate::trace::{EventNo, Trace};
use crate::tree::Tree;

/// A thread of a process of a service; without a number of either, all that the service recorded
/// without a thread and without a clock.
type Thread = (Name, Option<i64>, Option<Name>);

/// The threads that recorded an event without a parent, and what they recorded.
pub(super) struct Threads {
    events: Vec<Vec<EventNo>>,
    is_member: Vec<bool>,
}

impl Threads {
    pub(super) fn of(trace: &Trace, tree: &Tree) -> Self {
        let mut is_member = vec![false; trace.events().len()];
        let numbers = Numbers::of(trace, tree);
        if numbers.has_root.is_empty() {
            return Threads { events: Vec::new(), is_member };
        }
        let mut events: Vec<Vec<EventNo>> = vec![Vec::new(); numbers.has_root.len()];
        for event in causes_first(trace, tree) {
            let thread = numbers.of_event[event as usize];
            if let Some(thread) = thread.filter(|&thread| numbers.has_root[thread as usize]) {
                is_member[event as usize] = true;
                events[thread as usize].push(event);
            }
        }
        events.retain(|events| !events.is_empty());
        let events = events.into_iter().map(|events| in_order_of_clocks(trace, events));
        Threads { events: events.collect(), is_member }
    }

    /// Of each thread its events, in program order.
    pub(super) fn all(&self) -> &[Vec<EventNo>] {
        &self.events
    }

    pub(super) fn contains(&self, event: EventNo) -> bool {
        self.is_member[event as usize]
    }
}

/// The threads by number.
struct Numbers {
    of_event: Vec<Option<u32>>,
    /// Of each thread whether it recorded an event without a parent.
    has_root: Vec<bool>,
}

impl Numbers {
    fn of(trace: &Trace, tree: &Tree) -> Self {
        let mut known: HashMap<Thread, u32> = HashMap::new();
        let mut numbers =
            Numbers { of_event: vec![None; trace.events().len()], has_root: Vec::new() };
        for event in (0..).take(trace.events().len()) {
            let Some(thread) = thread_of(trace, event) else { continue };
            let next = u32::try_from(known.len()).expect("fewer threads than events");
            let number = *known.entry(thread).or_insert(next);
            if number == next {
                numbers.has_root.push(false);
            }
            numbers.of_event[event as usize] = Some(number);
            numbers.has_root[number as usize] |= tree.parent(event).is_none();
        }
        numbers
    }
}

/// Of an event of the flat dialect; `None` for one that its clock alone puts in order.
fn thread_of(trace: &Trace, number: EventNo) -> Option<Thread> {
    let event = trace.event(number);
    if !event.is_flat {
        return None;
    }
    match event.thread {
        Some(thread) => Some((event.service, event.process, Some(thread))),
        None if trace.clock(number).is_empty() => Some((event.service, None, None)),
        None => None,
    }
}

/// The events by time, then id, but none before its ancestors.
fn causes_first(trace: &Trace, tree: &Tree) -> Vec<EventNo> {
    let mut events: Vec<EventNo> = (0..).take(trace.events().len()).collect();
    if tree.roots().count() == events.len() {
        return events;
    }
    let mut keys: Vec<(i64, u32)> = vec![(0, 0); events.len()];
    for event in tree.top_down() {
        let time = trace.event(event).time;
        keys[event as usize] = match tree.parent(event).map(|parent| keys[parent as usize]) {
            Some((latest, depth)) if latest >= time => (latest, depth + 1),
            _ => (time, 0),
        };
    }
    events.sort_by_key(|&event| keys[event as usize]);
    events
}

/// Puts events of one thread in the order of their clocks. Events without a clock keep their places.
fn in_order_of_clocks(trace: &Trace, mut events: Vec<EventNo>) -> Vec<EventNo> {
    let clocked = events.iter().copied().filter(|&event| !trace.clock(event).is_empty());
    let mut clocked: Vec<EventNo> = clocked.collect();
    if agree(trace, &clocked) {
        return events;
    }
    // What happened before something else has the smaller sum.
    let sum = |&event: &EventNo| {
        trace.clock(event).iter().map(|&(_, clock)| u128::from(clock)).sum::<u128>()
    };
    clocked.sort_by_cached_key(sum);
    let mut clocked = clocked.into_iter();
    for event in events.iter_mut().filter(|event| !trace.clock(**event).is_empty()) {
        *event = clocked.next().unwrap_or(*event);
    }
    events
}

/// Whether no event surely has a later one before it: each has a component above all earlier ones, or
/// it has seen what the event before it has.
fn agree(trace: &Trace, events: &[EventNo]) -> bool {
    if events.is_sorted_by(|&one, &other| is_at_most(trace.clock(one), trace.clock(other))) {
        return true;
    }
    let mut highest: HashMap<Name, u64> = HashMap::new();
    let mut previous: &[(Name, u64)] = &[];
    events.iter().all(|&event| {
        let clock = trace.clock(event);
        let mut rises = false;
        for &(component, clock) in clock {
            let highest = highest.entry(component).or_default();
            rises |= clock > *highest;
            *highest = clock.max(*highest);
        }
        let agrees = rises || is_at_most(previous, clock);
        previous = clock;
        agrees
    })
}
