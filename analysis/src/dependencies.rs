//! Which services a trace touched, and which of them called which.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::calls::Call;
use crate::names::Name;
use crate::trace::{EventNo, Trace};

/// The services of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TraceDependencies {
    /// The trace.
    pub trace_id: String,
    /// Its services by name.
    pub services: Vec<TracedService>,
    /// Calls from one of them to another, most calls first, then by name.
    pub dependencies: Vec<Dependency>,
}

/// A service of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TracedService {
    /// Its name.
    pub name: String,
    /// How many events of the trace are its own.
    pub event_count: u64,
}

/// Calls of one service to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Dependency {
    /// The caller.
    pub from: String,
    /// The callee.
    pub to: String,
    /// How many calls there are.
    pub call_count: u64,
}

/// A call from a service to another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceCall {
    pub(crate) from: Name,
    pub(crate) to: Name,
    pub(crate) entry: EventNo,
}

/// The calls between different services.
pub(crate) fn service_calls(trace: &Trace, calls: &[Call]) -> impl Iterator<Item = ServiceCall> {
    let calls = calls.iter().map(|call| ServiceCall {
        from: trace.event(call.caller).service,
        to: trace.event(call.entry).service,
        entry: call.entry,
    });
    calls.filter(|call| call.from != call.to)
}

/// The services of a trace, with the calls between different ones.
#[must_use]
pub fn trace_dependencies(trace: &Trace, calls: &[Call]) -> TraceDependencies {
    let mut events: BTreeMap<&str, u64> = BTreeMap::new();
    for event in trace.events() {
        *events.entry(trace.text(event.service)).or_default() += 1;
    }
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for call in service_calls(trace, calls) {
        *counts.entry((trace.text(call.from), trace.text(call.to))).or_default() += 1;
    }
    let mut dependencies: Vec<_> = counts.into_iter().map(dependency).collect();
    dependencies.sort_by_key(|dependency| std::cmp::Reverse(dependency.call_count));
    let services = events
        .into_iter()
        .map(|(name, event_count)| TracedService { name: name.to_owned(), event_count })
        .collect();
    TraceDependencies { trace_id: trace.id.clone(), services, dependencies }
}

fn dependency(((from, to), call_count): ((&str, &str), u64)) -> Dependency {
    Dependency { from: from.to_owned(), to: to.to_owned(), call_count }
}

#[cfg(test)]
mod tests {
    use super::{Dependency, trace_dependencies};
    use crate::calls::Call;
    use crate::testing::{event, number, trace};

    #[test]
    fn a_call_within_a_service_is_no_dependency() {
        let trace = trace([event("a").of("web"), event("b").of("bank"), event("c").of("web")]);
        let call =
            |caller, entry| Call { caller: number(&trace, caller), entry: number(&trace, entry) };
        let found = trace_dependencies(&trace, &[call("a", "b"), call("a", "c")]);
        let expected = Dependency { from: "web".into(), to: "bank".into(), call_count: 1 };
        assert_eq!(found.dependencies, [expected]);
        let services = found.services.iter().map(|service| (&*service.name, service.event_count));
        assert_eq!(services.collect::<Vec<_>>(), [("bank", 1), ("web", 2)]);
    }
}
