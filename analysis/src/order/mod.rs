//! What happened before what (Lamport 1978): by program order, by calls, by true vector clocks.

mod chains;
mod circles;
mod graph;
mod knowledge;

use crate::calls::Call;
use crate::clocks::edges::Edge;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace};
use crate::{Causality, TooComplex};
use circles::{NONE, circles};
use graph::{Edges, Graph, edges_of};
use knowledge::Knowledge;

pub(crate) use knowledge::Change;

/// Events that are totally ordered.
pub type ChainNo = u32;

/// The order of a trace's events: the least one that holds
///
/// - program order along strands,
/// - that an event is after its parent,
/// - that the entry of a call is after the event that called,
/// - and what clocks say (see [`clocks`](crate::clocks)).
///
/// Edges that close a circle contradict each other: of all that are in circles those by clocks are left
/// out, then, where there are still circles, calls, then parents.
///
/// The events lie on chains: a strand is on one chain, and strands that clocks put in line share one. So
/// events of one chain are ordered, and what an event has seen of a chain is a number of its first events.
/// Only changes of this number are kept (8 bytes each).
#[derive(Debug)]
pub struct Order {
    chain_of: Vec<ChainNo>,
    place_of: Vec<u32>,
    position_of: Vec<u32>,
    chains: Vec<Vec<EventNo>>,
    knowledge: Knowledge,
}

impl Order {
    /// Orders the events of a trace.
    pub fn of(trace: &Trace, strands: &Strands, calls: &[Call]) -> Result<Self, TooComplex> {
        let (groups, mut edges) = edges_of(trace, strands, calls)?;
        let mut graph = Graph::of(groups, &edges);
        let mut sorted = graph.sort();
        for kind in [Edges::clocks, Edges::calls, Edges::parents] {
            if sorted.len() == trace.events().len() {
                break;
            }
            let circles = circles(&graph, &sorted);
            let circle = |event: EventNo| circles[event as usize];
            kind(&mut edges).retain(|&(first, second)| {
                circle(first) == NONE || circle(first) != circle(second)
            });
            graph = Graph::of(graph.groups, &edges);
            sorted = graph.sort();
        }
        chains::order(&graph, &sorted)
    }

    /// The chain of an event.
    #[must_use]
    pub fn chain_of(&self, event: EventNo) -> ChainNo {
        self.chain_of[event as usize]
    }

    /// How many events come before it on its chain.
    #[must_use]
    pub fn place_of(&self, event: EventNo) -> u32 {
        self.place_of[event as usize]
    }

    /// Its place in one order of all events in which each is after those that happened before it.
    #[must_use]
    pub fn position_of(&self, event: EventNo) -> u32 {
        self.position_of[event as usize]
    }

    /// The chains: of each its events, in order.
    #[must_use]
    pub fn chains(&self) -> &[Vec<EventNo>] {
        &self.chains
    }

    /// The other chains of which a chain has seen something at its end.
    pub fn known(&self, chain: ChainNo) -> impl Iterator<Item = ChainNo> {
        self.knowledge.known(chain)
    }

    /// How many of the chain's first events happened before this one.
    #[must_use]
    pub fn seen(&self, event: EventNo, chain: ChainNo) -> u32 {
        let place = self.place_of(event);
        let own = self.chain_of(event);
        if own == chain { place } else { self.knowledge.seen(own, place, chain) }
    }

    /// How many of the chain's first events did not see this one: the place of the first that it happened
    /// before.
    #[must_use]
    pub fn unseen_by(&self, event: EventNo, chain: ChainNo) -> u32 {
        let place = self.place_of(event);
        let own = self.chain_of(event);
        if own == chain {
            return place + 1;
        }
        let first = self.knowledge.first_above(chain, own, place);
        first.unwrap_or_else(|| length(&self.chains[chain as usize]))
    }

    /// Of the chains that a chain knows, how many of their first events it has seen and from which of its
    /// places on, in order of places.
    pub(crate) fn changes(
        &self,
        chain: ChainNo,
    ) -> impl ExactSizeIterator<Item = (ChainNo, &[Change])> {
        self.knowledge.changes(chain)
    }

    /// The same of one other chain: nothing if it doesn't know it.
    pub(crate) fn changes_of(&self, chain: ChainNo, other: ChainNo) -> &[Change] {
        self.knowledge.changes_of(chain, other)
    }

    /// Whether the first event happened before the second.
    #[must_use]
    pub fn happens_before(&self, first: EventNo, second: EventNo) -> bool {
        first != second && self.place_of(first) < self.seen(second, self.chain_of(first))
    }

    /// Whether neither happened before the other.
    #[must_use]
    pub fn is_concurrent(&self, one: EventNo, other: EventNo) -> bool {
        one != other && !self.happens_before(one, other) && !self.happens_before(other, one)
    }

    /// The latest event that happened before both, if there is one: of several, the last in time.
    #[must_use]
    pub fn last_common_ancestor(&self, one: EventNo, other: EventNo) -> Option<EventNo> {
        self.last_before_all(&[one, other])
    }

