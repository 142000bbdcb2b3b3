//! Calls between services: the entries of requests, and who made them.

use crate::trace::{EventNo, Trace};

/// One call: a request that names the span of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The first event of the callee.
    pub entry: EventNo,
    /// The entry or root of the caller, which owns that span.
    pub caller: EventNo,
}

/// The calls of a trace in order of their entries.
#[must_use]
pub fn calls(_trace: &Trace) -> Vec<Call> {
    todo!()
}
