//! Puts groups of events on chains, and finds what the chains have seen of each other.

use super::graph::Graph;
use super::knowledge::Knowledge;
use super::{ChainNo, Order, length};
use crate::TooComplex;
use crate::trace::EventNo;

/// The order of a graph without circles, whose events are sorted.
pub(super) fn order(graph: &Graph, sorted: &[EventNo]) -> Result<Order, TooComplex> {
    let mut position_of = vec![0; sorted.len()];
    for (position, &event) in (0..).zip(sorted) {
        position_of[event as usize] = position;
    }
    let order = Order {
        chain_of: vec![0; sorted.len()],
        place_of: vec![0; sorted.len()],
        position_of,
        chains: Vec::new(),
        knowledge: Knowledge::of(graph.groups.len()),
    };
    let mut chains = Chains { graph, order };
    for &event in sorted {
        chains.add(event)?;
    }
    let mut order = chains.order;
    order.knowledge.shrink();
    Ok(order)
}

struct Chains<'g> {
    graph: &'g Graph,
    order: Order,
}

impl Chains<'_> {
    fn add(&mut self, event: EventNo) -> Result<(), TooComplex> {
        // What comes last may know of all the others.
        let mut before = self.graph.before.get(event).to_vec();
        before.sort_unstable_by_key(|&event| std::cmp::Reverse(self.order.position_of(event)));
        let group = &self.graph.groups[self.graph.group_of[event as usize] as usize];
        let chain = match group[0] {
            first if first == event => self.chain_after(&before),
            first => self.order.chain_of(first),
        };
        let events = &mut self.order.chains[chain as usize];
        let place = length(events);
        events.push(event);
        self.order.chain_of[event as usize] = chain;
        self.order.place_of[event as usize] = place;
        for before in before {
            let [other, other_place] = [self.order.chain_of(before), self.order.place_of(before)];
            if other != chain {
                self.order.knowledge.learn([chain, place], [other, other_place])?;
            }
        }
        Ok(())
    }

    /// The chain of an event that is the last of its group and its chain, else a new one.
    fn chain_after(&mut self, before: &[EventNo]) -> ChainNo {
        let is_last = |&event: &EventNo| {
            let group = &self.graph.groups[self.graph.group_of[event as usize] as usize];
            let chain = &self.order.chains[self.order.chain_of(event) as usize];
            group.last() == Some(&event) && chain.last() == Some(&event)
        };
        if let Some(event) = before.iter().copied().find(is_last) {
            return self.order.chain_of(event);
        }
        self.order.chains.push(Vec::new());
        u32::try_from(self.order.chains.len() - 1).expect("fewer chains than events")
    }
}
