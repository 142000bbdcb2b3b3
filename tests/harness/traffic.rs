//! Events to send: recorded, documented and made up.

use std::fs;
use std::path::Path;

use raceway_model::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The bodies of the recorded requests of every SDK, byte for byte.
pub fn recorded_requests() -> Vec<String> {
    ["typescript", "python", "rust", "go"].into_iter().flat_map(requests_of).collect()
}

/// The bodies of the recorded requests of one SDK, byte for byte.
pub fn requests_of(sdk: &str) -> Vec<String> {
    fixture(&format!("sdk/{sdk}.ndjson")).lines().map(body_of).collect()
}

/// `data` of a recorded answer of Raceway's own server to the requests of the TypeScript SDK.
pub fn recorded_answer(file: &str) -> Value {
    let answer: Value = serde_json::from_str(&fixture(&format!("api/{file}"))).expect("JSON");
    answer["data"].clone()
}

fn fixture(path: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::read_to_string(fixtures.join(path)).expect("a fixture")
}

fn body_of(line: &str) -> String {
    let request: std::collections::HashMap<String, Box<RawValue>> =
        serde_json::from_str(line).expect("a recorded request");
    request["body"].get().to_owned()
}

/// The event of Raceway's documentation.
pub fn documented_event() -> Value {
    json!({
        "trace_id": "abc123",
        "event_id": "evt-001",
        "kind": "StateChange",
        "timestamp": "2024-11-02T10:30:00.000Z",
        "duration_ms": 0.5,
        "location": "api.ts:42",
        "vector_clock": { "thread-1": 5 },
        "metadata": {
            "variable": "user.balance",
            "old_value": "1000",
            "new_value": "900",
            "access_type": "Write"
        }
    })
}

/// A small event in the SDK dialect, of the given day and microsecond.
pub fn event(trace_id: &str, id: &str, timestamp: &str) -> Value {
    json!({
        "id": id,
        "trace_id": trace_id,
        "parent_id": null,
        "timestamp": timestamp,
        "kind": { "StateChange": { "variable": "x", "access_type": "Write", "new_value": 1 } },
        "metadata": { "thread_id": "t-1", "service_name": "bank", "process_id": 7, "tags": {} },
        "causality_vector": [["bank#1", 1]],
        "lock_set": []
    })
}

/// The event in the form in which a sent one and a read one must be equal: clocks in order of
/// component, the timestamp as its instant.
pub fn comparable(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(instant) = event["timestamp"].as_str().and_then(Timestamp::parse) {
        event["timestamp"] = instant.to_string().into();
    }
    if let Some(Value::Array(clock)) = event.get_mut("causality_vector") {
        clock.sort_by_key(Value::to_string);
    }
    event
}

/// The events in the order in which a trace is read: by instant, then by id.
pub fn sorted_events(events: &[Value]) -> Vec<Value> {
    let mut events: Vec<Value> = events.iter().map(comparable).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events.sort_by_key(|event| {
        (text(&event["timestamp"]), text(&event["id"]), text(&event["event_id"]))
    });
    events
}
