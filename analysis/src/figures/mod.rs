//! What spans all traces, as sums that can be added in any order and taken back exactly.
//!
//! A store counts each trace once. It adds what the trace contributes ([`Timeline::of`]) to its
//! [pages](Timeline::pages), and keeps those bytes with the trace: when the trace gets events or is deleted,
//! just that is taken back, as a trace's duration and its calls are not those of its parts. Each contribution
//! happens at one time, so figures of disjoint times add up, and a [`Cover`] says of which pages a time is made.
//!
//! Keys are numbers of [`Names`], which answers spell out.

mod collect;
mod cover;
mod edges;
mod encode;
mod hotspots;
mod kept;
mod keys;
mod latest;
mod memory;
mod names;
mod page_sums;
mod pages;
mod part;
mod performance;
mod quantiles;
mod series;
mod services;
mod sums;
pub mod tables;
mod timeline;
mod varint;
mod window;

pub use cover::Cover;
pub use edges::{Neighbour, ServiceDependencies, ServiceEdge};
pub use hotspots::{CallHotspot, Hotspots, VariableHotspot};
pub use kept::KeptFigures;
pub use keys::{LinkType, Operation, Pair, Variable};
use latest::newest_seconds;
pub use names::{NameId, Names};
pub use page_sums::PageSums;
pub use pages::{Page, Width};
pub use part::Part;
pub use performance::{
    EventPerformance, KindLatency, Performance, ServiceLatency, SlowTrace, Throughput,
    TraceLatency, slowest,
};
pub use quantiles::Quantiles;
pub use series::{Series, Sums};
pub use services::{Health, Service, ServiceHealth};
pub use sums::{DurationSums, ServiceSums, TraceSums};
pub use timeline::{ALWAYS, SECOND, Timeline, second_of};
pub use window::Window;

/// Sums over any number of traces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// By service.
    pub services: Series<NameId, ServiceSums>,
    /// By operation: there can be many.
    pub operations: Series<Operation, DurationSums>,
    /// All traces.
    pub traces: TraceSums,
    /// Accesses by variable and service.
    pub accesses: Series<Variable, i64>,
    /// By name of a variable, the traces that access it, when they last do.
    pub accessing_traces: Series<NameId, i64>,
    /// Calls between different services.
    pub calls: Series<(Pair, LinkType), i64>,
    /// The traces with such a call, when they have their last one.
    pub calling_traces: Series<Pair, i64>,
}

impl Figures {
    /// Adds other figures.
    pub fn merge(&mut self, other: &Self) {
        self.add_all(other, 1);
    }

    /// Takes back what was added.
    pub fn subtract(&mut self, other: &Self) {
        self.add_all(other, -1);
    }

    fn add_all(&mut self, other: &Self, times: i64) {
        self.services.add_all(&other.services, times);
        self.operations.add_all(&other.operations, times);
        self.traces.add_all(&other.traces, times);
        self.accesses.add_all(&other.accesses, times);
        self.accessing_traces.add_all(&other.accessing_traces, times);
        self.calls.add_all(&other.calls, times);
        self.calling_traces.add_all(&other.calling_traces, times);
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        Part::ALL.into_iter().all(|part| self.lack(part))
    }

    /// The numbers of the names in them, some more than once.
    fn names(&self) -> impl Iterator<Item = NameId> {
        let operations = self.operations.keys().flat_map(Operation::names);
        let accesses = self.accesses.keys().flat_map(Variable::names);
        let calls = self.calls.keys().flat_map(|(pair, _)| pair.names());
        let names = self.services.keys().chain(operations).chain(accesses);
        let names = names.chain(self.accessing_traces.keys()).chain(calls);
        names.chain(self.calling_traces.keys().flat_map(Pair::names))
    }

    /// The same with other numbers for names.
    #[must_use]
    pub fn renumbered(&self, number: impl Fn(NameId) -> NameId) -> Self {
        Figures {
            services: self.services.by(&number),
            operations: self.operations.by(|operation| operation.renumbered(&number)),
            traces: self.traces.clone(),
            accesses: self.accesses.by(|variable| variable.renumbered(&number)),
            accessing_traces: self.accessing_traces.by(&number),
            calls: self.calls.by(|(pair, link_type)| (pair.renumbered(&number), link_type)),
            calling_traces: self.calling_traces.by(|pair| pair.renumbered(&number)),
        }
    }
}

/// A count as answers give it.
fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
