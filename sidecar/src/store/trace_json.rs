//! The events of a trace that was read whole.

use std::vec;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::StoreError;
use super::trace::Events;

/// In their order.
pub(super) struct Whole(vec::IntoIter<String>);

impl Whole {
    /// Of a trace as `{"trace_id", "events"}`.
    pub(super) fn of(trace: &RawValue) -> Self {
        #[derive(Deserialize)]
        struct Trace<'a> {
            #[serde(borrow)]
            events: Vec<&'a RawValue>,
        }
        let trace = serde_json::from_str::<Trace>(trace.get());
        let events = trace.map_or_else(|_| Vec::new(), |trace| trace.events);
        let events: Vec<String> = events.into_iter().map(|event| event.get().to_owned()).collect();
        Whole(events.into_iter())
    }
}

#[async_trait]
impl Events for Whole {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.0.next())
    }
}
