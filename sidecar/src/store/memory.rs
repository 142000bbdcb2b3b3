//! The store in memory: [`raceway_memory`] with a quarantine, and a clock.

mod kept;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use raceway_analysis::figures::Window;
use raceway_memory::{Events, Limits, MemoryStore, StoreFigures, Usage};
use raceway_model::{Batch, EventKey, Timestamp, TracePage, TraceQuery, parse_batch};
use tokio::time::{Instant, sleep};

use super::activity::Activity;
use super::chunks::Chunks;
use super::counters::EventCounters;
use super::export::{self, ExportFilter};
use super::live::Source;
use super::question::{Answer, Question, Watched};
use super::trace::{self, Trace, WHOLE_EVENTS};
use super::{Counts, Ingested, Read, Readiness, State, Store, StoreError, StoredIn};
use crate::delivery::Delivery;
use crate::quarantine::{self, QuarantineFile};
use crate::task;

/// Keeps events in memory, and what it rejects in a file.
pub(crate) struct LocalStore {
    events: Arc<MemoryStore>,
    figures: Arc<StoreFigures>,
    quarantine: QuarantineFile,
    counters: EventCounters,
    /// Events of a snapshot are still to come.
    is_restoring: AtomicBool,
}

impl LocalStore {
    /// Starts the tasks that evict what is too old, and count what has changed.
    pub(crate) fn start(limits: Limits, quarantine: QuarantineFile) -> Self {
        let events = Arc::new(MemoryStore::new(limits));
        let expiring = Arc::downgrade(&events);
        task::keep_running("expire", move || expire(Weak::clone(&expiring)));
        let figures = Arc::new(StoreFigures::new(Arc::clone(&events)));
        kept::start(&figures);
        let counters = EventCounters::default();
        LocalStore { events, figures, quarantine, counters, is_restoring: AtomicBool::new(false) }
    }

    /// Says whether events of a snapshot are still to come.
    pub(crate) fn set_restoring(&self, is_restoring: bool) {
        self.is_restoring.store(is_restoring, Ordering::Relaxed);
    }

    /// How much there is.
    pub(crate) fn usage(&self) -> Usage {
        self.events.usage()
    }
}

/// Until the store is gone.
async fn expire(store: Weak<MemoryStore>) {
    while let Some(pause) =
        store.upgrade().and_then(|store| store.expire(Instant::now().into_std()))
    {
        sleep(pause).await;
    }
}

/// Stores the valid events of a batch.
pub(crate) fn add(store: &MemoryStore, batch: Batch) -> Ingested {
    let sent = batch.events.len();
    let added = store.add(batch.events, Instant::now().into_std());
    Ingested {
        accepted: added.new,
        duplicates: sent - added.new,
        rejected: batch.rejected,
        rejections: batch.rejections,
        evicted: added.evicted,
        stored_in: StoredIn::Memory,
        waiting: None,
    }
}

/// The events of a trace, in their order. A panic over one trace is an error of that trace, and the
/// last that is read of it.
pub(crate) struct Held {
    trace_id: String,
    events: Option<Events>,
}

/// `None` where there is no such trace.
pub(crate) fn events(store: &MemoryStore, trace_id: &str) -> Option<Held> {
    let events = store.events(trace_id)?;
    Some(Held { trace_id: trace_id.to_owned(), events: Some(events) })
}

impl Held {
    /// How many events are still to come.
    pub(super) fn len(&self) -> usize {
        self.events.as_ref().map_or(0, ExactSizeIterator::len)
    }
}

impl Iterator for Held {
    type Item = Result<(EventKey, String), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let events = self.events.as_mut()?;
        // What is read is shared with nobody who could see it half done.
        if let Ok(event) = catch_unwind(AssertUnwindSafe(|| events.next())) {
            return event.map(Ok);
        }
        self.events = None;
        let reason = format!("trace {:?} can't be unpacked", self.trace_id);
        Some(Err(StoreError::Internal(reason)))
    }
}

#[async_trait]
impl trace::Events for Held {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        Iterator::next(self).map(|event| event.map(|(_, json)| json)).transpose()
    }
}

/// See [`Store::counts`].
pub(crate) fn counts(store: &MemoryStore) -> Counts {
    let Usage { events, traces, .. } = store.usage();
    Counts { events, traces }
}

#[async_trait]
impl Source for Arc<MemoryStore> {
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(MemoryStore::newest(self))
    }

    async fn newest_traces(
        &self,
        window: &Window,
        most_events: u64,
    ) -> Result<(Option<Timestamp>, u64), StoreError> {
        Ok(MemoryStore::newest_traces(self, &window.micros(), most_events))
    }

    async fn list(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        Ok(MemoryStore::page(self, query))
    }

    async fn watched(&self, trace_ids: &[String], _: u32) -> Result<Watched, StoreError> {
        let named = trace_ids.iter().filter_map(|id| self.listed_trace(id)).collect();
        Ok(Watched { named, newest: None })
    }

    async fn read(&self, filter: ExportFilter) -> Result<Chunks, StoreError> {
        Ok(export::memory::start(Arc::clone(self), filter))
    }
}

#[async_trait]
impl Store for LocalStore {
    fn state(&self) -> State {
        let readiness = if self.is_restoring.load(Ordering::Relaxed) {
            Readiness::Starting("the snapshot is being read".into())
        } else {
            Readiness::Ready
        };
        let memory = Some((self.events.usage(), *self.events.limits()));
        State { stored_in: StoredIn::Memory, degraded: None, readiness, spool: None, memory }
    }

    fn activity(&self) -> Activity {
        Activity { events: self.counters.totals(), postgres: None }
    }

    async fn ingest(&self, delivery: Arc<Delivery>) -> Result<Ingested, StoreError> {
        let outcome = delivery.read(|text| parse_batch(text).map(|batch| add(&self.events, batch)));
        let outcome = outcome.map_err(|error| error.to_string());
        if let Ok(ingested) = &outcome {
            self.counters.judged(ingested);
        }
        self.quarantine.keep(&quarantine::entries(&delivery, &outcome));
        outcome.map_err(StoreError::Refused)
    }

    async fn trace(&self, trace_id: &str) -> Result<Read<Option<Trace>>, StoreError> {
        let Some(events) = events(&self.events, trace_id) else { return Ok(Read::all(None)) };
        let is_long = events.len() > WHOLE_EVENTS;
        Ok(Read::all(Some(Trace::of(Box::new(events), is_long).await?)))
    }

    async fn traces(&self, query: &TraceQuery) -> Result<Read<TracePage>, StoreError> {
        Ok(Read::all(self.events.page(query)))
    }

    async fn ask(&self, question: Question) -> Result<Read<Answer>, StoreError> {
        kept::answer(&self.events, &self.figures, question).await.map(Read::all)
    }

    async fn counts(&self) -> Result<Read<Counts>, StoreError> {
        Ok(Read::all(counts(&self.events)))
    }

    async fn export(self: Arc<Self>, filter: ExportFilter) -> Result<Chunks, StoreError> {
        Ok(export::memory::start(Arc::clone(&self.events), filter))
    }
}
