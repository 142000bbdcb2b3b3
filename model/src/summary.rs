//! What the table `traces` says of a trace's events.

use std::collections::BTreeSet;

use crate::{Event, Timestamp};

/// Taken off the rank of roots, so that any root comes before any other event.
const ROOT_PRECEDENCE: i64 = 1 << 62;

/// The place of an event among those that may name their trace: roots first, then by time.
fn name_rank(is_root: bool, timestamp: Timestamp) -> i64 {
    timestamp.micros() - if is_root { ROOT_PRECEDENCE } else { 0 }
}

/// A trace in one row: the same columns as `traces`.
///
/// Adding events in any order, or merging summaries in any order, gives the same summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSummary {
    /// Rank and name of the service that names the trace: that of its first root, else of its
    /// first event, among the events that name a service.
    pub name: Option<(i64, String)>,
    /// Every service of the trace, by name.
    pub services: BTreeSet<String>,
    /// The earliest event.
    pub start_time: Timestamp,
    /// The latest event.
    pub end_time: Timestamp,
    /// How many events the trace has.
    pub event_count: u64,
}

impl TraceSummary {
    /// The summary of a trace of one event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let rank = name_rank(event.is_root(), event.timestamp);
        TraceSummary {
            name: event.service_name.as_deref().map(|service| (rank, service.to_owned())),
            services: event.service_name.as_deref().map(str::to_owned).into_iter().collect(),
            start_time: event.timestamp,
            end_time: event.timestamp,
            event_count: 1,
        }
    }

    /// Adds one more event of the trace.
    pub fn add(&mut self, event: &Event) {
        self.start_time = self.start_time.min(event.timestamp);
        self.end_time = self.end_time.max(event.timestamp);
        self.event_count += 1;
        let Some(service) = event.service_name.as_deref() else { return };
        let rank = name_rank(event.is_root(), event.timestamp);
        let named_by = (rank, service);
        if self.name.as_ref().is_none_or(|(rank, name)| named_by < (*rank, name.as_str())) {
            self.name = Some((rank, service.to_owned()));
        }
        if !self.services.contains(service) {
            self.services.insert(service.to_owned());
        }
    }

    /// Adds the events of another part of the trace.
    pub fn merge(&mut self, other: Self) {
        self.start_time = self.start_time.min(other.start_time);
        self.end_time = self.end_time.max(other.end_time);
        self.event_count += other.event_count;
        self.services.extend(other.services);
        self.name = match (self.name.take(), other.name) {
            (Some(name), Some(other)) => Some(name.min(other)),
            (name, other) => name.or(other),
        };
    }

    /// The place of the event that names the trace, among those that may.
    #[must_use]
    pub fn name_rank(&self) -> Option<i64> {
        self.name.as_ref().map(|&(rank, _)| rank)
    }

    /// The service that names the trace.
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        self.name.as_ref().map(|(_, service)| service.as_str())
    }
}
