//! Everything about a trace on which the analyses stand, computed once.

use std::sync::Arc;

use crate::TooComplex;
use crate::calls::{Call, calls};
use crate::locks::Locks;
use crate::order::Order;
use crate::strands::{StrandNo, Strands};
use crate::trace::Trace;

/// A trace, and what follows from it.
#[derive(Debug)]
pub struct Causality {
    /// The events, which whoever asks for more than this trace can hold, too.
    pub trace: Arc<Trace>,
    /// Its requests and tasks.
    pub strands: Strands,
    /// The calls between its services.
    pub calls: Vec<Call>,
    /// What happened before what.
    pub order: Order,
    /// Which locks were held.
    pub locks: Locks,
}

impl Causality {
    /// Finds out what follows from a trace.
    pub fn of(trace: Trace) -> Result<Self, TooComplex> {
        let strands = Strands::of(&trace);
        let calls = calls(&trace);
        let order = Order::of(&trace, &strands, &calls)?;
        let locks = Locks::of(&trace, &strands);
        Ok(Causality { trace: Arc::new(trace), strands, calls, order, locks })
    }

    /// What a strand is called: the id of its first event.
    #[must_use]
    pub fn strand_id(&self, strand: StrandNo) -> &str {
        self.trace.event_id(self.strands.get(strand).events[0])
    }
}
