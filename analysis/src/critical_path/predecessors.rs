//! What an event directly waited for.

use std::cmp::Reverse;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::start;
use crate::calls::Call;
use crate::order::Order;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace};
use crate::tree::Tree;

/// How many clocks of a path are compared with how many chains, at most: a second.
const MAX_LOOKUPS: usize = 20_000_000;

/// The direct predecessors of events: the event before on the strand, a parent on another one; of an entry,
/// the caller's last event before the call; and after a gap of a strand in which calls of it lie whole, the
/// last events of the callees. Of an event of the flat dialect, whose clocks tell of messages, also the last
/// ones that it has seen of all others.
pub(super) struct Predecessors<'t> {
    trace: &'t Trace,
    strands: &'t Strands,
    tree: Tree,
    /// By entry.
    callers: HashMap<EventNo, EventNo>,
    /// By the event after the gap, that of the callee that came last.
    callees: HashMap<EventNo, EventNo>,
    order: Option<&'t Order>,
    lookups: usize,
}

impl<'t> Predecessors<'t> {
    pub(super) fn of(
        trace: &'t Trace,
        strands: &'t Strands,
        calls: &[Call],
        order: Option<&'t Order>,
    ) -> Self {
        let mut predecessors = Predecessors {
            trace,
            strands,
            tree: Tree::of(trace),
            callers: HashMap::with_capacity(calls.len()),
            callees: HashMap::with_capacity(calls.len()),
            order,
            lookups: MAX_LOOKUPS,
        };
        let reached = reached(trace, strands);
        let ends = ends(trace, strands, calls);
        for &call in calls {
            predecessors.add(call, &reached, ends[&call.entry]);
        }
        predecessors
    }

    fn add(&mut self, call: Call, reached: &[i64], end: EventNo) {
        let strand = self.strands.of_event(call.caller);
        if strand == self.strands.of_event(call.entry) {
            return;
        }
        let events = &self.strands.get(strand).events;
        let began = start(self.trace, call.entry);
        let is_before = |&event: &EventNo| i128::from(reached[event as usize]) * 1000 <= began;
        let after = events.partition_point(is_before);
        let caller = self.strands.place_of(call.caller) as usize;
        // What the caller began with came before the call, whatever its clock says.
        self.callers.insert(call.entry, events[caller.max(after.saturating_sub(1))]);
        let Some(&next) = events.get(after).filter(|_| after > caller) else { return };
        if self.trace.event(end).time <= reached[next as usize] {
            let known = self.callees.get(&next).copied();
            self.callees.insert(next, self.later(end, known.unwrap_or(end)));
        }
    }

    /// The predecessor that came last, of those that are not on the path: calls can go in a circle.
    pub(super) fn last(&mut self, event: EventNo, path: &HashSet<EventNo>) -> Option<EventNo> {
        let previous = self.strands.previous(event);
        let elsewhere = |&parent: &EventNo| {
            previous.is_none() || self.strands.of_event(parent) != self.strands.of_event(event)
        };
        let parent = self.tree.parent(event).filter(elsewhere);
        let of_calls = [&self.callers, &self.callees].map(|events| events.get(&event).copied());
        let all = [previous, parent, self.last_seen(event)].into_iter().chain(of_calls).flatten();
        all.filter(|event| !path.contains(event)).reduce(|one, other| self.later(one, other))
    }

    /// What its clock has seen.
    fn last_seen(&mut self, event: EventNo) -> Option<EventNo> {
        let order = self
            .order
            .filter(|_| self.trace.event(event).is_flat && !self.trace.clock(event).is_empty())?;
        self.lookups = self.lookups.checked_sub(order.chains().len())?;
        let seen = (0..).zip(order.chains()).filter_map(|(chain, events)| {
            Some(events[order.seen(event, chain).checked_sub(1)? as usize])
        });
        seen.reduce(|one, other| self.later(one, other))
    }

    /// The one that ended last; of one instant, that with the smaller id.
    fn later(&self, one: EventNo, other: EventNo) -> EventNo {
        let key = |event: EventNo| (self.trace.event(event).time, Reverse(event));
        if key(one) < key(other) { other } else { one }
    }
}

/// Of each event, the latest time on its strand so far: clocks may run backwards.
fn reached(trace: &Trace, strands: &Strands) -> Vec<i64> {
    let mut reached = vec![0; trace.events().len()];
    for strand in strands.all() {
        let mut latest = i64::MIN;
        for &event in &strand.events {
            latest = latest.max(trace.event(event).time);
            reached[event as usize] = latest;
        }
    }
    reached
}

/// Of each entry, the last event of the callee: what its strand does until the next entry.
fn ends(trace: &Trace, strands: &Strands, calls: &[Call]) -> HashMap<EventNo, EventNo> {
    let mut ends: HashMap<_, _> = calls.iter().map(|call| (call.entry, call.entry)).collect();
    for strand in strands.all() {
        let mut last: Option<EventNo> = None;
        for &event in strand.events.iter().rev() {
            let time = |event: EventNo| trace.event(event).time;
            let latest = last.filter(|&last| time(last) >= time(event)).unwrap_or(event);
            last = Some(latest);
            if let Some(end) = ends.get_mut(&event) {
                *end = latest;
                last = None;
            }
        }
    }
    ends
}
