//! The order in which traces are evicted: the one to which nothing has come for longest goes first.
//!
//! So a trace that still gets events stays whole. The order is kept lazily: a trace stands at the
//! second in which it was last found here, however often it is written, and moves on to the second
//! of its last event when its turn comes.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;

use crate::id::Id;

/// Ids of traces by second.
#[derive(Default)]
pub(crate) struct Recency(Mutex<BTreeMap<u32, VecDeque<Id>>>);

impl Recency {
    pub(crate) fn push(&self, second: u32, id: Id) {
        self.0.lock().entry(second).or_default().push_back(id);
    }

    /// Takes the first trace out, if its second is not after this one.
    pub(crate) fn pop(&self, latest: u32) -> Option<(u32, Id)> {
        let mut seconds = self.0.lock();
        let mut first = seconds.first_entry().filter(|first| *first.key() <= latest)?;
        let second = *first.key();
        let id = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        Some((second, id?))
    }

    /// The second of the first trace.
    pub(crate) fn first(&self) -> Option<u32> {
        self.0.lock().first_key_value().map(|(&second, _)| second)
    }
}
