//! The edges of which the order is the closure: program order, parents, calls, clocks.

use crate::TooComplex;
use crate::calls::Call;
use crate::clocks::edges::Edge;
use crate::clocks::lines::lines;
use crate::clocks::{self, Clocks};
use crate::lists::Lists;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace};
use crate::tree::Tree;

/// Lists of events that follow each other (strands, and lines of events that are strands of their own
/// but for their clocks), and edges between groups.
pub(super) struct Graph {
    /// In order of their first events.
    pub(super) groups: Vec<Vec<EventNo>>,
    pub(super) group_of: Vec<u32>,
    /// What comes before an event on other groups.
    pub(super) before: Lists,
    /// What comes after an event on other groups.
    pub(super) after: Lists,
}

/// Edges by how much they are to be believed.
pub(super) struct Edges {
    parents: Vec<Edge>,
    calls: Vec<Edge>,
    clocks: Vec<Edge>,
}

impl Edges {
    pub(super) fn parents(&mut self) -> &mut Vec<Edge> {
        &mut self.parents
    }

    pub(super) fn calls(&mut self) -> &mut Vec<Edge> {
        &mut self.calls
    }

    pub(super) fn clocks(&mut self) -> &mut Vec<Edge> {
        &mut self.clocks
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Edge> + Clone {
        self.parents.iter().chain(&self.calls).chain(&self.clocks).copied()
    }
}

/// The groups of a trace, and the edges between them.
pub(super) fn edges_of(
    trace: &Trace,
    strands: &Strands,
    calls: &[Call],
) -> Result<(Vec<Vec<EventNo>>, Edges), TooComplex> {
    let tree = Tree::of(trace);
    let is_between = |&(first, second): &Edge| strands.of_event(first) != strands.of_event(second);
    let events = (0..).take(trace.events().len());
    let parents = events.filter_map(|event| Some((tree.parent(event)?, event)));
    let called = calls.iter().map(|call| (call.caller, call.entry));
    let mut edges = Edges {
        parents: parents.filter(is_between).collect(),
        calls: called.filter(is_between).collect(),
        clocks: Vec::new(),
    };
    let clocks = Clocks::of(trace, strands, calls);
    let groups = groups(strands, &edges, &clocks);
    let slices: Vec<&[EventNo]> = groups.iter().map(Vec::as_slice).collect();
    edges.clocks = clocks::edges::edges(&clocks, &slices)?;
    Ok((groups, edges))
}

/// Strands, and lines of the events that nothing but a clock puts in order.
fn groups(strands: &Strands, edges: &Edges, clocks: &Clocks) -> Vec<Vec<EventNo>> {
    let mut is_tied = vec![false; strands.all().len()];
    for event in edges.all().flat_map(|(first, second)| [first, second]) {
        is_tied[strands.of_event(event) as usize] = true;
    }
    let is_lone = |event| !clocks.get(event).is_empty() && clocks.orders(clocks.own(event));
    let (mut groups, mut lone) = (Vec::new(), Vec::new());
    for (strand, is_tied) in strands.all().iter().zip(is_tied) {
        match strand.events[..] {
            [event] if !is_tied && is_lone(event) => {
                lone.push(event);
            }
            _ => groups.push(strand.events.clone()),
        }
    }
    groups.extend(lines(clocks, lone));
    groups.sort_unstable_by_key(|events| events[0]);
    groups
}

impl Graph {
    pub(super) fn of(groups: Vec<Vec<EventNo>>, edges: &Edges) -> Self {
        let count = groups.iter().map(Vec::len).sum();
        let mut group_of = vec![0; count];
        for (number, events) in (0..).zip(&groups) {
            for &event in events {
                group_of[event as usize] = number;
            }
        }
        let before = Lists::of(count, edges.all().map(|(first, second)| (second, first)));
        let after = Lists::of(count, edges.all());
        Graph { groups, group_of, before, after }
    }

    /// The events, each after those before it, as far as they are in no circle and not after one.
    pub(super) fn sort(&self) -> Vec<EventNo> {
        let mut sorted = Vec::with_capacity(self.group_of.len());
        let mut missing: Vec<u32> =
            (0..).take(self.group_of.len()).map(|event| length(self.before.get(event))).collect();
        let mut next = vec![0_usize; self.groups.len()];
        let mut ready: Vec<u32> = (0..).take(self.groups.len()).collect();
        ready.reverse();
        while let Some(group) = ready.pop() {
            let events = &self.groups[group as usize];
            while let Some(&event) = events.get(next[group as usize]) {
                if missing[event as usize] > 0 {
                    break;
                }
                sorted.push(event);
                next[group as usize] += 1;
                for &after in self.after.get(event) {
                    missing[after as usize] -= 1;
                    let waiting = self.group_of[after as usize];
                    let is_next =
                        self.groups[waiting as usize].get(next[waiting as usize]) == Some(&after);
                    if missing[after as usize] == 0 && is_next && waiting != group {
                        ready.push(waiting);
                    }
                }
            }
        }
        sorted
    }
}

fn length(events: &[EventNo]) -> u32 {
    u32::try_from(events.len()).expect("fewer than 2^32 edges")
}
