//! The messages of a diagram: edges of happens-before between strands.

use std::cmp::Reverse;
use std::ops::Range;

use foldhash::HashSet;
use serde::Serialize;

use super::within;
use crate::clocks::edges::Edge as Direct;
use crate::order::{Order, direct_edges};
use crate::strands::StrandNo;
use crate::{Causality, EventNo, TooComplex};

/// How many edges are compared with each other at most: a second. Beyond, some are told that follow from others.
const MAX_COMPARED: usize = 10_000_000;

/// An event of one strand that happened before one of another strand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphEdge))]
pub struct Edge {
    /// The id of the first event.
    pub from: String,
    /// The id of the second one.
    pub to: String,
    /// What it is.
    pub kind: EdgeKind,
}

/// What an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphEdgeKind))]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// The second strand forked off from the first.
    Fork,
    /// The first strand called the second: a request that names the span of its caller.
    Call,
    /// The caller has seen what the callee did.
    Return,
    /// A strand has seen what a task did that forked off from it.
    Join,
    /// A clock has seen another one.
    Clock,
}

impl EdgeKind {
    /// As answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EdgeKind::Fork => "fork",
            EdgeKind::Call => "call",
            EdgeKind::Return => "return",
            EdgeKind::Join => "join",
            EdgeKind::Clock => "clock",
        }
    }
}

/// An edge of happens-before between strands, from the first event to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first event.
    pub from: EventNo,
    /// The second one.
    pub to: EventNo,
    /// What the edge is.
    pub kind: EdgeKind,
}

/// The edges between strands of which all others follow, in order of the second ends.
pub fn messages(causality: &Causality) -> Result<Vec<Message>, TooComplex> {
    let kinds = Kinds::of(causality);
    let direct = least(causality, direct_edges(causality)?);
    let message = |(from, to): Direct| Message { from, to, kind: kinds.kind(from, to) };
    Ok(direct.into_iter().map(message).collect())
}

/// The edges of which both ends are in the window, in order of the second ends.
pub(super) fn edges(causality: &Causality, direct: Vec<Direct>, window: &Range<i64>) -> Vec<Edge> {
    let window = within(causality, window);
    let kinds = Kinds::of(causality);
    let id = |event| causality.trace.event_id(event).to_owned();
    let edge = |(from, to): Direct| Edge { from: id(from), to: id(to), kind: kinds.kind(from, to) };
    let is_shown = |&(from, to): &Direct| window.contains(&from) && window.contains(&to);
    least(causality, direct).into_iter().filter(is_shown).map(edge).collect()
}

/// Those of which all others follow.
fn least(causality: &Causality, mut direct: Vec<Direct>) -> Vec<Direct> {
    let order = &causality.order;
    direct.sort_unstable_by_key(|&(from, to)| (to, Reverse(order.position_of(from))));
    let mut compared = MAX_COMPARED;
    let mut kept = Vec::new();
    for edges in direct.chunk_by(|one, other| one.1 == other.1) {
        let previous = causality.strands.previous(edges[0].1);
        kept.extend(last_before(order, previous, edges, &mut compared));
    }
    kept
}

/// Of the edges to one event, those whose first ends are before none of the others, nor the event before it.
fn last_before(
    order: &Order,
    previous: Option<EventNo>,
    edges: &[Direct],
    compared: &mut usize,
) -> Vec<Direct> {
    let mut kept: Vec<Direct> = Vec::new();
    for &(from, to) in edges {
        let mut later = previous.into_iter().chain(kept.iter().map(|&(from, _)| from));
        *compared = compared.saturating_sub(1 + kept.len());
        if *compared == 0 || !later.any(|later| order.happens_before(from, later)) {
            kept.push((from, to));
        }
    }
    kept
}

/// Which strands call which.
struct Kinds<'c> {
    causality: &'c Causality,
    calls: HashSet<(StrandNo, StrandNo)>,
}

impl<'c> Kinds<'c> {
    fn of(causality: &'c Causality) -> Self {
        let strand = |event| causality.strands.of_event(event);
        let calls = causality.calls.iter().map(|call| (strand(call.caller), strand(call.entry)));
        Kinds { causality, calls: calls.collect() }
    }

    fn kind(&self, from: EventNo, to: EventNo) -> EdgeKind {
        let strands = &self.causality.strands;
        let [first, second] = [from, to].map(|event| strands.of_event(event));
        let is_begin = strands.place_of(to) == 0;
        if is_begin && self.forked(first, second) {
            EdgeKind::Fork
        } else if is_begin && self.calls.contains(&(first, second)) {
            EdgeKind::Call
        } else if self.calls.contains(&(second, first)) {
            EdgeKind::Return
        } else if self.forked(second, first) {
            EdgeKind::Join
        } else {
            EdgeKind::Clock
        }
    }

    /// Whether a strand forked off from the first.
    fn forked(&self, first: StrandNo, task: StrandNo) -> bool {
        let strands = &self.causality.strands;
        let from = strands.get(task).forked_from;
        from.is_some_and(|event| strands.of_event(event) == first)
    }
}

#[cfg(test)]
mod tests {
    use super::EdgeKind::{Call, Clock, Fork, Join, Return};
    use super::{EdgeKind, edges};
    use crate::Causality;
    use crate::order::direct_edges;
    use crate::testing::{causality, event};

    fn of(causality: &Causality) -> Vec<(String, String, EdgeKind)> {
        let direct = direct_edges(causality).expect("a small trace");
        let edges = edges(causality, direct, &(i64::MIN..i64::MAX));
        edges.into_iter().map(|edge| (edge.from, edge.to, edge.kind)).collect()
    }

    fn expected(edges: &[(&str, &str, EdgeKind)]) -> Vec<(String, String, EdgeKind)> {
        edges.iter().map(|&(from, to, kind)| (from.to_owned(), to.to_owned(), kind)).collect()
    }

    #[test]
    fn forks_and_joins_are_told_and_nothing_that_follows_from_them() {
        let main = |id: &str, clock: &[(&str, u64)]| event(id).flat().on("1").clock(clock);
        let task = |id: &str, clock: &[(&str, u64)]| event(id).flat().on("2").clock(clock);
        let causality = causality([
            main("a1", &[("1", 1)]),
            main("a2", &[("1", 2)]),
            task("b1", &[("1", 2), ("2", 1)]).after("a2"),
            task("b2", &[("1", 2), ("2", 2)]),
            main("a3", &[("1", 3), ("2", 2)]),
            event("c1").flat().on("3").clock(&[("1", 3), ("2", 2), ("3", 1)]),
        ]);
        let edges = [("a2", "b1", Fork), ("b2", "a3", Join), ("a3", "c1", Clock)];
        assert_eq!(of(&causality), expected(&edges));
    }

    #[test]
    fn calls_lead_to_their_entries_and_answers_back() {
        let web = |id: &str, clock: &[(&str, u64)]| {
            event(id).flat().of("web").on("1").span("s").clock(clock)
        };
        let bank = |id: &str, clock: &[(&str, u64)]| {
            event(id).flat().of("bank").on("2").upstream("s").span("t").clock(clock)
        };
        let causality = causality([
            web("a1", &[("web", 1)]),
            web("a2", &[("web", 2)]),
            bank("b1", &[("web", 2), ("bank", 1)]),
            bank("b2", &[("web", 2), ("bank", 2)]),
            web("a3", &[("web", 3), ("bank", 2)]),
        ]);
        let edges = [("a2", "b1", Call), ("b2", "a3", Return)];
        assert_eq!(of(&causality), expected(&edges));
    }
}
