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

/// Components in order of the numbers of their names, none of them 0.
pub(crate) type Clock<'t> = &'t [(Name, u64)];

/// The clocks of a trace, without the components that restart.
#[derive(Debug)]
pub(crate) struct Clocks<'t> {
    trace: &'t Trace,
    own: Vec<Option<Name>>,
    /// By the number of the name.
    restarts: Vec<bool>,
    /// Where some component restarts, the clocks without those.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Of each event where its components start.
    starts: Vec<u32>,
    components: Vec<(Name, u64)>,
}

impl<'t> Clocks<'t> {
    pub(crate) fn of(trace: &'t Trace, strands: &Strands, calls: &[Call]) -> Self {
        let own = own::own_components(trace, strands);
        let restarts = restarts::restarting(trace, strands, calls, &own);
        let kept = restarts.contains(&true).then(|| kept(trace, &restarts));
        Clocks { trace, own, restarts, kept }
    }

    /// The component that the event counted up, if that can be told.
    pub(crate) fn own(&self, event: EventNo) -> Option<Name> {
        self.own[event as usize]
    }

    /// Whether it can be the earlier one of two events that clocks order.
    pub(crate) fn orders(&self, own: Option<Name>) -> bool {
        own.is_none_or(|own| !self.restarts[own.index()])
    }

    /// The components that count.
    #[inline]
    pub(crate) fn get(&self, event: EventNo) -> Clock<'_> {
        match &self.kept {
            None => self.trace.clock(event),
            Some(Kept { starts, components }) => {
                let [start, end] = [0, 1].map(|next| starts[event as usize + next] as usize);
                &components[start..end]
            }
        }
    }

    /// How many names the trace has.
    pub(crate) fn name_count(&self) -> usize {
        self.restarts.len()
    }

    pub(crate) fn text(&self, component: Name) -> &'t str {
        self.trace.text(component)
    }
}

fn kept(trace: &Trace, restarts: &[bool]) -> Kept {
    let (mut starts, mut components) = (vec![0], Vec::new());
    for event in (0..).take(trace.events().len()) {
        let clock = trace.clock(event).iter();
        components.extend(clock.filter(|(component, _)| !restarts[component.index()]));
        starts.push(u32::try_from(components.len()).expect("fewer than 2^32 components"));
    }
    Kept { starts, components }
}

/// Whether no component of a clock is above that of another.
pub(crate) fn is_at_most(one: Clock, other: Clock) -> bool {
    if one.len() > other.len() {
        return false;
    }
    // Mostly they have the same components.
    let mut pairs = one.iter().zip(other);
    if pairs.all(|((component, clock), (known, seen))| component == known && clock <= seen) {
        return true;
    }
    let mut rest = other.iter();
    one.iter().all(|(component, clock)| {
        let found = rest.find(|(known, _)| known >= component);
        found.is_some_and(|(known, seen)| known == component && clock <= seen)
    })
}
