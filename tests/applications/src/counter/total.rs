//! The total, by itself and under locks. Each addition is a read and a write, with something between.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use raceway::{RacewayClient, TrackedMutex, TrackedRwLock};

/// Without a lock: loading and storing an atomic is what a race is without undefined behaviour.
pub(crate) struct Total {
    raceway: Arc<RacewayClient>,
    value: AtomicI64,
}

impl Total {
    pub(crate) fn new(raceway: &Arc<RacewayClient>) -> Self {
        Total { raceway: Arc::clone(raceway), value: AtomicI64::new(0) }
    }

    pub(crate) fn add(&self, amount: i64, between: impl FnOnce()) {
        let value = self.load();
        between();
        self.store(value, value + amount);
    }

    pub(crate) fn load(&self) -> i64 {
        let value = self.get();
        record_read(&self.raceway, value);
        value
    }

    pub(crate) fn store(&self, old: i64, new: i64) {
        self.value.store(new, Relaxed);
        record_write(&self.raceway, old, new);
    }

    pub(crate) fn get(&self) -> i64 {
        self.value.load(Relaxed)
    }
}

/// Under locks of the SDK's.
pub(crate) struct Locked {
    raceway: Arc<RacewayClient>,
    value: TrackedMutex<i64>,
    shared: TrackedRwLock<i64>,
}

impl Locked {
    pub(crate) fn new(raceway: &Arc<RacewayClient>) -> Self {
        Locked {
            raceway: Arc::clone(raceway),
            value: TrackedMutex::new(0, Arc::clone(raceway), "total"),
            shared: TrackedRwLock::new(0, Arc::clone(raceway), "shared total"),
        }
    }

    /// Under one lock throughout.
    pub(crate) fn add(&self, amount: i64, between: impl FnOnce()) {
        let mut value = self.value.lock("Mutex");
        let old = *value;
        record_read(&self.raceway, old);
        between();
        *value += amount;
        record_write(&self.raceway, old, *value);
    }

    /// Under the lock at each access, but not between.
    pub(crate) fn add_in_two(&self, amount: i64, between: impl FnOnce()) {
        let old = {
            let value = self.value.lock("Mutex");
            record_read(&self.raceway, *value);
            *value
        };
        between();
        let mut value = self.value.lock("Mutex");
        *value = old + amount;
        record_write(&self.raceway, old, *value);
    }

    /// Under a lock for writing throughout, after a look at it under one for reading.
    pub(crate) fn add_to_shared(&self, amount: i64, between: impl FnOnce()) {
        record_read(&self.raceway, *self.shared.read());
        let mut value = self.shared.write();
        let old = *value;
        record_read(&self.raceway, old);
        between();
        *value += amount;
        record_write(&self.raceway, old, *value);
    }

    pub(crate) fn get(&self) -> i64 {
        *self.value.lock("Mutex") + *self.shared.read()
    }
}

fn record_read(raceway: &RacewayClient, value: i64) {
    raceway.track_state_change("total", None, value, "Read");
}

fn record_write(raceway: &RacewayClient, old: i64, new: i64) {
    raceway.track_state_change("total", Some(old), new, "Write");
}
