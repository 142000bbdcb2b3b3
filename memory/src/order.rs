//! The order of lists and exports: by start, then by id.

use std::collections::BTreeSet;

use parking_lot::RwLock;
use raceway_model::{Timestamp, TracePlace};

use crate::id::Id;

/// Ids of traces in order. What is read here is a hint: the trace may be gone by then.
#[derive(Default)]
pub(crate) struct Order(RwLock<BTreeSet<(Timestamp, Id)>>);

impl Order {
    pub(crate) fn insert(&self, start: Timestamp, id: Id) {
        self.0.write().insert((start, id));
    }

    pub(crate) fn remove(&self, start: Timestamp, id: Id) {
        self.0.write().remove(&(start, id));
    }

    /// A trace has got an event before its first one, or has lost that.
    pub(crate) fn move_to(&self, from: Timestamp, to: Timestamp, id: &Id) {
        if from == to {
            return;
        }
        let mut order = self.0.write();
        order.remove(&(from, id.clone()));
        order.insert((to, id.clone()));
    }

    /// Newest first.
    pub(crate) fn page(&self, after: Option<&TracePlace>, skip: usize, size: usize) -> Vec<Id> {
        let order = self.0.read();
        let ids = |(_, id): &(Timestamp, Id)| id.clone();
        match after {
            Some(place) => {
                let place = (place.start_time, Id::of(&place.trace_id));
                order.range(..place).rev().skip(skip).take(size).map(ids).collect()
            }
            // From whichever end is nearer.
            None if skip > order.len() / 2 => {
                let last = order.len().saturating_sub(skip);
                let first = last.saturating_sub(size);
                let mut page: Vec<Id> = order.iter().take(last).skip(first).map(ids).collect();
                page.reverse();
                page
            }
            None => order.iter().rev().skip(skip).take(size).map(ids).collect(),
        }
    }

    /// Oldest first, of those that start within these bounds.
    pub(crate) fn oldest_first(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Vec<Id> {
        let order = self.0.read();
        let is_before = |start: Timestamp| from.is_some_and(|from| start < from);
        let is_after = |start: Timestamp| until.is_some_and(|until| start >= until);
        order
            .iter()
            .skip_while(|(start, _)| is_before(*start))
            .take_while(|(start, _)| !is_after(*start))
            .map(|(_, id)| id.clone())
            .collect()
    }
}
