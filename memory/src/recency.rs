//! The order in which traces are evicted: the one to which nothing has come for longest goes first.
//!
//! So a trace that still gets events stays whole. The order is kept lazily: a trace stands at the time
//! at which it was last found here, however often it is written, and moves on to the time of its last
//! event when its turn comes.

use std::collections::BTreeSet;

use parking_lot::Mutex;

use crate::id::Id;

/// Milliseconds of the store's clock.
pub(crate) type Tick = u64;

/// Ids of traces by time.
#[derive(Default)]
pub(crate) struct Recency(Mutex<BTreeSet<(Tick, Id)>>);

impl Recency {
    pub(crate) fn insert(&self, tick: Tick, id: Id) {
        self.0.lock().insert((tick, id));
    }

    /// Takes the first trace out, if its time is not after this one.
    pub(crate) fn pop(&self, latest: Tick) -> Option<(Tick, Id)> {
        let mut traces = self.0.lock();
        let is_due = traces.first().is_some_and(|(tick, _)| *tick <= latest);
        if is_due { traces.pop_first() } else { None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// The time of the first trace.
    pub(crate) fn first(&self) -> Option<Tick> {
        self.0.lock().first().map(|(tick, _)| *tick)
    }
}
