//! What happened before what (Lamport 1978): by program order, by calls, by true vector clocks.

use crate::TooComplex;
use crate::calls::Call;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace};

/// Events that are totally ordered.
pub type ChainNo = u32;

/// The order of a trace's events.
///
/// The events lie on chains: a strand is on one chain, and strands that clocks put in line share one. So
/// events of one chain are ordered, and what an event has seen of a chain is a number of its first events.
#[derive(Debug)]
pub struct Order {
    chain_of: Vec<ChainNo>,
    place_of: Vec<u32>,
    chains: Vec<Vec<EventNo>>,
}

impl Order {
    /// Orders the events of a trace.
    pub fn of(_trace: &Trace, _strands: &Strands, _calls: &[Call]) -> Result<Self, TooComplex> {
        todo!()
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

    /// The chains: of each its events, in order.
    #[must_use]
    pub fn chains(&self) -> &[Vec<EventNo>] {
        &self.chains
    }

    /// How many of the chain's first events happened before this one.
    #[must_use]
    pub fn seen(&self, _event: EventNo, _chain: ChainNo) -> u32 {
        todo!()
    }

    /// How many of the chain's first events did not see this one: the place of the first that it happened
    /// before.
    #[must_use]
    pub fn unseen_by(&self, _event: EventNo, _chain: ChainNo) -> u32 {
        todo!()
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
    pub fn last_common_ancestor(&self, _one: EventNo, _other: EventNo) -> Option<EventNo> {
        todo!()
    }
}
