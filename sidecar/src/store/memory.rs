//! The store in memory: [`raceway_memory`] with a quarantine, and a clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use raceway_memory::{Limits, MemoryStore, Usage};
use raceway_model::{Batch, EventKey, TracePage, TraceQuery, parse_batch};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

use super::export::{self, Export, ExportFilter};
use super::trace_json;
use super::{Counts, Ingested, Read, Readiness, State, Store, StoreError, StoredIn};
use crate::delivery::Delivery;
use crate::quarantine::{self, QuarantineFile};
use crate::task;

/// Keeps events in memory, and what it rejects in a file.
pub(crate) struct LocalStore {
    events: Arc<MemoryStore>,
    quarantine: QuarantineFile,
    /// Events of a snapshot are still to come.
    is_restoring: AtomicBool,
}

impl LocalStore {
    /// Starts the task that evicts what is too old.
    pub(crate) fn start(limits: Limits, quarantine: QuarantineFile) -> Self {
        let events = Arc::new(MemoryStore::new(limits));
        let expiring = Arc::downgrade(&events);
        task::keep_running("expire", move || expire(Weak::clone(&expiring)));
        LocalStore { events, quarantine, is_restoring: AtomicBool::new(false) }
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
    }
}

/// The events of a trace, in their order. A panic over one trace is an error of that trace.
pub(crate) fn events(
    store: &MemoryStore,
    trace_id: &str,
) -> Result<Option<Vec<(EventKey, String)>>, StoreError> {
    // What is read is shared with nobody who could see it half done.
    catch_unwind(AssertUnwindSafe(|| store.events(trace_id)))
        .map_err(|_| StoreError::Internal(format!("trace {trace_id:?} can't be unpacked")))
}

/// See [`Store::counts`].
pub(crate) fn counts(store: &MemoryStore) -> Counts {
    let Usage { events, traces, .. } = store.usage();
    Counts { events, traces }
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

    async fn ingest(&self, delivery: Arc<Delivery>) -> Result<Ingested, StoreError> {
        let outcome = delivery.read(|text| parse_batch(text).map(|batch| add(&self.events, batch)));
        let outcome = outcome.map_err(|error| error.to_string());
        self.quarantine.keep(&quarantine::entries(&delivery, &outcome));
        outcome.map_err(StoreError::Refused)
    }

    async fn trace(&self, trace_id: &str) -> Result<Read<Option<Box<RawValue>>>, StoreError> {
        let events = events(&self.events, trace_id)?;
        let trace =
            events.map(|events| trace_json::of(trace_id, events.into_iter().map(|(_, json)| json)));
        Ok(Read::all(trace.transpose()?))
    }

    async fn traces(&self, query: &TraceQuery) -> Result<Read<TracePage>, StoreError> {
        Ok(Read::all(self.events.page(query)))
    }

    async fn counts(&self) -> Result<Read<Counts>, StoreError> {
        Ok(Read::all(counts(&self.events)))
    }

    async fn export(self: Arc<Self>, filter: ExportFilter) -> Result<Export, StoreError> {
        Ok(export::memory::start(Arc::clone(&self.events), filter))
    }
}
