//! The variables with most accesses, and the services with most calls.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Figures, count};

/// Where most happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hotspots {
    /// Most accesses first, then by name.
    pub top_variables: Vec<VariableHotspot>,
    /// Most calls first, then by names.
    pub top_service_calls: Vec<CallHotspot>,
}

/// A variable by name, in whichever services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariableHotspot {
    /// Its name.
    pub variable: String,
    /// How often it was accessed.
    pub access_count: u64,
    /// How many traces access it.
    pub trace_count: u64,
    /// The services that access it, by name.
    pub services: Vec<String>,
}

/// Calls between two services by whatever means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallHotspot {
    /// The caller.
    pub from_service: String,
    /// The callee.
    pub to_service: String,
    /// How many calls there are.
    pub call_count: u64,
}

impl Figures {
    /// At most so many hotspots of each sort.
    #[must_use]
    pub fn hotspots(&self, limit: usize) -> Hotspots {
        Hotspots {
            top_variables: self.top_variables(limit),
            top_service_calls: self.top_service_calls(limit),
        }
    }

    fn top_variables(&self, limit: usize) -> Vec<VariableHotspot> {
        let mut variables: BTreeMap<&String, (u64, BTreeSet<&str>)> = BTreeMap::new();
        for (variable, accesses) in self.accesses.totals().filter(|&(_, accesses)| accesses > 0) {
            let (total, services) = variables.entry(&variable.name).or_default();
            *total += count(accesses);
            services.insert(&variable.service);
        }
        let variables = most_first(variables, limit, |(accesses, _)| *accesses).into_iter();
        variables
            .map(|(variable, (access_count, services))| VariableHotspot {
                variable: variable.clone(),
                access_count,
                trace_count: count(self.accessing_traces.total(variable, i64::MIN..i64::MAX)),
                services: services.into_iter().map(str::to_owned).collect(),
            })
            .collect()
    }

    fn top_service_calls(&self, limit: usize) -> Vec<CallHotspot> {
        let pairs = most_first(self.calls_by_pair(), limit, |&calls| calls).into_iter();
        pairs
            .map(|(pair, call_count)| CallHotspot {
                from_service: pair.from.clone(),
                to_service: pair.to.clone(),
                call_count,
            })
            .collect()
    }
}

/// Those with the greatest counts, ties in order of their keys.
fn most_first<K: Ord, V>(
    counted: BTreeMap<K, V>,
    limit: usize,
    count: impl Fn(&V) -> u64,
) -> Vec<(K, V)> {
    let mut all: Vec<_> = counted.into_iter().collect();
    all.sort_by_key(|(_, value)| Reverse(count(value)));
    all.truncate(limit);
    all
}

#[cfg(test)]
mod tests {
    use crate::figures::Figures;
    use crate::testing::{event, trace};

    #[test]
    fn a_variable_is_hot_by_name_over_all_services() {
        let trace = trace([
            event("a").of("web").read("x"),
            event("b").of("bank").write("x"),
            event("c").of("bank").write("b"),
            event("d").of("bank").write("a"),
        ]);
        let hotspots = Figures::of(&trace, &[]).hotspots(2);
        let names: Vec<_> =
            hotspots.top_variables.iter().map(|hot| (&*hot.variable, hot.access_count)).collect();
        assert_eq!(names, [("x", 2), ("a", 1)]);
        assert_eq!(hotspots.top_variables[0].services, ["bank", "web"]);
        assert_eq!(hotspots.top_variables[0].trace_count, 1);
    }
}
