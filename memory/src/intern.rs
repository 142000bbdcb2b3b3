//! Values that many traces share, kept once.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::size::shared;

/// Below this many values it isn't worth looking for those that nobody uses.
const FEW: usize = 1024;

/// What its slot in the map takes.
const SLOT_BYTES: usize = 24;

/// Something that has allocations of its own.
pub(crate) trait Content: Eq + Hash {
    /// What they take.
    fn content_bytes(&self) -> usize;
}

/// Values, each of them once. Whoever uses one holds it; from time to time the others go.
pub(crate) struct Interner<T> {
    known: DashMap<Arc<T>, (), RandomState>,
    bytes: AtomicUsize,
    /// With so many values, those that nobody uses are looked for.
    sweep_at: AtomicUsize,
}

impl<T: Content> Default for Interner<T> {
    fn default() -> Self {
        Interner {
            known: DashMap::default(),
            bytes: AtomicUsize::new(0),
            sweep_at: AtomicUsize::new(FEW),
        }
    }
}

impl<T: Content> Interner<T> {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self, value: &T) -> Option<Arc<T>> {
        self.known.get(value).map(|known| Arc::clone(known.key()))
    }

    /// The value that equals this one, or itself.
    pub(crate) fn intern(&self, value: T) -> Arc<T> {
        if let Some(known) = self.get(&value) {
            return known;
        }
        let value = Arc::new(value);
        match self.known.entry(Arc::clone(&value)) {
            dashmap::Entry::Occupied(known) => Arc::clone(known.key()),
            dashmap::Entry::Vacant(place) => {
                self.bytes.fetch_add(bytes_of(&*value), Ordering::Relaxed);
                place.insert(());
                value
            }
        }
    }

    /// Forgets what nobody uses, if there are twice as many values as after the last time.
    pub(crate) fn sweep_if_grown(&self) {
        if self.known.len() < self.sweep_at.load(Ordering::Relaxed) {
            return;
        }
        self.sweep();
        self.sweep_at.store(FEW.max(2 * self.known.len()), Ordering::Relaxed);
    }

    /// Forgets what nobody uses.
    pub(crate) fn sweep(&self) {
        // A value is only handed out under the lock of its shard, which `retain` holds.
        self.known.retain(|value, ()| {
            let is_used = Arc::strong_count(value) > 1;
            if !is_used {
                self.bytes.fetch_sub(bytes_of(&**value), Ordering::Relaxed);
            }
            is_used
        });
        self.known.shrink_to_fit();
    }
}

fn bytes_of<T: Content>(value: &T) -> usize {
    SLOT_BYTES + shared::<T>() + value.content_bytes()
}
