//! Recorded traces with something wrong.

use std::env;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::recorded::traces;

/// A variable of the environment that is a number.
pub(crate) fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|value| value.parse().expect("a number"))
}

/// The recorded traces.
pub(crate) struct Recorded(Vec<Vec<Value>>);

/// So many mistakes are made in one trace, at most.
const MISTAKES: usize = 12;

impl Recorded {
    pub(crate) fn all() -> Self {
        Recorded(traces())
    }

    /// One or two traces with mistakes.
    pub(crate) fn mutated(&self, seed: u64) -> Vec<Value> {
        let mut random = Rng::with_seed(seed);
        let mut events = Vec::new();
        for _ in 0..random.usize(1..=2) {
            events.extend(random.choice(&self.0).into_iter().flatten().cloned());
        }
        for _ in 0..random.usize(1..=MISTAKES) {
            mistake(&mut events, &mut random);
        }
        without_repeated(events)
    }
}

/// A store keeps one event of an id and a time, which it knows to the microsecond, in a trace.
fn without_repeated(mut events: Vec<Value>) -> Vec<Value> {
    let key = |event: &Value| {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let time: String = text("timestamp").chars().take(MICROSECONDS).collect();
        (text("trace_id"), text(id_field(event)), time)
    };
    events.sort_by_key(key);
    events.dedup_by_key(|event| key(event));
    events
}

/// The name of its id in its dialect.
fn id_field(event: &Value) -> &'static str {
    if event["id"].is_null() { "event_id" } else { "id" }
}

/// The length of `2026-01-31T12:00:00.123456`.
const MICROSECONDS: usize = 26;

fn mistake(events: &mut Vec<Value>, random: &mut Rng) {
    let Some(place) = (!events.is_empty()).then(|| random.usize(0..events.len())) else { return };
    let other = events[random.usize(0..events.len())].clone();
    let event = &mut events[place];
    let id = id_field(event);
    match random.u8(0..16) {
        0 => event["parent_id"] = other[id_field(&other)].clone(),
        1 => event["parent_id"] = json!("missing"),
        2 => event["parent_id"] = Value::Null,
        3 => event[id] = other[id_field(&other)].clone(),
        4 => event["trace_id"] = other["trace_id"].clone(),
        5 => event["timestamp"] = other["timestamp"].clone(),
        6 => event["timestamp"] = json!("1970-01-01T00:00:00Z"),
        7 => event["causality_vector"] = clock(&other, random),
        8 => event["metadata"] = other["metadata"].clone(),
        9 => event["kind"] = other["kind"].clone(),
        10 => event["lock_set"] = json!(["a", "b", other[id_field(&other)]]),
        11 => spans(event, &other),
        12 => locks(event, random),
        13 => *event = flat(event),
        14 => drop(events.swap_remove(place)),
        _ => access(event, random),
    }
}

fn clock(other: &Value, random: &mut Rng) -> Value {
    let count = *random.choice(&[0, 1, 7, u64::MAX]).unwrap_or(&0);
    let component = other["causality_vector"][0][0].as_str().unwrap_or("component").to_owned();
    json!([[component, count], [other[id_field(other)], random.u64(0..4)], ["", count]])
}

/// Whoever calls is called.
fn spans(event: &mut Value, other: &Value) {
    event["parent_id"] = Value::Null;
    event["metadata"]["upstream_span_id"] = other["metadata"]["distributed_span_id"].clone();
}

fn locks(event: &mut Value, random: &mut Rng) {
    let step = if random.bool() { "LockAcquire" } else { "LockRelease" };
    let kind = random.choice(&["Mutex", "RWLock-Read", "RWLock-Write", ""]);
    let lock = random.choice(&["l", "m"]);
    let lock = json!({ "lock_id": lock, "lock_type": kind });
    event["kind"] = json!({ step: lock });
}

fn access(event: &mut Value, random: &mut Rng) {
    let access = random.choice(&["Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW", "?"]);
    let variable = ["x", "y", ""][random.usize(0..3)];
    let state =
        json!({ "variable": variable, "access_type": access, "new_value": random.u8(0..3) });
    event["kind"] = json!({ "StateChange": state });
}

/// The event in the other dialect.
fn flat(event: &Value) -> Value {
    if event["id"].is_null() {
        return event.clone();
    }
    let kind = event["kind"].as_object().and_then(|kind| kind.iter().next());
    let (kind, mut metadata) =
        kind.map_or(("Custom", json!({})), |(kind, payload)| (kind, payload.clone()));
    for field in ["thread_id", "process_id", "service_name"] {
        if metadata.is_object() {
            metadata[field] = event["metadata"][field].clone();
        }
    }
    json!({
        "event_id": event["id"],
        "trace_id": event["trace_id"],
        "timestamp": event["timestamp"],
        "kind": kind,
        "metadata": metadata,
    })
}
