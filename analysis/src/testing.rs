//! Traces of a few events, for unit tests: `trace([event("a1").read("x"), event("a2").after("a1")])`.
#![allow(dead_code, reason = "each module's tests take what they need")]

use raceway_model::{EventView, Timestamp};
use serde_json::{Map, Value, json};

use crate::trace::{Trace, TraceBuilder};
use crate::{Causality, EventNo};

/// 2026-01-01T00:00:00Z in microseconds.
const START: i64 = 1_767_225_600_000_000;

/// An event to be, in the dialect of the SDKs: of service `bank`, without a thread.
#[derive(Clone)]
pub(crate) struct Draft {
    id: String,
    parent: Option<String>,
    ms: Option<f64>,
    kind: String,
    payload: Map<String, Value>,
    metadata: Map<String, Value>,
    clock: Option<Vec<(String, u64)>>,
    locks: Vec<String>,
    is_flat: bool,
}

/// A root: a `Custom` event that nothing caused.
pub(crate) fn event(id: &str) -> Draft {
    let Value::Object(metadata) = json!({ "service_name": "bank", "process_id": 1 }) else {
        unreachable!("an object")
    };
    Draft {
        id: id.to_owned(),
        parent: None,
        ms: None,
        kind: "Custom".to_owned(),
        payload: Map::new(),
        metadata,
        clock: None,
        locks: Vec::new(),
        is_flat: false,
    }
}

/// The trace `t` of these events. One for which no time is set happens 1 ms per place in the list
/// after the first.
pub(crate) fn trace(events: impl IntoIterator<Item = Draft>) -> Trace {
    let mut builder = TraceBuilder::new("t");
    for (place, event) in (0_u32..).zip(events) {
        let json = event.json(f64::from(place)).to_string();
        builder.add(&EventView::parse(&json).expect("an event"));
    }
    builder.finish()
}

/// What follows from the trace of these events.
pub(crate) fn causality(events: impl IntoIterator<Item = Draft>) -> Causality {
    Causality::of(trace(events)).expect("a small trace")
}

/// The event of that id.
pub(crate) fn number(trace: &Trace, id: &str) -> EventNo {
    trace.find(id).expect("an event of the trace")
}

/// The ids of events.
pub(crate) fn ids<'t>(trace: &'t Trace, events: &[EventNo]) -> Vec<&'t str> {
    events.iter().map(|&event| trace.event_id(event)).collect()
}

impl Draft {
    /// Its parent.
    pub(crate) fn after(mut self, parent: &str) -> Self {
        self.parent = Some(parent.to_owned());
        self
    }

    /// Milliseconds from the start.
    pub(crate) fn at(mut self, ms: f64) -> Self {
        self.ms = Some(ms);
        self
    }

    /// Milliseconds that it took.
    pub(crate) fn lasting(mut self, ms: f64) -> Self {
        self.payload.insert("duration_ms".to_owned(), json!(ms));
        self
    }

    /// In the flat dialect.
    pub(crate) fn flat(mut self) -> Self {
        self.is_flat = true;
        self
    }

