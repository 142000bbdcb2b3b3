//! The shortest cycle of each strongly connected component.

use std::collections::VecDeque;

use crate::graph::Graph;
use crate::strands::StrandNo;

/// How many edges are looked at for one component, beyond the first cycle.
const MAX_STEPS: u64 = 2_000_000;

const UNREACHED: u32 = u32::MAX;

/// Searches for cycles, with memory that searches share.
pub(super) struct Cycles<'g> {
    graph: &'g Graph,
    /// Of each strand that the current search has reached, from where.
    reached_from: Vec<StrandNo>,
    reached: Vec<StrandNo>,
}

impl<'g> Cycles<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        Cycles { graph, reached_from: vec![UNREACHED; graph.len()], reached: Vec::new() }
    }

    /// A cycle through strands of the component: the shortest, of several the one that starts first; of a
    /// component too large to be searched, a short one.
    pub(super) fn shortest(&mut self, component: &[StrandNo]) -> Vec<StrandNo> {
        if let Some(pair) = self.pair(component) {
            return pair;
        }
        let mut steps_left = MAX_STEPS;
        let mut shortest: Vec<StrandNo> = Vec::new();
        for &start in component {
            let cycle = self.through(start, &mut steps_left);
            if !cycle.is_empty() && (shortest.is_empty() || cycle.len() < shortest.len()) {
                shortest = cycle;
            }
            if shortest.len() == 3 || steps_left == 0 {
                break;
            }
        }
        shortest
    }

    /// Two strands, each before the other.
    fn pair(&self, component: &[StrandNo]) -> Option<Vec<StrandNo>> {
        component.iter().find_map(|&one| {
            let mut others = self.graph.successors(one).iter();
            let other = others.find(|&&other| self.graph.has_edge(other, one))?;
            Some(vec![one, *other])
        })
    }

    /// The shortest cycle through a strand: one that lies on a cycle has one. Breadth first.
    fn through(&mut self, start: StrandNo, steps_left: &mut u64) -> Vec<StrandNo> {
        let mut queue = VecDeque::from([start]);
        let mut last = None;
        'search: while let Some(strand) = queue.pop_front() {
            for &next in self.graph.successors(strand) {
                *steps_left = steps_left.saturating_sub(1);
                if next == start {
                    last = Some(strand);
                    break 'search;
                }
                if self.reached_from[next as usize] == UNREACHED {
                    self.reached_from[next as usize] = strand;
                    self.reached.push(next);
                    queue.push_back(next);
                }
            }
        }
        let cycle = last.map(|last| self.way_back(start, last)).unwrap_or_default();
        for strand in self.reached.drain(..) {
            self.reached_from[strand as usize] = UNREACHED;
        }
        cycle
    }

    fn way_back(&self, start: StrandNo, last: StrandNo) -> Vec<StrandNo> {
        let mut way = vec![last];
        let mut strand = last;
        while strand != start {
            strand = self.reached_from[strand as usize];
            way.push(strand);
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::Cycles;
    use crate::graph::Graph;

    #[test]
    fn the_shortest_cycle_is_found() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 1)];
        let graph = Graph::of(4, edges.into_iter());
        assert_eq!(Cycles::new(&graph).shortest(&[0, 1, 2, 3]), [1, 2, 3]);
    }
}
