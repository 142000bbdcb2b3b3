//! Calls between services over all traces.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Figures, LinkType, Pair, count};

/// Calls of one service to another by one means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceEdge {
    /// The caller.
    pub from_service: String,
    /// The callee.
    pub to_service: String,
    /// The means.
    pub link_type: LinkType,
    /// How many calls there are.
    pub call_count: u64,
}

/// The services next to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDependencies {
    /// Its name.
    pub service_name: String,
    /// Whom it calls: most calls first, then by name.
    pub calls_to: Vec<Neighbour>,
    /// Who calls it: most calls first, then by name.
    pub called_by: Vec<Neighbour>,
}

/// A service next to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Neighbour {
    /// The neighbour's name, whichever of the two calls.
    pub to: String,
    /// How many calls there are.
    pub total_calls: u64,
    /// How many traces have such a call.
    pub trace_count: u64,
}

impl Figures {
    /// Who calls whom and how: most calls first, then by names.
    #[must_use]
    pub fn edges(&self) -> Vec<ServiceEdge> {
        let totals = self.calls.totals().filter(|&(_, calls)| calls > 0);
        let mut edges: Vec<_> = totals
            .map(|((pair, link_type), calls)| ServiceEdge {
                from_service: pair.from.clone(),
                to_service: pair.to.clone(),
                link_type: *link_type,
                call_count: count(calls),
            })
            .collect();
        edges.sort_by_key(|edge| Reverse(edge.call_count));
        edges
    }

    /// The neighbours of a service; none of an unknown one.
    #[must_use]
    pub fn service_dependencies(&self, service: &str) -> ServiceDependencies {
        let calls = self.calls_by_pair();
        let to = calls.iter().filter(|(pair, _)| pair.from == service);
        let by = calls.iter().filter(|(pair, _)| pair.to == service);
        ServiceDependencies {
            service_name: service.to_owned(),
            calls_to: most_first(to.map(|(pair, &calls)| self.neighbour(pair, &pair.to, calls))),
            called_by: most_first(by.map(|(pair, &calls)| self.neighbour(pair, &pair.from, calls))),
        }
    }

    /// Calls by whatever means.
    pub(super) fn calls_by_pair(&self) -> BTreeMap<&Pair, u64> {
        let mut pairs = BTreeMap::new();
        for ((pair, _), calls) in self.calls.totals().filter(|&(_, calls)| calls > 0) {
            *pairs.entry(pair).or_default() += count(calls);
        }
        pairs
    }

    fn neighbour(&self, pair: &Pair, name: &str, total_calls: u64) -> Neighbour {
        let traces = self.calling_traces.total(pair, i64::MIN..i64::MAX);
        Neighbour { to: name.to_owned(), total_calls, trace_count: count(traces) }
    }
}

fn most_first(neighbours: impl Iterator<Item = Neighbour>) -> Vec<Neighbour> {
    let mut neighbours: Vec<_> = neighbours.collect();
    neighbours.sort_by_key(|neighbour| Reverse(neighbour.total_calls));
    neighbours
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::calls::Call;
    use crate::figures::{Figures, LinkType};
    use crate::testing::{event, number, trace};

    #[test]
    fn an_entry_tells_by_what_means_it_was_called() {
        let grpc = json!({ "Content-Type": "application/grpc+proto" });
        let trace = trace([
            event("a").of("web"),
            event("b").of("bank").kind("HttpRequest").field("method", "GET"),
            event("c").of("bank").kind("HttpRequest").field("headers", grpc),
            event("d").of("bank").kind("DatabaseQuery"),
            event("e").of("bank").kind("FunctionCall"),
            event("f").of("bank").kind("DatabaseQuery"),
        ]);
        let caller = number(&trace, "a");
        let calls: Vec<_> =
            ["b", "c", "d", "e", "f"].map(|id| Call { caller, entry: number(&trace, id) }).into();
        let figures = Figures::of(&trace, &calls);
        let edges: Vec<_> =
            figures.edges().iter().map(|edge| (edge.link_type, edge.call_count)).collect();
        let expected = [
            (LinkType::DatabaseQuery, 2),
            (LinkType::HttpCall, 1),
            (LinkType::GrpcCall, 1),
            (LinkType::Custom, 1),
        ];
        assert_eq!(edges, expected);
        let bank = figures.service_dependencies("bank");
        assert_eq!((bank.calls_to.len(), bank.called_by.len()), (0, 1));
        assert_eq!((bank.called_by[0].total_calls, bank.called_by[0].trace_count), (5, 1));
    }
}
