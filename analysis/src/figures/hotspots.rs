//! The variables with most accesses, and the services with most calls.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Figures, NameId, Names, count};

/// Where most happens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hotspots {
    /// Most accesses first, then by name.
    pub top_variables: Vec<VariableHotspot>,
    /// Most calls first, then by names.
    pub top_service_calls: Vec<CallHotspot>,
}

/// A variable by name, in whichever services.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
    pub fn hotspots(&self, names: &Names, limit: usize) -> Hotspots {
        Hotspots {
            top_variables: self.top_variables(names, limit),
            top_service_calls: self.top_service_calls(names, limit),
        }
    }

    fn top_variables(&self, names: &Names, limit: usize) -> Vec<VariableHotspot> {
        let accesses = self.accesses.by(|variable| variable.name);
        let mut variables: Vec<_> = accesses
            .iter()
            .filter(|&(_, &accesses)| accesses > 0)
            .map(|(variable, &accesses)| (Reverse(accesses), names.text(variable), variable))
            .collect();
        variables.sort_unstable();
        variables.truncate(limit);
        let mut services = self.services_by_variable(names);
        let hotspots = variables.into_iter().map(|(Reverse(accesses), name, variable)| {
            let services = services.remove(&variable).unwrap_or_default();
            VariableHotspot {
                variable: name.to_owned(),
                access_count: count(accesses),
                trace_count: count(self.accessing_traces.get(variable)),
                services: services.into_iter().map(str::to_owned).collect(),
            }
        });
        hotspots.collect()
    }

    fn services_by_variable<'n>(&self, names: &'n Names) -> BTreeMap<NameId, BTreeSet<&'n str>> {
        let mut services: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for variable in self.accesses.keys() {
            services.entry(variable.name).or_default().insert(names.text(variable.service));
        }
        services
    }

    fn top_service_calls(&self, names: &Names, limit: usize) -> Vec<CallHotspot> {
        let calls = self.calls_by_pair().into_iter();
        let mut calls: Vec<_> = calls
            .map(|(pair, calls)| (Reverse(calls), names.text(pair.from), names.text(pair.to)))
            .collect();
        calls.sort_unstable();
        calls.truncate(limit);
        let hotspots = calls.into_iter().map(|(Reverse(call_count), from, to)| CallHotspot {
            from_service: from.to_owned(),
            to_service: to.to_owned(),
            call_count,
        });
        hotspots.collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::figures::{Names, Timeline};
    use crate::testing::{event, trace};

    #[test]
    fn a_variable_is_hot_by_name_over_all_services() {
        let trace = trace([
            event("a").of("web").read("x"),
            event("b").of("bank").write("x"),
            event("c").of("bank").write("b"),
            event("d").of("bank").write("a"),
        ]);
        let mut names = Names::default();
        let hotspots = Timeline::of(&trace, &[], &mut names).total().hotspots(&names, 2);
        let names: Vec<_> =
            hotspots.top_variables.iter().map(|hot| (&*hot.variable, hot.access_count)).collect();
        assert_eq!(names, [("x", 2), ("a", 1)]);
        assert_eq!(hotspots.top_variables[0].services, ["bank", "web"]);
        assert_eq!(hotspots.top_variables[0].trace_count, 1);
    }
}
