//! What is read.

use std::cmp::Reverse;

use raceway_model::{ListedTrace, Timestamp, TracePage, TraceQuery};

use super::{Events, MemoryStore};
use crate::id::Id;

/// Which traces to export.
#[derive(Clone, Debug, Default)]
pub struct TraceFilter {
    /// Traces that start at this instant or later.
    pub from: Option<Timestamp>,
    /// Traces that start before this instant.
    pub until: Option<Timestamp>,
    /// Traces whose last event is at this instant or later.
    pub ended_since: Option<Timestamp>,
    /// Only traces in which this service took part.
    pub service: Option<String>,
}

impl MemoryStore {
    /// The events of a trace, in their order.
    #[must_use]
    pub fn events(&self, trace_id: &str) -> Option<Events> {
        // Reading takes longer than others should wait for the entry.
        Some(Events::new(trace_id, self.chunks(&Id::of(trace_id))?))
    }

    /// What a list says of a trace; `None` where there is none.
    #[must_use]
    pub fn listed_trace(&self, trace_id: &str) -> Option<ListedTrace> {
        self.listed(&Id::of(trace_id))
    }

    /// One page of traces, newest first.
    #[must_use]
    pub fn page(&self, query: &TraceQuery) -> TracePage {
        if !query.matches_all() {
            return self.filtered_page(query);
        }
        let ids = self.order.page(query.after.as_ref(), query.skip, query.page_size as usize);
        let traces = ids.iter().filter_map(|id| self.listed(id)).collect();
        TracePage { traces, total: self.usage().traces }
    }

    /// Looks at every trace: some 30 ns each.
    fn filtered_page(&self, query: &TraceQuery) -> TracePage {
        let mut found: Vec<Reverse<(Timestamp, Id)>> = self
            .traces
            .iter()
            .filter(|trace| query.matches(trace.event_count, &trace.names.services))
            .map(|trace| Reverse((trace.start_time, trace.key().clone())))
            .collect();
        let total = found.len() as u64;
        if let Some(after) = &query.after {
            let after = (after.start_time, Id::of(&after.trace_id));
            found.retain(|Reverse(place)| *place < after);
        }
        found.sort_unstable();
        let page = found.iter().skip(query.skip).take(query.page_size as usize);
        let listed = |Reverse((_, id)): &Reverse<(Timestamp, Id)>| self.listed(id);
        TracePage { traces: page.filter_map(listed).collect(), total }
    }

    /// When the newest event happened. Looks at every trace.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.traces.iter().map(|trace| trace.end_time).max()
    }

    /// Ids of the traces that match, oldest first.
    #[must_use]
    pub fn trace_ids(&self, filter: &TraceFilter) -> Vec<String> {
        let TraceFilter { from, until, ended_since, service } = filter;
        let takes_all = ended_since.is_none() && service.is_none();
        let matches = |id: &Id| {
            self.traces.get(id).is_some_and(|trace| {
                ended_since.is_none_or(|since| trace.end_time >= since)
                    && service.as_ref().is_none_or(|name| trace.names.services.contains(name))
            })
        };
        let ids = self.order.oldest_first(*from, *until).into_iter();
        ids.filter(|id| takes_all || matches(id)).map(|id| id.text().into_owned()).collect()
    }
}
