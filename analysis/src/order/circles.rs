//! Circles of edges, which contradict each other.

use super::graph::Graph;
use crate::components::cyclic_components;
use crate::trace::EventNo;

/// An event of no circle.
pub(super) const NONE: u32 = u32::MAX;

/// Of each event the number of the circles that it is in: those through which events can be reached from
/// each other have one number.
///
/// `sorted` are the events that are in no circle and not after one: none of the others leads to them.
pub(super) fn circles(graph: &Graph, sorted: &[EventNo]) -> Vec<u32> {
    let count = graph.group_of.len();
    let mut is_sorted = vec![false; count];
    for &event in sorted {
        is_sorted[event as usize] = true;
    }
    let next = next_in_group(graph);
    let successor = |event: EventNo, place: usize| {
        let after = graph.after.get(event);
        let in_group = || next[event as usize].filter(|_| place == after.len());
        after.get(place).copied().or_else(in_group)
    };
    let roots = (0..).take(count).filter(|&event| !is_sorted[event as usize]);
    let mut circles = vec![NONE; count];
    for members in cyclic_components(count, roots, successor) {
        for &member in &members {
            circles[member as usize] = members[0];
        }
    }
    circles
}

fn next_in_group(graph: &Graph) -> Vec<Option<EventNo>> {
    let mut next = vec![None; graph.group_of.len()];
    for pair in graph.groups.iter().flat_map(|events| events.windows(2)) {
        next[pair[0] as usize] = Some(pair[1]);
    }
    next
}
