//! What has to go.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dashmap::OccupiedEntry;

use super::{MemoryStore, PLACE_BYTES};
use crate::excess::Excess;
use crate::id::Id;
use crate::recency::Tick;
use crate::trace::{Footprint, Trace};

/// Between two looks at what is too old.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// What takes more than this part of a limit does not go whole.
const LARGE_PART: usize = 16;

/// Until when traces are kept. The oldest go first: those to which nothing has come for longest. They
/// go whole, but for one that takes more than a sixteenth of a limit: that loses as many events as are
/// too many, those that came first.
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
    /// Evicts what is too much. Returns how many events have gone.
    pub(super) fn make_room(&self) -> u64 {
        let mut evicted = 0;
        while !self.excess().is_none() {
            let Some(events) = self.evict_next(Tick::MAX, Self::excess) else {
                self.sweep();
                break;
            };
            evicted += events;
        }
        evicted
    }

    fn excess(&self) -> Excess {
        let usage = self.usage();
        Excess {
            events: usage.events.saturating_sub(self.limits.max_events),
            bytes: usage.bytes.saturating_sub(self.limits.max_bytes),
        }
    }

    /// Evicts of the next trace what is too much, if nothing has come to it since this time. Returns
    /// how many events have gone; `None` if there are no more traces.
    fn evict_next(&self, latest: Tick, excess: impl Fn(&Self) -> Excess) -> Option<u64> {
        let (tick, id) = self.recency.pop(latest)?;
        let mut evicted = 0;
        if let dashmap::Entry::Occupied(entry) = self.traces.entry(id) {
            if entry.get().written_at > tick {
                self.recency.insert(entry.get().written_at, entry.key().clone());
            } else {
                if self.recency.is_empty() {
                    self.sweep();
                }
                evicted = self.evict(entry, excess(self));
            }
        }
        self.names.sweep_if_grown();
        self.templates.interner().sweep_if_grown();
        Some(evicted)
    }

    fn evict(&self, mut entry: OccupiedEntry<'_, Id, Box<Trace>>, excess: Excess) -> u64 {
        let before = entry.get().footprint();
        let mut after = before;
        if excess.is_none() {
            // Others have made room meanwhile.
        } else if self.is_large(before.events, before.bytes) {
            let id = entry.key().clone();
            let is_large = |events, bytes| self.is_large(events, bytes);
            entry.get_mut().shed(&id, excess, is_large, &self.names);
            after = entry.get().footprint();
        } else {
            after.events = 0;
        }
        let evicted = before.events - after.events;
        if evicted > 0 {
            let id = entry.key().clone();
            self.changes.list(&id, entry.get_mut());
        }
        self.counts.evicted_events.fetch_add(evicted, Ordering::Relaxed);
        if after.events > 0 {
            self.account(entry.key(), before, after);
            self.recency.insert(entry.get().written_at, entry.key().clone());
        } else {
            self.counts.evicted_traces.fetch_add(1, Ordering::Relaxed);
            let (id, _) = entry.remove_entry();
            self.forget(id, before);
        }
        evicted
    }

    /// Whether so much would be missed if it went at once.
    fn is_large(&self, events: u64, bytes: usize) -> bool {
        events > self.limits.max_events / LARGE_PART as u64
            || bytes > self.limits.max_bytes / LARGE_PART
    }

    fn forget(&self, id: Id, trace: Footprint) {
        self.order.remove(trace.start_time, id);
        self.counts.traces.fetch_sub(1, Ordering::Relaxed);
        self.counts.events.fetch_sub(trace.events, Ordering::Relaxed);
        self.bytes.fetch_sub(PLACE_BYTES + trace.bytes, Ordering::Relaxed);
    }

    fn sweep(&self) {
        self.names.sweep();
        self.templates.interner().sweep();
    }

    /// Evicts what is older than it may be. Returns how long it takes at least until there is more.
    pub fn expire(&self, now: Instant) -> Option<Duration> {
        let max_age = self.limits.max_age?;
        let age = Tick::try_from(max_age.as_millis()).unwrap_or(Tick::MAX);
        if let Some(latest) = self.tick(now).checked_sub(age) {
            while self.evict_next(latest, |_| Excess::ALL).is_some() {}
        }
        let first = self.recency.first().unwrap_or_else(|| self.tick(now));
        let due = Duration::from_millis(first).saturating_add(max_age);
        let elapsed = now.saturating_duration_since(self.started);
        Some(due.saturating_sub(elapsed).max(SHORTEST_PAUSE))
    }

    /// Forgets everything, and gives the memory back. Nothing of it counts as evicted.
    pub fn clear(&self) {
        while let Some((_, id)) = self.recency.pop(Tick::MAX) {
            if let dashmap::Entry::Occupied(mut entry) = self.traces.entry(id) {
                let id = entry.key().clone();
                self.changes.list(&id, entry.get_mut());
                let trace = entry.remove();
                self.forget(id, trace.footprint());
            }
        }
        self.traces.shrink_to_fit();
        self.sweep();
    }
}
