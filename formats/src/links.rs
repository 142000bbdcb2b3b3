//! Which event of a strand an event of another strand had to wait for: the edges of happens-before between
//! strands that follow from no others.

use raceway_analysis::{Causality, EventNo};

use crate::selection::Selection;

/// An edge.
pub(crate) struct Link {
    pub(crate) from: EventNo,
    pub(crate) to: EventNo,
    pub(crate) kind: Kind,
}

/// What tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A strand begins at an event of another one.
    Fork,
    /// A service calls another one.
    Call,
    /// Clocks.
    Message,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Fork => "fork",
            Kind::Call => "call",
            Kind::Message => "message",
        }
    }
}

/// The edges whose ends are both selected, by the second one.
pub(crate) fn links(selection: &Selection) -> Vec<Link> {
    let causality = selection.causality;
    let mut links = Vec::new();
    for &to in selection.strands.iter().flat_map(|strand| &strand.events) {
        for from in last_before(causality, to) {
            if selection.contains(from) {
                links.push(Link { from, to, kind: kind(causality, from, to) });
            }
        }
    }
    links
}

/// The last events of other strands that happened before an event, but for those that happened before another
/// one of them, or before the event that is before it on its chain.
fn last_before(causality: &Causality, event: EventNo) -> Vec<EventNo> {
    let (order, strands) = (&causality.order, &causality.strands);
    let chain = order.chain_of(event);
    let chains = order.chains();
    let before = order.place_of(event).checked_sub(1);
    let before = before.map(|place| chains[chain as usize][place as usize]);
    let learned = order.known(chain).filter_map(|other| {
        let seen = order.seen(event, other);
        let known = before.map_or(0, |before| order.seen(before, other));
        (seen > known).then(|| chains[other as usize][seen as usize - 1])
    });
    let is_of_another = |before: &EventNo| strands.of_event(*before) != strands.of_event(event);
    let last: Vec<EventNo> = learned.chain(before.filter(is_of_another)).collect();
    let follows_from_none =
        |one: &EventNo| !last.iter().any(|&other| order.happens_before(*one, other));
    let mut last: Vec<EventNo> = last.iter().copied().filter(follows_from_none).collect();
    last.sort_unstable();
    last
}

fn kind(causality: &Causality, from: EventNo, to: EventNo) -> Kind {
    let strands = &causality.strands;
    let (of_from, strand) = (strands.of_event(from), strands.get(strands.of_event(to)));
    let is_of = |event: EventNo| strands.of_event(event) == of_from;
    if strand.events[0] != to {
        return Kind::Message;
    }
    let call = causality.calls.binary_search_by_key(&to, |call| call.entry);
    match (strand.forked_from, call) {
        (Some(forked_from), _) if is_of(forked_from) => Kind::Fork,
        (_, Ok(call)) if is_of(causality.calls[call].caller) => Kind::Call,
        _ => Kind::Message,
    }
}
