//! Circles of edges, which contradict each other.

use super::graph::Graph;
use crate::trace::EventNo;

/// An event of no circle.
pub(super) const NONE: u32 = u32::MAX;

/// Of each event the number of the circles that it is in: those through which events can be reached from
/// each other have one number (strongly connected components; Tarjan 1972, without recursion).
///
/// `sorted` are the events that are in no circle and not after one.
pub(super) fn circles(graph: &Graph, sorted: &[EventNo]) -> Vec<u32> {
    let count = graph.group_of.len();
    let mut search = Search {
        graph,
        next: next_in_group(graph),
        index: vec![0; count],
        low: vec![0; count],
        circle: vec![NONE; count],
        stack: Vec::new(),
        count: 0,
    };
    for &event in sorted {
        search.index[event as usize] = DONE;
    }
    for event in (0..).take(count) {
        if search.index[event as usize] == 0 {
            search.visit(event);
        }
    }
    search.circle
}

/// The index of an event that needs no more to be looked at.
const DONE: u32 = u32::MAX;

fn next_in_group(graph: &Graph) -> Vec<Option<EventNo>> {
    let mut next = vec![None; graph.group_of.len()];
    for pair in graph.groups.iter().flat_map(|events| events.windows(2)) {
        next[pair[0] as usize] = Some(pair[1]);
    }
    next
}

struct Search<'g> {
    graph: &'g Graph,
    next: Vec<Option<EventNo>>,
    /// When an event was first visited, from 1; `DONE` after its circle is known.
    index: Vec<u32>,
    /// The earliest index that is reached from it, of those on the stack.
    low: Vec<u32>,
    circle: Vec<u32>,
    stack: Vec<EventNo>,
    count: u32,
}

impl Search<'_> {
    fn visit(&mut self, start: EventNo) {
        let mut path = vec![(start, 0)];
        self.begin(start);
        while let Some((event, edge)) = path.last_mut() {
            let event = *event;
            let Some(after) = self.after(event, *edge) else {
                path.pop();
                self.end(event);
                if let Some(&(before, _)) = path.last() {
                    self.lower(before, self.low[event as usize]);
                }
                continue;
            };
            *edge += 1;
            match self.index[after as usize] {
                0 => {
                    path.push((after, 0));
                    self.begin(after);
                }
                DONE => {}
                index => self.lower(event, index),
            }
        }
    }

    fn after(&self, event: EventNo, edge: usize) -> Option<EventNo> {
        let after = self.graph.after.get(event);
        after
            .get(edge)
            .copied()
            .or_else(|| self.next[event as usize].filter(|_| edge == after.len()))
    }

    fn begin(&mut self, event: EventNo) {
        self.count += 1;
        self.index[event as usize] = self.count;
        self.low[event as usize] = self.count;
        self.stack.push(event);
    }

    fn lower(&mut self, event: EventNo, index: u32) {
        let low = &mut self.low[event as usize];
        *low = index.min(*low);
    }

    /// All that is reached from an event is known: if nothing before it is, its circle ends.
    fn end(&mut self, event: EventNo) {
        if self.low[event as usize] < self.index[event as usize] {
            return;
        }
        let is_alone = self.stack.last() == Some(&event);
        while let Some(member) = self.stack.pop() {
            self.index[member as usize] = DONE;
            if !is_alone {
                self.circle[member as usize] = event;
            }
            if member == event {
                break;
            }
        }
    }
}
