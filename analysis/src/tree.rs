//! Which event caused which: the parents of a trace, without circles.

use crate::lists::Lists;
use crate::trace::{EventNo, Parent, Trace};

/// The parents that are in the trace. A circle of parents is broken at its earliest event, which so
/// becomes a root.
#[derive(Debug)]
pub struct Tree {
    parents: Vec<Option<EventNo>>,
    children: Lists,
}

impl Tree {
    /// Of the events of a trace.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let mut parents: Vec<Option<EventNo>> =
            trace.events().iter().map(|event| parent(event.parent)).collect();
        break_circles(&mut parents);
        let pairs = (0..).zip(&parents).filter_map(|(event, parent)| Some(((*parent)?, event)));
        let children = Lists::of(parents.len(), pairs);
        Tree { parents, children }
    }

    /// The event that caused this one, unless that one is a root.
    #[must_use]
    pub fn parent(&self, event: EventNo) -> Option<EventNo> {
        self.parents[event as usize]
    }

    /// What the event caused, by time, then id.
    #[must_use]
    pub fn children(&self, event: EventNo) -> &[EventNo] {
        self.children.get(event)
    }

    /// The events without a parent, by time, then id.
    pub fn roots(&self) -> impl Iterator<Item = EventNo> {
        (0..).zip(&self.parents).filter(|(_, parent)| parent.is_none()).map(|(event, _)| event)
    }

    /// All events, each after its parent.
    #[must_use]
    pub fn top_down(&self) -> Vec<EventNo> {
        let mut events: Vec<EventNo> = self.roots().collect();
        let mut next = 0;
        while let Some(&event) = events.get(next) {
            events.extend(self.children(event));
            next += 1;
        }
        events
    }
}

fn parent(parent: Parent) -> Option<EventNo> {
    match parent {
        Parent::Event(event) => Some(event),
        Parent::None | Parent::Missing(_) => None,
    }
}

/// Walks up from each event until it comes to a root, to what an earlier walk has seen, or to itself.
fn break_circles(parents: &mut [Option<EventNo>]) {
    const NEVER: u32 = u32::MAX;
    let mut walk_of = vec![NEVER; parents.len()];
    for (walk, start) in (0..).zip(0..parents.len()) {
        let mut event = start;
        while walk_of[event] == NEVER {
            walk_of[event] = walk;
            let Some(parent) = parents[event] else { break };
            event = parent as usize;
        }
        if walk_of[event] == walk && parents[event].is_some() {
            let earliest = earliest_of_circle(parents, event);
            parents[earliest] = None;
        }
    }
}

fn earliest_of_circle(parents: &[Option<EventNo>], start: usize) -> usize {
    let (mut earliest, mut event) = (start, start);
    while let Some(parent) = parents[event].filter(|&parent| parent as usize != start) {
        event = parent as usize;
        earliest = earliest.min(event);
    }
    earliest
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use crate::testing::{event, ids, number, trace};

    #[test]
    fn a_circle_is_broken_at_its_earliest_event() {
        let trace = trace([
            event("leaf").after("b"),
            event("a").after("c"),
            event("b").after("a"),
            event("c").after("b"),
            event("own").after("own"),
        ]);
        let tree = Tree::of(&trace);
        let roots: Vec<_> = tree.roots().collect();
        assert_eq!(ids(&trace, &roots), ["a", "own"]);
        assert_eq!(ids(&trace, &tree.top_down()), ["a", "own", "b", "leaf", "c"]);
        assert_eq!(ids(&trace, tree.children(number(&trace, "b"))), ["leaf", "c"]);
    }
}
