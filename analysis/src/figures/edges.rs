//! Calls between services over all traces.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Figures, LinkType, Names, Pair, count};

/// Calls of one service to another by one means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ServiceDependencies {
    /// Its name.
    pub service_name: String,
    /// Whom it calls: most calls first, then by name.
    pub calls_to: Vec<Neighbour>,
    /// Who calls it: most calls first, then by name.
    pub called_by: Vec<Neighbour>,
}

/// A service next to another one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
    pub fn edges(&self, names: &Names) -> Vec<ServiceEdge> {
        let known = self.calls.iter().filter(|&(_, &calls)| calls > 0);
        let mut edges: Vec<_> = known
            .map(|((pair, link_type), &calls)| ServiceEdge {
                from_service: names.text(pair.from).to_owned(),
                to_service: names.text(pair.to).to_owned(),
                link_type,
                call_count: count(calls),
            })
            .collect();
        edges.sort_by(|one, other| order(one).cmp(&order(other)));
        edges
    }

    /// The neighbours of a service; none of an unknown one.
    #[must_use]
    pub fn service_dependencies(&self, names: &Names, service: &str) -> ServiceDependencies {
        let (mut calls_to, mut called_by) = (Vec::new(), Vec::new());
        let number = names.get(service);
        for (pair, total_calls) in self.calls_by_pair() {
            let trace_count = count(self.calling_traces.get(pair));
            let neighbour =
                |name| Neighbour { to: names.text(name).to_owned(), total_calls, trace_count };
            if Some(pair.from) == number {
                calls_to.push(neighbour(pair.to));
            } else if Some(pair.to) == number {
                called_by.push(neighbour(pair.from));
            }
        }
        ServiceDependencies {
            service_name: service.to_owned(),
            calls_to: most_first(calls_to),
            called_by: most_first(called_by),
        }
    }

    /// Calls by whatever means.
    pub(super) fn calls_by_pair(&self) -> Vec<(Pair, u64)> {
        let calls = self.calls.by(|(pair, _)| pair);
        let calls = calls.iter().filter(|&(_, &calls)| calls > 0);
        calls.map(|(pair, &calls)| (pair, count(calls))).collect()
    }
}

fn order(edge: &ServiceEdge) -> impl Ord {
    (Reverse(edge.call_count), &*edge.from_service, &*edge.to_service, edge.link_type)
}

fn most_first(mut neighbours: Vec<Neighbour>) -> Vec<Neighbour> {
    let order = |neighbour: &Neighbour| Reverse(neighbour.total_calls);
    neighbours.sort_by(|one, other| order(one).cmp(&order(other)).then(one.to.cmp(&other.to)));
    neighbours
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::calls::Call;
    use crate::figures::{LinkType, Names, Timeline};
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
        let mut names = Names::default();
        let figures = Timeline::of(&trace, &calls, &mut names).total();
        let edges: Vec<_> =
            figures.edges(&names).iter().map(|edge| (edge.link_type, edge.call_count)).collect();
        let expected = [
            (LinkType::DatabaseQuery, 2),
            (LinkType::HttpCall, 1),
            (LinkType::GrpcCall, 1),
            (LinkType::Custom, 1),
        ];
        assert_eq!(edges, expected);
        let bank = figures.service_dependencies(&names, "bank");
        assert_eq!((bank.calls_to.len(), bank.called_by.len()), (0, 1));
        assert_eq!((bank.called_by[0].total_calls, bank.called_by[0].trace_count), (5, 1));
    }
}
