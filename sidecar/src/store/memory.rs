//! The store in memory: a map from trace id to everything of that trace.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use dashmap::DashMap;
use raceway_model::{Event, EventKey, TraceSummary, parse_batch};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Counts, Ingested, ListedTrace, Store, StoreError, TracePage, TraceQuery};

/// Events by trace. Nothing that must hold spans two entries of the map.
#[derive(Default)]
pub(crate) struct MemoryStore {
    traces: DashMap<String, Trace>,
}

struct Trace {
    summary: TraceSummary,
    events: BTreeMap<EventKey, Event<'static>>,
}

impl Trace {
    fn of(event: Event) -> Self {
        let summary = TraceSummary::of(&event);
        Trace { summary, events: BTreeMap::from([(event.key(), event.into_owned())]) }
    }

    /// Returns whether the event was new.
    fn add(&mut self, event: Event) -> bool {
        let Entry::Vacant(place) = self.events.entry(event.key()) else { return false };
        self.summary.add(&event);
        place.insert(event.into_owned());
        true
    }
}

impl MemoryStore {
    /// Returns whether the event was new.
    fn add(&self, event: Event) -> bool {
        match self.traces.entry(event.trace_id.clone().into_owned()) {
            dashmap::Entry::Occupied(mut trace) => trace.get_mut().add(event),
            dashmap::Entry::Vacant(place) => {
                place.insert(Trace::of(event));
                true
            }
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn is_durable(&self) -> bool {
        false
    }

    async fn ingest(&self, body: String) -> Result<Ingested, StoreError> {
        let batch = parse_batch(&body).map_err(|error| StoreError::Refused(error.to_string()))?;
        let sent = batch.events.len();
        let accepted =
            batch.events.into_iter().map(|event| self.add(event)).filter(|&new| new).count();
        Ok(Ingested { accepted, duplicates: sent - accepted, rejected: batch.rejections })
    }

    async fn trace(&self, trace_id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let Some(trace) = self.traces.get(trace_id) else { return Ok(None) };
        let events: Vec<String> = trace.events.values().map(Event::to_json).collect();
        drop(trace);
        let json =
            format!("{{\"trace_id\":{},\"events\":[{}]}}", json!(trace_id), events.join(","));
        RawValue::from_string(json)
            .map(Some)
            .map_err(|error| StoreError::Internal(error.to_string()))
    }

    async fn traces(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        let mut found: Vec<ListedTrace> = self
            .traces
            .iter()
            .filter(|trace| is_wanted(&trace.summary, query))
            .map(|trace| listed(trace.key(), &trace.summary))
            .collect();
        found.sort_unstable_by(|a, b| {
            (Reverse(a.start_time), Reverse(&a.trace_id))
                .cmp(&(Reverse(b.start_time), Reverse(&b.trace_id)))
        });
        let total = found.len() as u64;
        let offset = usize::try_from(query.offset()).unwrap_or(usize::MAX);
        let traces = found.into_iter().skip(offset).take(query.page_size as usize).collect();
        Ok(TracePage { traces, total })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let events = self.traces.iter().map(|trace| trace.summary.event_count).sum();
        Ok(Counts { events, traces: self.traces.len() as u64 })
    }
}

fn is_wanted(summary: &TraceSummary, query: &TraceQuery) -> bool {
    summary.event_count >= u64::from(query.min_events)
        && query.service.as_ref().is_none_or(|service| summary.services.contains(service))
}

fn listed(trace_id: &str, summary: &TraceSummary) -> ListedTrace {
    ListedTrace {
        trace_id: trace_id.to_owned(),
        service_name: summary.service_name().map(str::to_owned),
        services: summary.services.iter().cloned().collect(),
        start_time: summary.start_time,
        end_time: summary.end_time,
        event_count: summary.event_count,
    }
}
