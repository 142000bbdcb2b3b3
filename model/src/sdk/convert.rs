//! From the flat dialect to that of the SDKs. What clients need and the event doesn't have, it doesn't have
//! after that either.

use super::complete::whole_nanoseconds;
use super::object::Object;
use crate::replaced::without_replaced;
use crate::tape::{Json, Tape};

/// Fields of both dialects, and those of the flat one that become others.
const KNOWN: [&str; 12] = [
    "id",
    "event_id",
    "trace_id",
    "parent_id",
    "timestamp",
    "kind",
    "metadata",
    "location",
    "duration_ms",
    "vector_clock",
    "causality_vector",
    "lock_set",
];

/// What `metadata` has in both dialects.
const OF_PROCESS: [&str; 8] = [
    "thread_id",
    "process_id",
    "service_name",
    "environment",
    "tags",
    "instance_id",
    "distributed_span_id",
    "upstream_span_id",
];

/// The flat event in the other dialect: its metadata is the payload of its kind.
pub(super) fn converted(event: Json) -> String {
    let text = without_replaced(event);
    let tape = Tape::read(&text);
    let event = tape.root();
    let mut fields = Object::default();
    fields.copy("id", event.get("event_id"));
    for name in ["trace_id", "parent_id", "timestamp"] {
        fields.copy(name, event.get(name));
    }
    fields.push("kind", &kind(event));
    fields.push("metadata", &metadata(event));
    fields.push("causality_vector", &clock(event.get("vector_clock")));
    fields.copy("lock_set", locks(event));
    for (name, value) in event.fields() {
        if !KNOWN.iter().any(|known| name.spells(known)) {
            fields.push_raw(name.raw(), value.raw());
        }
    }
    fields.into_json()
}

/// The payload has the event's location, if that is one.
fn kind(event: Json) -> String {
    let location = event.get("location").filter(|location| location.is_string());
    let mut payload = Object::default();
    for (name, value) in event.get("metadata").into_iter().flat_map(Json::fields) {
        if location.is_none() || !name.spells("location") {
            payload.push_raw(name.raw(), value.raw());
        }
    }
    payload.copy("location", location);
    let kind = event.get("kind");
    let name = kind.map(|kind| kind.fields().last().map_or(kind, |(name, _)| name));
    let mut variant = Object::default();
    variant.push_raw(name.map_or("\"\"", Json::raw), &payload.into_json());
    variant.into_json()
}

fn metadata(event: Json) -> String {
    let mut fields = Object::default();
    for name in OF_PROCESS {
        fields.copy(name, event.at(&["metadata", name]));
    }
    let milliseconds = event.get("duration_ms").and_then(|duration| duration.raw().parse().ok());
    fields.push("duration_ns", &whole_nanoseconds(milliseconds.map(|ms: f64| ms * 1e6)));
    fields.into_json()
}

/// `[[component, clock]]`
fn clock(components: Option<Json>) -> String {
    let components = components.into_iter().flat_map(Json::fields);
    let pairs = components.map(|(name, clock)| format!("[{},{}]", name.raw(), clock.raw()));
    format!("[{}]", pairs.collect::<Vec<_>>().join(","))
}

/// The event's own, else those of its metadata.
fn locks<'t, 'a>(event: Json<'t, 'a>) -> Option<Json<'t, 'a>> {
    let paths = [&["lock_set"][..], &["metadata", "lock_set"]];
    paths.into_iter().find_map(|path| event.at(path).filter(|locks| locks.is_array()))
}
