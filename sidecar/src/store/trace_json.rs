//! A trace as it is read: `{"trace_id", "events"}`.

use raceway_model::{Event, EventKey};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::StoreError;

/// From the JSON of its events, in their order.
pub(super) fn of(
    trace_id: &str,
    events: impl Iterator<Item = String>,
) -> Result<Box<RawValue>, StoreError> {
    let events: Vec<String> = events.collect();
    let json = format!("{{\"trace_id\":{},\"events\":[{}]}}", json!(trace_id), events.join(","));
    RawValue::from_string(json).map_err(|error| StoreError::Internal(error.to_string()))
}

/// The events of a trace that was read, by their keys.
pub(super) fn events(trace: &RawValue) -> impl Iterator<Item = (EventKey, String)> {
    #[derive(Deserialize)]
    struct Trace<'a> {
        #[serde(borrow)]
        events: Vec<&'a RawValue>,
    }
    let events =
        serde_json::from_str::<Trace>(trace.get()).map_or_else(|_| Vec::new(), |t| t.events);
    events.into_iter().filter_map(|event| {
        let key = Event::parse(event.get()).ok()?.key();
        Some((key, event.get().to_owned()))
    })
}
