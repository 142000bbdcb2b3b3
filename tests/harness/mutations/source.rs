//! Real events: recorded ones of the SDKs, and flat ones as they are documented.

use std::collections::HashMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::{documented_event, recorded_requests};

/// How often each flat one stands beside the recorded ones: a quarter of all.
const FLAT_SHARE: usize = 70;

/// Hexadecimal digits at the end of a UUID.
const UUID_TAIL: usize = 12;
const UUID_LENGTH: usize = 36;

/// Flat events, as people write them.
const FLAT: [&str; 6] = [
    r#"{"event_id":"evt-001","trace_id":"abc123","kind":"K","timestamp":"2026-11-26T12:00:00Z"}"#,
    r#"{"trace_id":"abc123","event_id":"evt-002","kind":"StateChange","timestamp":"2024-11-02T10:30:00.000Z","duration_ms":0.5,"location":"api.ts:42","vector_clock":{"thread-1":5},"metadata":{"variable":"user.balance","old_value":"1000","new_value":"900","access_type":"Write"}}"#,
    r#"{"trace_id": "abc123", "event_id": "evt-003", "parent_id": "evt-001", "kind": "LockAcquire", "timestamp": "2026-11-26T12:00:00.25+00:00", "lock_set": ["accounts", "é"], "metadata": {"service_name": "bank", "thread_id": "main", "tags": {"a": [1, 2.50, null, true]}}}"#,
    r#"{"kind":"Custom","metadata":{"service_name":"shop","amount":12.50,"text":"a\u0000b\n\"\\"},"vector_clock":{"shop#1":18446744073709551615,"bank#2":0},"timestamp":"2026-11-26T13:00:00.123456+01:00","trace_id":"abc123","event_id":"evt-004"}"#,
    r#"{"event_id":"0b67f052-a9c4-4fdc-86a6-45f186201662","trace_id":"ABC123","kind":"Error","timestamp":"2026-11-26T12:00:00.999999Z","location":null,"duration_ms":3,"unplanned":{"deep":[[[{"x":{}}]]]}}"#,
    r#"{"event_id":"evt-006","trace_id":"abc123","kind":"Größe","timestamp":"2026-11-26T12:00:01Z","metadata":{"emoji":"🚀","pair":"\ud83d\ude80","escape":"\u0010"}}"#,
];

/// An event, and what must become that of each body.
pub(super) struct Source {
    text: String,
    id: String,
    trace_id: String,
}

pub(super) fn all() -> Vec<Source> {
    let recorded = recorded_requests().into_iter().flat_map(|body| events_of(&body));
    let mut sources: Vec<Source> = recorded.map(Source::of).collect();
    for _ in 0..FLAT_SHARE {
        sources.push(Source::of(documented_event().to_string()));
        sources.extend(FLAT.into_iter().map(str::to_owned).map(Source::of));
    }
    sources
}

fn events_of(body: &str) -> Vec<String> {
    let fields: HashMap<String, Box<RawValue>> = serde_json::from_str(body).expect("a body");
    let events: Vec<Box<RawValue>> =
        serde_json::from_str(fields["events"].get()).expect("a list of events");
    events.iter().map(|event| event.get().to_owned()).collect()
}

impl Source {
    fn of(text: String) -> Self {
        let event: Value = serde_json::from_str(&text).expect("an event");
        let id = event["id"].as_str().or(event["event_id"].as_str()).expect("an id").to_owned();
        let trace_id = event["trace_id"].as_str().expect("a trace id").to_owned();
        Source { text, id, trace_id }
    }

    /// The same event with the ids of this body.
    pub(super) fn numbered(&self, number: u64) -> String {
        let quoted = |id: &str| format!("\"{id}\"");
        let mut text = self.text.clone();
        for id in [&self.id, &self.trace_id] {
            text = text.replace(&quoted(id), &quoted(&numbered(id, number)));
        }
        text
    }
}

fn numbered(id: &str, number: u64) -> String {
    match id.len() {
        UUID_LENGTH => format!("{}{number:012x}", &id[..UUID_LENGTH - UUID_TAIL]),
        _ => format!("{id}-{number:08}"),
    }
}

/// The event spread over several lines.
pub(super) fn over_lines(event: &str) -> String {
    let event: Value = serde_json::from_str(event).expect("an event");
    serde_json::to_string_pretty(&event).expect("JSON")
}

#[cfg(test)]
mod tests {
    use raceway_model::parse_batch;

    use super::all;

    #[test]
    fn every_source_is_a_valid_event_with_the_ids_of_its_body() {
        for source in all() {
            let [one, other] = [7, 8].map(|number| source.numbered(number));
            let batches = [&one, &other].map(|text| parse_batch(text).expect("a body"));
            let [one, other] = batches.map(|mut batch| batch.events.pop().expect("an event"));
            assert!(one.event_id != other.event_id && one.trace_id != other.trace_id);
            assert_eq!(one.timestamp, other.timestamp);
        }
    }
}
