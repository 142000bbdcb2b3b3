//! Strongly connected components of directed graphs (Tarjan 1972), without recursion.

/// The components of more than one node that can be reached from the roots, of a graph of so many nodes: each
/// in order, all in order of their first nodes. `successor` gives a node's successors one by one.
pub(crate) fn cyclic_components(
    nodes: usize,
    roots: impl Iterator<Item = u32>,
    successor: impl Fn(u32, usize) -> Option<u32>,
) -> Vec<Vec<u32>> {
    let mut search = Search::new(nodes, successor);
    for root in roots {
        search.visit(root);
    }
    search.components.sort_unstable();
    search.components
}

const UNVISITED: u32 = u32::MAX;

struct Search<S> {
    successor: S,
    /// When each node was found.
    index: Vec<u32>,
    /// The earliest node on the stack that each is known to reach.
    low: Vec<u32>,
    is_on_stack: Vec<bool>,
    stack: Vec<u32>,
    found: u32,
    components: Vec<Vec<u32>>,
}

impl<S: Fn(u32, usize) -> Option<u32>> Search<S> {
    fn new(nodes: usize, successor: S) -> Self {
        Search {
            successor,
            index: vec![UNVISITED; nodes],
            low: vec![0; nodes],
            is_on_stack: vec![false; nodes],
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
            if let Some(next) = (self.successor)(node, *done) {
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