    /// Its variant.
    pub(crate) fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    /// A field of what its kind says.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.payload.insert(name.to_owned(), value.into());
        self
    }

    /// A field of its metadata.
    pub(crate) fn meta(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn on(self, thread: &str) -> Self {
        self.meta("thread_id", thread)
    }

    pub(crate) fn of(self, service: &str) -> Self {
        self.meta("service_name", service)
    }

    pub(crate) fn instance(self, instance: &str) -> Self {
        self.meta("instance_id", instance)
    }

    pub(crate) fn process(self, process: i64) -> Self {
        self.meta("process_id", process)
    }

    pub(crate) fn span(self, span: &str) -> Self {
        self.meta("distributed_span_id", span)
    }

    /// The span of its caller.
    pub(crate) fn upstream(self, span: &str) -> Self {
        self.meta("upstream_span_id", span)
    }

    pub(crate) fn language(self, language: &str) -> Self {
        self.meta("tags", json!({ "sdk_language": language }))
    }

    pub(crate) fn location(self, location: &str) -> Self {
        self.field("location", location)
    }

    pub(crate) fn clock(mut self, components: &[(&str, u64)]) -> Self {
        let components = components.iter().map(|&(name, clock)| (name.to_owned(), clock));
        self.clock = Some(components.collect());
        self
    }

    /// The locks that it says are held.
    pub(crate) fn holding(mut self, locks: &[&str]) -> Self {
        self.locks = locks.iter().map(|&lock| lock.to_owned()).collect();
        self
    }

    /// An access of this type: `Read`, `Write`, `AtomicRead`, `AtomicWrite`, `AtomicRMW`.
    pub(crate) fn access(self, access_type: &str, variable: &str) -> Self {
        let event = self.kind("StateChange").field("variable", variable);
        event.field("access_type", access_type)
    }

    pub(crate) fn read(self, variable: &str) -> Self {
        self.access("Read", variable)
    }

    pub(crate) fn write(self, variable: &str) -> Self {
        self.access("Write", variable)
    }

    pub(crate) fn old(self, value: impl Into<Value>) -> Self {
        self.field("old_value", value)
    }

    /// The value after; of a read, the value.
    pub(crate) fn value(self, value: impl Into<Value>) -> Self {
        self.field("new_value", value)
    }

    pub(crate) fn acquire(self, lock: &str) -> Self {
        self.kind("LockAcquire").field("lock_id", lock).field("lock_type", "Mutex")
    }

    pub(crate) fn release(self, lock: &str) -> Self {
        self.kind("LockRelease").field("lock_id", lock).field("lock_type", "Mutex")
    }

    /// Makes the lock taken or released a read lock.
    pub(crate) fn shared(self) -> Self {
        self.field("lock_type", "RwLock-Read")
    }

    fn json(self, place: f64) -> Value {
        let time = START + micros(self.ms.unwrap_or(place));
        let timestamp = Timestamp::from_micros(time).expect("a timestamp").to_string();
        if self.is_flat { self.flat_json(&timestamp) } else { self.sdk_json(&timestamp) }
    }

    fn sdk_json(self, timestamp: &str) -> Value {
        json!({
            "id": self.id, "trace_id": "t", "parent_id": self.parent, "timestamp": timestamp,
            "kind": { self.kind: self.payload }, "metadata": self.metadata,
            "causality_vector": self.clock.unwrap_or_default(), "lock_set": self.locks,
        })
    }

    fn flat_json(self, timestamp: &str) -> Value {
        let location = self.payload.get("location").cloned();
        let duration = self.payload.get("duration_ms").cloned();
        let clock: Option<Map<_, _>> =
            self.clock.map(|clock| clock.into_iter().map(|(name, at)| (name, at.into())).collect());
        let metadata: Map<_, _> = self.metadata.into_iter().chain(self.payload).collect();
        json!({
            "event_id": self.id, "trace_id": "t", "parent_id": self.parent, "timestamp": timestamp,
            "kind": self.kind, "metadata": metadata, "location": location, "duration_ms": duration,
            "vector_clock": clock, "lock_set": self.locks,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "tests last seconds")]
fn micros(ms: f64) -> i64 {
    (ms * 1e3).round() as i64
}

#[cfg(test)]
mod tests {
    use super::{event, trace};

    #[test]
    fn both_dialects_make_the_same_event() {
        let draft = || {
            let event = event("a").read("x").value(1).on("t1").clock(&[("p", 1)]).holding(&["l"]);
            event.location("a.rs:1").lasting(2.0)
        };
        let trace = trace([draft().at(0.0), draft().flat().at(0.0)]);
        let [sdk, flat] = trace.events() else { panic!("two events") };
        assert_eq!(
            (sdk.access, sdk.duration, sdk.location),
            (flat.access, flat.duration, flat.location)
        );
        assert_eq!(trace.clock(0), trace.clock(1));
        assert_eq!(trace.sent_locks(0), trace.sent_locks(1));
    }
}
