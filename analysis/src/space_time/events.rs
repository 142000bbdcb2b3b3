//! The events of a diagram.

use std::collections::BTreeMap;
use std::ops::Range;

use raceway_model::Timestamp;
use serde::Serialize;

use super::within;
use crate::durations::milliseconds;
use crate::races::explain::locks;
use crate::strands::StrandNo;
use crate::trace::UNKNOWN;
use crate::{Causality, EventNo};

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphEvent))]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The id of the event that caused it, which may not be in the trace.
    #[cfg_attr(feature = "schema", schema(required))]
    pub parent_id: Option<String>,
    /// When it was recorded, which is when it ended.
    pub timestamp: Timestamp,
    /// What it says that it took.
    #[cfg_attr(feature = "schema", schema(required))]
    pub duration_ms: Option<f64>,
    /// Its place in an order of all events in which each is after those that happened before it; where that says
    /// nothing, by time.
    pub order: u32,
    /// The place of its strand.
    pub strand: StrandNo,
    /// The variant.
    pub kind: String,
    /// `StateChange(balance)`, `HttpRequest(GET)`
    pub operation: String,
    /// The service that recorded it, `unknown` where it names none.
    pub service: String,
    /// Its thread or task, `unknown` where it names none.
    pub thread: String,
    /// Where in the source it happened, `unknown` where it names no place.
    pub location: String,
    /// The ids of the locks held, by name; of one held by several readers, with ` (shared)`.
    pub locks: Vec<String>,
    /// Its clock by component.
    pub clock: BTreeMap<String, u64>,
    /// The fields of its kind.
    #[serde(serialize_with = "crate::values::json")]
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, serde_json::Value>))]
    pub payload: String,
}

pub(super) fn events(
    causality: &Causality,
    ranks: &[u32],
    window: &Range<i64>,
    fields: impl Fn(EventNo) -> String,
) -> Vec<Event> {
    let event = |number| event(causality, ranks[number as usize], number, fields(number));
    within(causality, window).map(event).collect()
}

fn event(causality: &Causality, order: u32, number: EventNo, payload: String) -> Event {
    let trace = &causality.trace;
    let event = trace.event(number);
    let text = |name| trace.text(name).to_owned();
    let known = |name: Option<_>| name.map_or_else(|| UNKNOWN.to_owned(), text);
    let clock = trace.clock(number).iter().map(|&(name, clock)| (text(name), clock));
    Event {
        id: text(event.id),
        parent_id: trace.parent_id(number).map(str::to_owned),
        timestamp: trace.timestamp(number),
        duration_ms: event.duration_ns().map(|duration| milliseconds(duration.into())),
        order,
        strand: causality.strands.of_event(number),
        kind: text(event.kind),
        operation: trace.operation(number),
        service: text(event.service),
        thread: known(event.thread),
        location: known(event.location),
        locks: locks(causality, number),
        clock: clock.collect(),
        payload,
    }
}
