//! The store in memory: a map from trace id to everything of that trace.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use dashmap::DashMap;
use raceway_model::{Batch, Event, EventKey, TraceSummary, parse_batch};
use serde_json::value::RawValue;

use super::export::{self, Export, ExportFilter};
use super::trace_json;
use super::{
    Counts, Ingested, ListedTrace, Read, Readiness, State, Store, StoreError, StoredIn, TracePage,
    TraceQuery,
};
use crate::delivery::Delivery;
use crate::quarantine::{self, QuarantineFile};

/// What an event takes beside its texts: keys, nodes of trees, the headers of allocations.
const EVENT_OVERHEAD_BYTES: usize = 600;

/// Events by trace. Nothing that must hold spans two entries of the map.
#[derive(Default)]
pub(crate) struct MemoryStore {
    traces: DashMap<String, Trace>,
    /// Where what is rejected goes, if anywhere.
    quarantine: Option<QuarantineFile>,
    bound: Option<Bound>,
}

/// Keeps the store below a number of bytes: what was made first goes first.
struct Bound {
    max_bytes: usize,
    bytes: AtomicUsize,
    /// Ids of traces, in the order in which they were made.
    order: Mutex<VecDeque<String>>,
}

struct Trace {
    summary: TraceSummary,
    events: BTreeMap<EventKey, Event<'static>>,
    bytes: usize,
}

impl Trace {
    fn of(event: Event) -> Self {
        let summary = TraceSummary::of(&event);
        let bytes = bytes_of(&event);
        Trace { summary, events: BTreeMap::from([(event.key(), event.into_owned())]), bytes }
    }

    /// Returns whether the event was new.
    fn add(&mut self, event: Event) -> bool {
        let Entry::Vacant(place) = self.events.entry(event.key()) else { return false };
        self.summary.add(&event);
        self.bytes += bytes_of(&event);
        place.insert(event.into_owned());
        true
    }
}

fn bytes_of(event: &Event) -> usize {
    EVENT_OVERHEAD_BYTES + event.template.len() + event.values.len() + 2 * event.event_id.len()
}

impl MemoryStore {
    /// One that keeps rejected events in a file.
    pub(crate) fn with_quarantine(quarantine: QuarantineFile) -> Self {
        MemoryStore { quarantine: Some(quarantine), ..MemoryStore::default() }
    }

    /// One that forgets its oldest traces when it has so many bytes.
    pub(crate) fn bounded(max_bytes: usize) -> Self {
        let bound = Bound { max_bytes, bytes: AtomicUsize::default(), order: Mutex::default() };
        MemoryStore { bound: Some(bound), ..MemoryStore::default() }
    }

    /// Stores the valid events of a batch.
    pub(crate) fn add(&self, batch: Batch) -> Ingested {
        let sent = batch.events.len();
        let accepted =
            batch.events.into_iter().map(|event| self.add_event(event)).filter(|&new| new).count();
        if let Some(bound) = &self.bound {
            self.forget_oldest(bound, bound.max_bytes);
        }
        Ingested {
            accepted,
            duplicates: sent - accepted,
            rejected: batch.rejections,
            stored_in: StoredIn::Memory,
        }
    }

    /// Returns whether the event was new.
    fn add_event(&self, event: Event) -> bool {
        let bytes = bytes_of(&event);
        let is_new = match self.traces.entry(event.trace_id.clone().into_owned()) {
            dashmap::Entry::Occupied(mut trace) => trace.get_mut().add(event),
            dashmap::Entry::Vacant(place) => {
                if let Some(bound) = &self.bound {
                    bound.order().push_back(place.key().clone());
                }
                place.insert(Trace::of(event));
                true
            }
        };
        if let Some(bound) = self.bound.as_ref().filter(|_| is_new) {
            bound.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        is_new
    }

    /// Forgets traces until so many bytes are left.
    fn forget_oldest(&self, bound: &Bound, max_bytes: usize) {
        while bound.bytes.load(Ordering::Relaxed) > max_bytes {
            let Some(trace_id) = bound.order().pop_front() else { return };
            if let Some((_, trace)) = self.traces.remove(&trace_id) {
                bound.bytes.fetch_sub(trace.bytes, Ordering::Relaxed);
            }
        }
    }

    /// Forgets everything, and gives the memory back.
    pub(crate) fn clear(&self) {
        if let Some(bound) = &self.bound {
            self.forget_oldest(bound, 0);
        }
        self.traces.shrink_to_fit();
    }

    /// The events of a trace as JSON, in their order.
    pub(crate) fn events(&self, trace_id: &str) -> Option<BTreeMap<EventKey, String>> {
        let trace = self.traces.get(trace_id)?;
        Some(trace.events.iter().map(|(key, event)| (key.clone(), event.to_json())).collect())
    }

    /// See [`Store::traces`].
    pub(crate) fn page(&self, query: &TraceQuery) -> TracePage {
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
        TracePage { traces, total }
    }

    /// See [`Store::counts`].
    pub(crate) fn count(&self) -> Counts {
        let events = self.traces.iter().map(|trace| trace.summary.event_count).sum();
        Counts { events, traces: self.traces.len() as u64 }
    }
}

impl Bound {
    fn order(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn state(&self) -> State {
        let readiness = Readiness::Ready;
        State { stored_in: StoredIn::Memory, degraded: None, readiness, spool: None }
    }

    async fn ingest(&self, delivery: Arc<Delivery>) -> Result<Ingested, StoreError> {
        let outcome = delivery.read(|text| parse_batch(text).map(|batch| self.add(batch)));
        let outcome = outcome.map_err(|error| error.to_string());
        if let Some(file) = &self.quarantine {
            file.keep(&quarantine::entries(&delivery, &outcome));
        }
        outcome.map_err(StoreError::Refused)
    }

    async fn trace(&self, trace_id: &str) -> Result<Read<Option<Box<RawValue>>>, StoreError> {
        let events = self.events(trace_id);
        let trace = events.map(|events| trace_json::of(trace_id, events.into_values()));
        Ok(Read::all(trace.transpose()?))
    }

    async fn traces(&self, query: &TraceQuery) -> Result<Read<TracePage>, StoreError> {
        Ok(Read::all(self.page(query)))
    }

    async fn counts(&self) -> Result<Read<Counts>, StoreError> {
        Ok(Read::all(self.count()))
    }

    async fn export(self: Arc<Self>, filter: ExportFilter) -> Result<Export, StoreError> {
        Ok(export::memory::start(self, filter))
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
