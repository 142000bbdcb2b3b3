//! What vector clocks say about order (Mattern 1989, Fidge 1988), where their counters can be believed.
//!
//! Event a happened before event b of another strand if no component of a's clock is above that of b's,
//! and the clocks differ; a component that is missing is 0. A clock without components orders nothing.
//!
//! The Python, Go and Rust SDKs count `service#instance` from 1 in each request, so that requests
//! which know nothing of each other carry comparable clocks. Hence:
//!
//! - An event's *own* component is that of its service and instance, if its clock names it; else the
//!   one that rises at each step of its strand at which anything rises, if there are two steps or more and
//!   the first raises no other.
//! - A component *restarts* in a trace if two strands raise it, as their own, to one value; with an SDK
//!   that counts per request, also if it is the own one of two requests, or in a clock of a request that is not
//!   called from the one that counts, directly or by way of others.
//! - An event whose own component restarts is before no event of another strand by clocks.
//! - Else components that restart are left out when clocks are compared. If nothing else differs, the
//!   first event is before the second if its own component is known and that of the second restarts: the
//!   second has then counted a step of its own.
//!
//! So true clocks keep their order, whether a component belongs to a strand or to a process whose strands
//! share it, and clocks of SDKs never order requests that ran side by side.

pub(crate) mod components;
pub(crate) mod edges;
pub(crate) mod lines;
mod own;
mod restarts;
mod runs;

use crate::calls::Call;
use crate::names::Name;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace};

/// The clocks of a trace, without the components that restart.
#[derive(Debug)]
pub(crate) struct Clocks<'t> {
    trace: &'t Trace,
    own: Vec<Option<Name>>,
    /// By the number of the name.
    restarts: Vec<bool>,
}

impl<'t> Clocks<'t> {
    pub(crate) fn of(trace: &'t Trace, strands: &Strands, calls: &[Call]) -> Self {
        let own = own::own_components(trace, strands);
        let restarts = restarts::restarting(trace, strands, calls, &own);
        Clocks { trace, own, restarts }
    }

    /// The component that the event counted up, if that can be told.
    pub(crate) fn own(&self, event: EventNo) -> Option<Name> {
        self.own[event as usize]
    }

    /// Whether it can be the earlier one of two events that clocks order.
    pub(crate) fn orders(&self, own: Option<Name>) -> bool {
        own.is_none_or(|own| !self.restarts[own.index()])
    }

    /// The components that count, in order of the numbers of their names.
    pub(crate) fn components(
        &self,
        event: EventNo,
    ) -> impl DoubleEndedIterator<Item = (Name, u64)> + Clone {
        let components = self.trace.clock(event).iter().copied();
        components.filter(|(component, _)| !self.restarts[component.index()])
    }

    /// Whether it has such a component.
    pub(crate) fn is_clocked(&self, event: EventNo) -> bool {
        self.components(event).next().is_some()
    }

    /// Whether no component of the first is above that of the second.
    pub(crate) fn is_at_most(&self, first: EventNo, second: EventNo) -> bool {
        is_at_most(self.components(first), self.components(second))
    }

    /// Whether the components that count are the same.
    pub(crate) fn is_equal(&self, first: EventNo, second: EventNo) -> bool {
        self.components(first).eq(self.components(second))
    }

    /// How many names the trace has.
    pub(crate) fn name_count(&self) -> usize {
        self.restarts.len()
    }

    pub(crate) fn text(&self, component: Name) -> &'t str {
        self.trace.text(component)
    }
}

/// Whether no component of a clock is above that of another, both in order of names.
pub(crate) fn is_at_most(
    mut one: impl Iterator<Item = (Name, u64)>,
    mut other: impl Iterator<Item = (Name, u64)>,
) -> bool {
    one.all(|(component, clock)| {
        let found = other.find(|&(known, _)| known >= component);
        found.is_some_and(|(known, seen)| known == component && clock <= seen)
    })
}
