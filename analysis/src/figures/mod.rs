//! What spans all traces, as sums that can be added in any order and taken back exactly.
//!
//! A trace contributes [`Figures::of`] it. When it gets events, its figures from before are taken back and
//! the new ones added, as a trace's duration and its calls are not those of its parts. Each contribution
//! happens at one time and is counted in the bucket of that time: so figures of disjoint times add up, and a
//! [`Window`] whose borders lie within minutes is that of the whole minutes in it, plus
//! [`within`](Figures::within) of the traces that have events at its borders.

mod collect;
mod edges;
mod hotspots;
mod performance;
mod quantiles;
mod series;
mod services;
mod sums;
mod tally;
mod window;

use std::ops::Range;

use serde::Serialize;

pub use edges::{Neighbour, ServiceDependencies, ServiceEdge};
pub use hotspots::{CallHotspot, Hotspots, VariableHotspot};
pub use performance::{
    EventPerformance, KindLatency, Performance, ServiceLatency, SlowTrace, Throughput,
    TraceLatency, slowest,
};
pub use quantiles::Quantiles;
pub use series::{Series, Sums};
pub use services::{Health, Service, ServiceHealth};
pub use sums::{DurationSums, ServiceSums, TraceSums};
pub use tally::Tally;
pub use window::{Window, Windowed};

use crate::trace::{EventNo, Trace};

/// Microseconds of a bucket of services, operations, kinds and traces.
pub const MINUTE: i64 = 60_000_000;

/// Microseconds of a bucket of variables and calls: no answer about them has a window, buckets only bound
/// what a removal touches.
pub const DAY: i64 = 1440 * MINUTE;

/// Events with a duration that do the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The service that does it.
    pub service: String,
    /// As [`Trace::operation`](crate::Trace::operation) says it.
    pub name: String,
}

/// Events with a duration of one variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The service that recorded them.
    pub service: String,
    /// The variant.
    pub kind: String,
}

impl Operation {
    /// What an event does.
    pub(crate) fn of(trace: &Trace, event: EventNo) -> Self {
        let service = trace.text(trace.event(event).service);
        Operation { service: service.to_owned(), name: trace.operation(event) }
    }
}

/// A variable in a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// A service that accesses it.
    pub service: String,
}

/// Two different services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The caller.
    pub from: String,
    /// The callee.
    pub to: String,
}

/// By what means a service calls another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum LinkType {
    /// A request of HTTP.
    HttpCall,
    /// A request of gRPC.
    GrpcCall,
    /// A query.
    DatabaseQuery,
    /// Anything else.
    Custom,
}

impl LinkType {
    /// Its name, as answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LinkType::HttpCall => "HttpCall",
            LinkType::GrpcCall => "GrpcCall",
            LinkType::DatabaseQuery => "DatabaseQuery",
            LinkType::Custom => "Custom",
        }
    }
}

/// Sums over any number of traces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// By service, in minutes.
    pub services: Series<String, ServiceSums>,
    /// By operation, in minutes: there can be many.
    pub operations: Series<Operation, DurationSums>,
    /// The same by kind, of which there are few, in minutes.
    pub kinds: Series<Kind, DurationSums>,
    /// All traces, in minutes.
    pub traces: Series<(), TraceSums>,
    /// Accesses by variable and service, in days.
    pub accesses: Series<Variable, i64>,
    /// By name of a variable, the traces that access it, on the day of their last access.
    pub accessing_traces: Series<String, i64>,
    /// Calls between different services, in days.
    pub calls: Series<(Pair, LinkType), i64>,
    /// The traces with such a call, on the day of their last one.
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
        self.kinds.add_all(&other.kinds, times);
        self.traces.add_all(&other.traces, times);
        self.accesses.add_all(&other.accesses, times);
        self.accessing_traces.add_all(&other.accessing_traces, times);
        self.calls.add_all(&other.calls, times);
        self.calling_traces.add_all(&other.calling_traces, times);
    }
}

/// The start of the bucket of a time.
fn bucket(time: i64, width: i64) -> i64 {
    time.div_euclid(width) * width
}

/// The part of a time's minute that lies before it: what whole minutes before it lack.
#[must_use]
pub fn minute_before(time: i64) -> Range<i64> {
    bucket(time, MINUTE)..time
}

/// A count as answers give it.
fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
