//! The cycles of the graph of locks, up to a length, within bounds.

use super::MAX_LENGTH;
use super::dependencies::LockNo;
use crate::graph::Graph;

/// How many locks are looked at for the cycles of one length in one component, at most.
const MAX_STEPS: u64 = 100_000;
/// And in all.
const MAX_STEPS_IN_ALL: u64 = 1_000_000;

/// Calls `take` with each cycle, the shortest first, each from its least lock on, until it answers false; a
/// cycle of one lock is one that is taken while it is held. Answers whether all were found.
pub(super) fn each_cycle(graph: &Graph, take: impl FnMut(&[LockNo]) -> bool) -> bool {
    let components = graph.cyclic_components();
    let mut component_of = vec![u32::MAX; graph.len()];
    for (number, component) in (0..).zip(&components) {
        for &lock in component {
            component_of[lock as usize] = number;
        }
    }
    let mut search = Search {
        graph,
        component_of,
        take,
        steps_left: 0,
        in_all: MAX_STEPS_IN_ALL,
        is_complete: true,
        is_stopped: false,
    };
    search.loops();
    for length in 2..=MAX_LENGTH {
        for component in components.iter().filter(|component| component.len() >= length) {
            search.component(component, length);
        }
    }
    search.is_complete
}

struct Search<'g, F> {
    graph: &'g Graph,
    component_of: Vec<u32>,
    take: F,
    steps_left: u64,
    in_all: u64,
    is_complete: bool,
    is_stopped: bool,
}

impl<F: FnMut(&[LockNo]) -> bool> Search<'_, F> {
    fn loops(&mut self) {
        for lock in (0..).take(self.graph.len()) {
            if self.graph.has_edge(lock, lock) && !(self.take)(&[lock]) {
                self.stop();
            }
        }
    }

    fn stop(&mut self) {
        self.steps_left = 0;
        self.is_complete = false;
        self.is_stopped = true;
    }

    /// The cycles of a length in a component. Those of two locks are as few as edges, and not bounded.
    fn component(&mut self, component: &[LockNo], length: usize) {
        let allowed = match length {
            _ if self.is_stopped => 0,
            2 => u64::MAX,
            _ => MAX_STEPS.min(self.in_all),
        };
        self.steps_left = allowed;
        let mut path = Vec::with_capacity(length);
        for &start in component {
            path.push(start);
            self.extend(&mut path, length);
            path.pop();
        }
        if length > 2 {
            self.in_all = self.in_all.saturating_sub(allowed - self.steps_left);
        }
    }

    /// Tries all ways on from the end of a path to its start. It is as deep as the cycle is long.
    fn extend(&mut self, path: &mut Vec<LockNo>, length: usize) {
        let (start, end) = (path[0], path[path.len() - 1]);
        if path.len() == length {
            if self.graph.has_edge(end, start) && !(self.take)(path) {
                self.stop();
            }
            return;
        }
        let graph = self.graph;
        let nexts = graph.successors(end);
        let nexts = &nexts[nexts.partition_point(|&next| next <= start)..];
        for &next in nexts {
            let Some(left) = self.steps_left.checked_sub(1) else {
                self.is_complete = false;
                return;
            };
            self.steps_left = left;
            let is_inside = self.component_of[next as usize] == self.component_of[start as usize];
            if is_inside && !path.contains(&next) {
                path.push(next);
                self.extend(path, length);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::each_cycle;
    use crate::graph::Graph;

    #[test]
    fn each_cycle_is_found_once() {
        let edges = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (3, 3), (3, 4)];
        let mut cycles = Vec::new();
        let is_complete = each_cycle(&Graph::of(5, edges.into_iter()), |cycle| {
            cycles.push(cycle.to_vec());
            true
        });
        assert!(is_complete);
        assert_eq!(cycles, [vec![3], vec![0, 1], vec![0, 2], vec![0, 1, 2]]);
    }

    #[test]
    fn a_dense_graph_is_searched_within_bounds() {
        let edges = (0..300).flat_map(|from| (0..300).map(move |to| (from, to)));
        let graph = Graph::of(300, edges.filter(|(from, to)| from != to));
        let mut count = 0_u64;
        assert!(!each_cycle(&graph, |_| {
            count += 1;
            true
        }));
        assert!(count > 300 * 299 / 2);
    }
}
