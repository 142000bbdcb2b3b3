//! Directed graphs by number.

use crate::components::cyclic_components;
use crate::lists::Lists;

/// A directed graph: of each node its successors.
#[derive(Debug)]
pub(crate) struct Graph(Lists);

impl Graph {
    /// The graph of nodes below `nodes` with these edges, in order and none of them twice.
    pub(crate) fn of(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Graph(Lists::of(nodes, edges))
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.count()
    }

    /// Where the edges from a node lead, in order.
    pub(crate) fn successors(&self, node: u32) -> &[u32] {
        self.0.get(node)
    }

    /// The place of an edge among all, if there is one.
    pub(crate) fn edge(&self, from: u32, to: u32) -> Option<usize> {
        let place = self.successors(from).binary_search(&to).ok()?;
        Some(self.0.range(from).start + place)
    }

    /// Whether there is an edge.
    pub(crate) fn has_edge(&self, from: u32, to: u32) -> bool {
        self.edge(from, to).is_some()
    }

    /// The strongly connected components of more than one node: each in order, all in order of their first
    /// nodes.
    pub(crate) fn cyclic_components(&self) -> Vec<Vec<u32>> {
        let successor = |node, place| self.successors(node).get(place).copied();
        cyclic_components(self.len(), (0..).take(self.len()), successor)
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    #[test]
    fn nodes_that_reach_each_other_are_a_component() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 6), (6, 5)];
        let graph = Graph::of(7, edges.into_iter());
        assert_eq!(graph.cyclic_components(), [vec![0, 1, 2], vec![5, 6]]);
        assert!(graph.has_edge(2, 3) && !graph.has_edge(3, 2));
    }

    #[test]
    fn a_cycle_of_a_million_nodes_is_one_component() {
        let nodes = 1_000_000;
        let edges = (0..nodes).map(|node| (node, (node + 1) % nodes));
        let graph = Graph::of(nodes as usize, edges);
        let components = graph.cyclic_components();
        assert_eq!(components.iter().map(Vec::len).collect::<Vec<_>>(), [nodes as usize]);
    }
}
