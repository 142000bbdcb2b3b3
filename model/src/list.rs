//! Lists of traces: what is asked for, and what is answered.

use std::collections::BTreeSet;

use crate::Timestamp;

/// Which traces to list.
#[derive(Clone, Debug, Default)]
pub struct TraceQuery {
    /// How many traces are left out before the page.
    pub skip: usize,
    /// How many traces the page has at most.
    pub page_size: u32,
    /// Only traces that come after this one in the list. Unlike `skip` it names the same place when
    /// new traces have come.
    pub after: Option<TracePlace>,
    /// Only traces in which this service took part.
    pub service: Option<String>,
    /// Only traces of at least so many events.
    pub min_events: u32,
}

impl TraceQuery {
    /// Whether a trace of so many events and these services belongs to the list, on whatever page.
    #[must_use]
    pub fn matches(&self, event_count: u64, services: &BTreeSet<String>) -> bool {
        event_count >= u64::from(self.min_events)
            && self.service.as_ref().is_none_or(|service| services.contains(service))
    }

    /// Whether every trace belongs to the list.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.min_events <= 1 && self.service.is_none()
    }
}

/// A trace's place in the list: newest start first, of those the greatest id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracePlace {
    /// When the trace started.
    pub start_time: Timestamp,
    /// The trace's id.
    pub trace_id: String,
}

/// One page of traces, and how many there are on all pages.
#[derive(Debug, Default)]
pub struct TracePage {
    /// Newest first.
    pub traces: Vec<ListedTrace>,
    /// Of all traces that match.
    pub total: u64,
}

/// A trace in the list.
#[derive(Debug)]
pub struct ListedTrace {
    /// 1 to 255 characters.
    pub trace_id: String,
    /// The service that names it.
    pub service_name: Option<String>,
    /// Every service of the trace, by name.
    pub services: Vec<String>,
    /// The earliest event.
    pub start_time: Timestamp,
    /// The latest event.
    pub end_time: Timestamp,
    /// How many events the trace has.
    pub event_count: u64,
}
