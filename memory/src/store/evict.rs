//! What has to go.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{MemoryStore, PLACE_BYTES};
use crate::id::Id;
use crate::recency::Tick;
use crate::trace::Trace;

/// Between two looks at what is too old.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Until when traces are kept. The oldest go first: those to which nothing has come for longest.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Memory that the store takes, in bytes, as the allocator counts them.
    pub max_bytes: usize,
    /// Events.
    pub max_events: u64,
    /// Since a trace's last event came.
    pub max_age: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: usize::MAX, max_events: u64::MAX, max_age: None }
    }
}

impl MemoryStore {
    pub(super) fn is_over(&self) -> bool {
        let usage = self.usage();
        usage.bytes > self.limits.max_bytes || usage.events > self.limits.max_events
    }

    /// Evicts the next trace, if nothing has come to it since this time. Returns whether there may
    /// be more.
    pub(super) fn evict_next(&self, latest: Tick) -> bool {
        let Some((tick, id)) = self.recency.pop(latest) else { return false };
        if let dashmap::Entry::Occupied(entry) = self.traces.entry(id) {
            if entry.get().written_at > tick {
                self.recency.insert(entry.get().written_at, entry.key().clone());
            } else {
                let (id, trace) = entry.remove_entry();
                self.counts.evicted_traces.fetch_add(1, Ordering::Relaxed);
                self.counts.evicted_events.fetch_add(trace.event_count, Ordering::Relaxed);
                self.forget(id, &trace);
            }
        }
        self.names.sweep_if_grown();
        self.templates.interner().sweep_if_grown();
        true
    }

    fn forget(&self, id: Id, trace: &Trace) {
        self.order.remove(trace.start_time, id);
        self.counts.traces.fetch_sub(1, Ordering::Relaxed);
        self.counts.events.fetch_sub(trace.event_count, Ordering::Relaxed);
        self.bytes.fetch_sub(PLACE_BYTES + trace.bytes(), Ordering::Relaxed);
    }

    /// Evicts what is older than it may be. Returns how long it takes at least until there is more.
    pub fn expire(&self, now: Instant) -> Option<Duration> {
        let max_age = self.limits.max_age?;
        let age = Tick::try_from(max_age.as_millis()).unwrap_or(Tick::MAX);
        if let Some(latest) = self.tick(now).checked_sub(age) {
            while self.evict_next(latest) {}
        }
        let first = self.recency.first().unwrap_or_else(|| self.tick(now));
        let due = Duration::from_millis(first).saturating_add(max_age);
        let elapsed = now.saturating_duration_since(self.started);
        Some(due.saturating_sub(elapsed).max(SHORTEST_PAUSE))
    }

    /// Forgets everything, and gives the memory back. Nothing of it counts as evicted.
    pub fn clear(&self) {
        while let Some((_, id)) = self.recency.pop(Tick::MAX) {
            if let Some((id, trace)) = self.traces.remove(&id) {
                self.forget(id, &trace);
            }
        }
        self.traces.shrink_to_fit();
        self.names.sweep();
        self.templates.interner().sweep();
    }
}
