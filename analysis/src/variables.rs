//! Which event accesses which variable.

use foldhash::{HashMap, HashMapExt};

use crate::Options;
use crate::names::Name;
use crate::trace::{Event, Trace};

/// A variable: of one service, or one that services share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Variable {
    pub(crate) name: Name,
    /// `None` for one that services share.
    pub(crate) service: Option<Name>,
}

/// The variable of an event that accesses none.
pub(crate) const NO_ACCESS: u32 = u32::MAX;

/// The variables of a trace, in order of services and names.
#[derive(Debug)]
pub(crate) struct Variables {
    pub(crate) all: Vec<Variable>,
    /// Of each event, the number of the variable that it accesses.
    pub(crate) of_event: Vec<u32>,
}

impl Variables {
    pub(crate) fn of(trace: &Trace, options: &Options) -> Self {
        let shared = options.shared_variables.iter().filter_map(|name| trace.names().get(name));
        let shared: Vec<Name> = shared.collect();
        let mut numbers: HashMap<Variable, u32> = HashMap::new();
        let mut all = Vec::new();
        let number_of = |event: &Event| {
            let Some(access) = event.access else { return NO_ACCESS };
            let service = (!shared.contains(&access.variable)).then_some(event.service);
            let variable = Variable { name: access.variable, service };
            *numbers.entry(variable).or_insert_with(|| {
                all.push(variable);
                number(all.len() - 1)
            })
        };
        let of_event = trace.events().iter().map(number_of).collect();
        Variables { all, of_event }.sorted(trace)
    }

    fn sorted(self, trace: &Trace) -> Self {
        let mut order: Vec<u32> = (0..number(self.all.len())).collect();
        order.sort_unstable_by_key(|&variable| {
            let Variable { name, service } = self.all[variable as usize];
            (service.map(|service| trace.text(service)), trace.text(name))
        });
        let mut ranks = vec![0; self.all.len()];
        for (rank, &variable) in (0..).zip(&order) {
            ranks[variable as usize] = rank;
        }
        let mut of_event = self.of_event;
        for variable in of_event.iter_mut().filter(|variable| **variable != NO_ACCESS) {
            *variable = ranks[*variable as usize];
        }
        let all = order.iter().map(|&variable| self.all[variable as usize]).collect();
        Variables { all, of_event }
    }

    /// Where the accesses of each variable start, if those of one are put together, and where those of the
    /// last one end.
    pub(crate) fn starts(&self) -> Vec<u32> {
        let mut starts = vec![0; self.all.len() + 1];
        for &variable in self.of_event.iter().filter(|&&variable| variable != NO_ACCESS) {
            starts[variable as usize + 1] += 1;
        }
        for variable in 0..self.all.len() {
            starts[variable + 1] += starts[variable];
        }
        starts
    }
}

/// A count as the number of what comes next.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).expect("no more than events")
}
