//! Which event accesses which variable.

use foldhash::{HashMap, HashMapExt};

use crate::Options;
use crate::names::Name;
use crate::trace::Trace;

/// A variable: of one service, or one that services share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Variable {
    name: Name,
    /// `None` for one that services share.
    service: Option<Name>,
}

/// The variable of an event that accesses none.
pub(super) const NO_ACCESS: u32 = u32::MAX;

/// How many variables there are, and of each event the number of the one that it accesses.
pub(super) fn variables(trace: &Trace, options: &Options) -> (usize, Vec<u32>) {
    let shared = options.shared_variables.iter().filter_map(|name| trace.names().get(name));
    let shared: Vec<Name> = shared.collect();
    let mut numbers: HashMap<Variable, u32> = HashMap::new();
    let mut variables = Vec::new();
    let mut variable_of: Vec<u32> = trace
        .events()
        .iter()
        .map(|event| {
            let Some(access) = event.access else { return NO_ACCESS };
            let service = (!shared.contains(&access.variable)).then_some(event.service);
            let variable = Variable { name: access.variable, service };
            *numbers.entry(variable).or_insert_with(|| {
                variables.push(variable);
                number(variables.len() - 1)
            })
        })
        .collect();
    let ranks = ranks(trace, &variables);
    for variable in variable_of.iter_mut().filter(|variable| **variable != NO_ACCESS) {
        *variable = ranks[*variable as usize];
    }
    (variables.len(), variable_of)
}

/// The place of each variable in order of services and names.
fn ranks(trace: &Trace, variables: &[Variable]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..number(variables.len())).collect();
    order.sort_unstable_by_key(|&variable| {
        let Variable { name, service } = variables[variable as usize];
        (service.map(|service| trace.text(service)), trace.text(name))
    });
    let mut ranks = vec![0; variables.len()];
    for (rank, &variable) in (0..).zip(&order) {
        ranks[variable as usize] = rank;
    }
    ranks
}

/// Where the accesses of each variable start, and where those of the last one end.
pub(super) fn starts(count: usize, variable_of: &[u32]) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    for &variable in variable_of.iter().filter(|&&variable| variable != NO_ACCESS) {
        starts[variable as usize + 1] += 1;
    }
    for variable in 0..count {
        starts[variable + 1] += starts[variable];
    }
    starts
}

/// A count as the number of what comes next.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).expect("no more than events")
}
