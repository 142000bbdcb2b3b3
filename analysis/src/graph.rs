//! Directed graphs by number, and their strongly connected components.

/// A directed graph.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Where the successors of each node start, and where those of the last one end.
    starts: Vec<u32>,
    successors: Vec<u32>,
}

impl Graph {
    /// The graph of nodes below `nodes` with these edges, in order and none of them twice.
    pub(crate) fn of(nodes: usize, edges: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut starts = vec![0; nodes + 1];
        let mut successors = Vec::new();
        for (from, to) in edges {
            starts[from as usize + 1] += 1;
            successors.push(to);
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        Graph { starts, successors }
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Where the edges from a node lead, in order.
    pub(crate) fn successors(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.successors[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// The place of an edge among all, if there is one.
    pub(crate) fn edge(&self, from: u32, to: u32) -> Option<usize> {
        let place = self.successors(from).binary_search(&to).ok()?;
        Some(self.starts[from as usize] as usize + place)
    }

    /// Whether there is an edge.
    pub(crate) fn has_edge(&self, from: u32, to: u32) -> bool {
        self.edge(from, to).is_some()
    }

    /// The strongly connected components of more than one node (Tarjan 1972), without recursion: each in
    /// order, all in order of their first nodes.
    pub(crate) fn cyclic_components(&self) -> Vec<Vec<u32>> {
        let mut search = Search::new(self);
        for root in (0..).take(self.len()) {
            search.visit(root);
        }
        search.components.sort_unstable();
        search.components
    }
}

const UNVISITED: u32 = u32::MAX;

struct Search<'g> {
    graph: &'g Graph,
    /// When each node was found.
    index: Vec<u32>,
    /// The earliest node on the stack that each is known to reach.
    low: Vec<u32>,
    is_on_stack: Vec<bool>,
    stack: Vec<u32>,
    found: u32,
    components: Vec<Vec<u32>>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph) -> Self {
        Search {
            graph,
            index: vec![UNVISITED; graph.len()],
            low: vec![0; graph.len()],
            is_on_stack: vec![false; graph.len()],
            stack: Vec::new(),
            found: 0,
            components: Vec::new(),
        }
    }

    fn visit(&mut self, root: u32) {
        if self.index[root as usize] != UNVISITED {
            return;
        }
        // Nodes on the way, and how many successors of each are done.
        let mut way = vec![(root, 0)];
        self.find(root);
        while let Some((node, done)) = way.last_mut() {
            let node = *node;
            if let Some(&next) = self.graph.successors(node).get(*done) {
                *done += 1;
                if self.index[next as usize] == UNVISITED {
                    self.find(next);
                    way.push((next, 0));
                } else if self.is_on_stack[next as usize] {
                    self.lower(node, self.index[next as usize]);
                }
                continue;
            }
            way.pop();
            if let Some(&(before, _)) = way.last() {
                self.lower(before, self.low[node as usize]);
            }
            self.close(node);
        }
    }

    fn find(&mut self, node: u32) {
        self.index[node as usize] = self.found;
        self.low[node as usize] = self.found;
        self.found += 1;
        self.stack.push(node);
        self.is_on_stack[node as usize] = true;
    }

    fn lower(&mut self, node: u32, to: u32) {
        let low = &mut self.low[node as usize];
        *low = to.min(*low);
    }

    /// Takes the component off the stack of which this node was found first, if there is one.
    fn close(&mut self, node: u32) {
        if self.low[node as usize] != self.index[node as usize] {
            return;
        }
        let start = self.stack.iter().rposition(|&member| member == node).unwrap_or_default();
        let mut component = self.stack.split_off(start);
        for &member in &component {
            self.is_on_stack[member as usize] = false;
        }
        if component.len() > 1 {
            component.sort_unstable();
            self.components.push(component);
        }
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