    /// The same of any number of events: `None` of none.
    #[must_use]
    pub fn last_before_all(&self, events: &[EventNo]) -> Option<EventNo> {
        let (&one, others) = events.split_first()?;
        let chain = self.chain_of(one);
        let chains = self.known(chain).chain([chain]);
        let last = |chain| {
            let seen = |&event: &EventNo| self.seen(event, chain);
            let count = others.iter().map(seen).fold(self.seen(one, chain), u32::min);
            Some(self.chains[chain as usize][count.checked_sub(1)? as usize])
        };
        let mut last: Vec<EventNo> = chains.filter_map(last).collect();
        last.sort_unstable();
        let is_before_none =
            |&&event: &&EventNo| !last.iter().any(|&later| self.happens_before(event, later));
        last.iter().rev().find(is_before_none).copied()
    }
}

/// The edges between strands of which the order is the closure, those apart that contradict others: forks, calls,
/// and what clocks tell.
pub(crate) fn direct_edges(causality: &Causality) -> Result<Vec<Edge>, TooComplex> {
    let Causality { trace, strands, calls, order, .. } = causality;
    let (groups, edges) = edges_of(trace, strands, calls)?;
    let lines = groups.iter().flat_map(|events| events.windows(2)).map(|two| (two[0], two[1]));
    let is_between = |&(first, second): &Edge| {
        strands.of_event(first) != strands.of_event(second) && order.happens_before(first, second)
    };
    let mut edges: Vec<Edge> = edges.all().chain(lines).filter(is_between).collect();
    edges.sort_unstable();
    edges.dedup();
    Ok(edges)
}

fn length(events: &[EventNo]) -> u32 {
    u32::try_from(events.len()).expect("fewer than 2^32 events")
}

#[cfg(test)]
mod tests {
    use crate::Causality;
    use crate::testing::{causality, event, number};

    /// Which of two events happened first: `<`, `>`, or `|` for neither.
    fn compare(causality: &Causality, one: &str, other: &str) -> char {
        let [one, other] = [one, other].map(|id| number(&causality.trace, id));
        match (
            causality.order.happens_before(one, other),
            causality.order.happens_before(other, one),
        ) {
            (true, false) => '<',
            (false, true) => '>',
            (false, false) => '|',
            (true, true) => panic!("no order"),
        }
    }

    #[test]
    fn a_fork_orders_what_is_before_it_and_a_join_needs_a_clock() {
        let task = |id: &str| event(id).flat().on("2");
        let events = [
            event("before").flat().on("1").clock(&[("1", 1)]),
            event("fork").flat().on("1").clock(&[("1", 2)]),
            task("task").after("fork").clock(&[("1", 2), ("2", 1)]),
            event("beside").flat().on("1").clock(&[("1", 3)]),
            event("join").flat().on("1").clock(&[("1", 4), ("2", 1)]),
        ];
        let causality = causality(events);
        assert_eq!(compare(&causality, "before", "task"), '<');
        assert_eq!(compare(&causality, "task", "beside"), '|');
        assert_eq!(compare(&causality, "task", "join"), '<');
        let [task, beside, fork] =
            ["task", "beside", "fork"].map(|id| number(&causality.trace, id));
        assert_eq!(causality.order.last_common_ancestor(task, beside), Some(fork));
        let [before, join] = ["before", "join"].map(|id| number(&causality.trace, id));
        assert_eq!(causality.order.last_before_all(&[task, beside, join]), Some(fork));
        assert_eq!(causality.order.last_before_all(&[fork, join]), Some(before));
        assert_eq!(causality.order.last_before_all(&[]), None);
    }

    #[test]
    fn requests_whose_sdk_counts_anew_are_not_ordered_by_clocks() {
        let request = |id: &str, clock| event(id).instance("1").clock(&[("bank#1", clock)]);
        let causality = causality([
            request("a1", 1),
            request("b1", 1),
            request("b2", 2).after("b1"),
            request("a2", 2).after("a1"),
        ]);
        assert_eq!(compare(&causality, "a1", "b2"), '|');
        assert_eq!(compare(&causality, "a1", "a2"), '<');
    }

    #[test]
    fn a_call_is_ordered_by_the_clock_that_it_carried() {
        let web = |id: &str, clock| event(id).of("web").instance("1").clock(&[("web#1", clock)]);
        let entry = event("entry").instance("1").span("t").upstream("s");
        let causality = causality([
            web("root", 1).span("s"),
            web("call", 2).after("root"),
            web("beside", 3).after("call"),
            entry.clock(&[("web#1", 2), ("bank#1", 1)]),
        ]);
        assert_eq!(compare(&causality, "root", "entry"), '<');
        assert_eq!(compare(&causality, "call", "entry"), '<');
        assert_eq!(compare(&causality, "beside", "entry"), '|');
    }

    #[test]
    fn a_clock_that_contradicts_parents_is_left_out() {
        let causality = causality([
            event("parent").on("1").clock(&[("1", 5)]),
            event("child").on("2").after("parent").clock(&[("1", 4)]),
            event("sibling").on("3").after("parent"),
        ]);
        assert_eq!(compare(&causality, "parent", "child"), '<');
        assert_eq!(compare(&causality, "child", "sibling"), '|');
    }

    #[test]
    fn events_without_a_thread_lie_on_one_chain_if_their_clocks_say_so() {
        let lone = |id: &str, clock| event(id).flat().clock(clock);
        let causality = causality([
            lone("a1", &[("a", 1)]),
            lone("b1", &[("b", 1)]),
            lone("a2", &[("a", 2)]),
            lone("b2", &[("a", 2), ("b", 2)]),
        ]);
        assert_eq!(causality.order.chains().len(), 2);
        assert_eq!(compare(&causality, "a1", "b2"), '<');
        assert_eq!(compare(&causality, "a2", "b1"), '|');
    }
}
