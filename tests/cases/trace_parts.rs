//! What is found in one trace, over HTTP: the same from every store, in the types that clients expect.

mod client;

use std::sync::Arc;

use libtest_mimic::Trial;
use raceway_model::json_equal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::client::{Answered, AuditTrail, CriticalPath, TraceAnomalies, TraceDependencies};
use crate::World;
use crate::harness::{Sidecar, event, percent_encoded, recorded_requests};

const NOON: &str = "2026-11-22T12:00:00.000000Z";
/// So many are analysed.
const WHOLE_EVENTS: usize = 4000;

type Case = fn(&Sidecar);

const CASES: [(&str, Case); 9] = [
    ("recorded_traces_are_what_clients_read", recorded),
    ("events_of_any_form_are_those_of_an_sdk", any_form),
    ("what_a_converted_event_says_is_what_was_sent", converted),
    ("a_race_is_found_and_told", race),
    ("calls_and_waits_are_found", calls),
    ("variables_have_any_name", names),
    ("what_is_not_there_is_not_found", unknown),
    ("a_wrong_parameter_is_told", wrong_parameter),
    ("a_long_trace_says_what_is_omitted", long),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: crate::StoreKind| {
        CASES.map(|(name, case)| {
            let name = format!("trace_parts::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        })
    };
    world.stores().into_iter().flat_map(of_store).collect()
}

/// `data` of an answer that a client takes.
fn read<T: DeserializeOwned>(sidecar: &Sidecar, path: &str) -> T {
    let data = sidecar.get(path).data();
    serde_json::from_value(data.clone()).unwrap_or_else(|error| panic!("{path}: {error}\n{data}"))
}

fn path(trace_id: &str) -> String {
    format!("/api/traces/{}", percent_encoded(trace_id))
}

/// The trace, each part of which is also answered by itself; asked twice, it is the same.
fn trace(sidecar: &Sidecar, trace_id: &str) -> Answered {
    let path = path(trace_id);
    let trace: Answered = read(sidecar, &path);
    assert_eq!(trace.trace_id, trace_id);
    assert_eq!(trace.analysis_omitted, None);
    let critical_path: CriticalPath = read(sidecar, &format!("{path}/critical-path"));
    assert_eq!(critical_path, trace.critical_path);
    let dependencies: TraceDependencies = read(sidecar, &format!("{path}/dependencies"));
    assert_eq!(dependencies, trace.dependencies);
    let TraceAnomalies { trace_id: of, anomaly_count, anomalies } =
        read(sidecar, &format!("{path}/anomalies"));
    assert_eq!((&*of, anomaly_count, &anomalies), (trace_id, anomalies.len(), &trace.anomalies));
    for (variable, accesses) in &trace.audit_trails {
        let named = format!("{path}/audit-trail?variable={}", percent_encoded(variable));
        let mut paths = vec![named];
        if !variable.is_empty() {
            paths.push(format!("{path}/audit-trail/{}", percent_encoded(variable)));
        }
        for path in paths {
            let trail: AuditTrail = read(sidecar, &path);
            assert_eq!((&*trail.trace_id, &trail.variable), (trace_id, variable));
            assert_eq!(&trail.accesses, accesses, "{path}");
        }
    }
    assert_eq!(sidecar.get_bytes(&path), sidecar.get_bytes(&path));
    trace
}

fn recorded(sidecar: &Sidecar) {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let (mut races, mut variables) = (0, 0);
    for listed in list["traces"].as_array().expect("traces") {
        let id = listed["trace_id"].as_str().expect("an id");
        let trace = trace(sidecar, id);
        assert_eq!(trace.events.len() as u64, listed["event_count"]);
        assert_eq!(trace.critical_path.path.len() as u64, trace.critical_path.path_events);
        let whole = trace.analysis.race_details.is_empty();
        assert_eq!(whole, trace.analysis.potential_races == 0);
        races += trace.analysis.potential_races;
        variables += trace.audit_trails.len();
        assert_sent_but_for_durations(&sidecar.events(id), &sidecar.sent(id));
    }
    assert!(races > 10 && variables > 50, "{races} races, {variables} variables");
}

/// SDKs send all that clients need; one of them sends a duration that is no whole number.
fn assert_sent_but_for_durations(read: &[Value], sent: &[Value]) {
    assert_eq!(read.len(), sent.len());
    for (read, sent) in read.iter().zip(sent) {
        let mut sent = sent.clone();
        if !sent["metadata"]["duration_ns"].is_null() {
            sent["metadata"]["duration_ns"] = read["metadata"]["duration_ns"].clone();
        }
        assert!(json_equal(read, &sent), "read {read}\nsent {sent}");
    }
}

fn any_form(sidecar: &Sidecar) {
    let forms = [
        json!({ "id": "least", "kind": "Fence" }),
        json!({ "event_id": "flat", "kind": "Fence" }),
        json!({ "id": "kind", "kind": { "StateChange": { "variable": "x" } } }),
        json!({ "event_id": "access", "kind": "StateChange", "metadata": { "variable": "x" } }),
        json!({ "id": "float", "kind": { "Custom": {} }, "metadata": { "duration_ns": 1_500_000.75 } }),
        json!({ "id": "negative", "kind": { "Custom": {} }, "metadata": { "duration_ns": -1 } }),
        json!({ "event_id": "short", "kind": "Custom", "duration_ms": 0.0001 }),
        json!({
            "id": "odd", "kind": { "Custom": 5 }, "parent_id": 7, "lock_set": {},
            "causality_vector": null, "metadata": { "thread_id": 1, "tags": [] }
        }),
        json!({
            "event_id": "odd flat", "kind": "Custom", "parent_id": 7, "lock_set": 5,
            "vector_clock": null, "metadata": "text", "location": 7, "duration_ms": "soon"
        }),
    ];
    let forms = forms.map(|mut event| {
        event["trace_id"] = "any form".into();
        event["timestamp"] = NOON.into();
        event
    });
    sidecar.store(&forms);
    let trace = trace(sidecar, "any form");
    assert_eq!(trace.events.len(), forms.len());
    let duration = |id: &str| {
        let event = trace.events.iter().find(|event| event.id == id).expect("the event");
        event.metadata.duration_ns
    };
    assert_eq!(duration("float"), Some(1_500_001));
    assert_eq!(duration("short"), Some(100));
    assert_eq!((duration("negative"), duration("odd flat")), (None, None));
    let access = &trace.audit_trails["x"][0];
    assert_eq!((&*access.access_type, &*access.location), ("Write", "unknown"));
    assert_eq!((&access.old_value, &access.new_value), (&Value::Null, &Value::Null));
}

fn converted(sidecar: &Sidecar) {
    let sent = json!({
        "event_id": "e", "trace_id": "flat", "timestamp": NOON, "kind": "StateChange",
        "parent_id": "p", "location": "a.rs:1", "duration_ms": 1.5, "vector_clock": { "a": 3 },
        "metadata": {
            "variable": "x", "new_value": 1, "thread_id": "t", "service_name": "bank", "lock_set": ["l"]
        }
    });
    sidecar.store(std::slice::from_ref(&sent));
    let expected = json!({
        "id": "e", "trace_id": "flat", "timestamp": NOON, "parent_id": "p",
        "kind": { "StateChange": {
            "variable": "x", "new_value": 1, "thread_id": "t", "service_name": "bank",
            "lock_set": ["l"], "location": "a.rs:1"
        } },
        "metadata": {
            "thread_id": "t", "service_name": "bank", "environment": "", "tags": {},
            "duration_ns": 1_500_000
        },
        "causality_vector": [["a", 3]], "lock_set": ["l"]
    });
    assert_eq!(sidecar.events("flat"), [expected]);
    assert_eq!(sidecar.sent("flat"), [sent]);
}

/// A read and a write of two requests, and a write of the first one's before both.
fn race(sidecar: &Sidecar) {
    let of = |id: &str, thread: &str, second: u32, parent: Option<&str>, access: &str| {
        let mut event = event("race", id, &format!("2026-11-22T12:00:{second:02}Z"));
        event["parent_id"] = json!(parent);
        event["metadata"]["thread_id"] = thread.into();
        event["causality_vector"] = json!([]);
        event["kind"]["StateChange"] = json!({
            "variable": "v", "access_type": access, "new_value": second, "location": format!("{id}.rs:1")
        });
        event
    };
    sidecar.store(&[
        of("00000000-a1", "a", 1, None, "Write"),
        of("11111111-a2", "a", 2, Some("00000000-a1"), "Write"),
        of("22222222-b", "b", 3, None, "Read"),
    ]);
    let trace = trace(sidecar, "race");
    let analysis = &trace.analysis;
    assert_eq!((analysis.potential_races, analysis.concurrent_events), (2, 2));
    assert_eq!(analysis.race_details_omitted, 0);
    assert_eq!(
        analysis.anomalies,
        [
            "⚠️ WARNING RACE on v (2 pairs)",
            "   Event 1: 00000000 @ 00000000-a1.rs:1 [a]",
            "   Event 2: 22222222 @ 22222222-b.rs:1 [b]",
        ]
    );
    let [first, second] = &*analysis.race_details else { panic!("{analysis:?}") };
    assert_eq!((&*first.severity, &*first.variable), ("WARNING", "v"));
    assert_eq!((&*second.event1_id, &*second.event2_id), ("11111111-a2", "22222222-b"));
    assert_eq!((&*second.event1_thread, &*second.event2_thread), ("a", "b"));
    let trail = &trace.audit_trails["v"];
    let links: Vec<bool> = trail.iter().map(|access| access.has_causal_link_to_previous).collect();
    assert_eq!(links, [true, true, false]);
    assert!(trail.iter().all(|access| access.is_race));
}

/// A service calls another, and waits for it.
fn calls(sidecar: &Sidecar) {
    let of = |id: &str, service: &str, second: u32, parent: Option<&str>, spans: Value| {
        let mut event = event("calls", id, &format!("2026-11-22T12:00:{second:02}Z"));
        event["parent_id"] = json!(parent);
        event["kind"] = json!({ "HttpRequest": { "method": "GET", "url": "/x" } });
        event["metadata"] = spans;
        event["metadata"]["service_name"] = service.into();
        event["causality_vector"] = json!([]);
        event
    };
    sidecar.store(&[
        of("a", "web", 0, None, json!({ "distributed_span_id": "web span" })),
        of("in", "bank", 2, None, json!({ "upstream_span_id": "web span" })),
        of("out", "bank", 7, Some("in"), json!({ "duration_ns": 1_000_000_000 })),
        of("b", "web", 10, Some("a"), json!({})),
    ]);
    let trace = trace(sidecar, "calls");
    let path = &trace.critical_path;
    let steps: Vec<(&str, f64)> =
        path.path.iter().map(|step| (&*step.id, step.duration_ms)).collect();
    assert_eq!(steps, [("a", 0.0), ("in", 2000.0), ("out", 5000.0), ("b", 3000.0)]);
    assert_eq!((path.total_duration_ms, path.percentage_of_total), (10_000.0, 100.0));
    assert_eq!(path.path[1].kind, "HttpRequest(GET /x)");
    let [call] = &*trace.dependencies.dependencies else { panic!("{:?}", trace.dependencies) };
    assert_eq!((&*call.from, &*call.to, call.call_count), ("web", "bank", 1));
    let services = trace.dependencies.services.iter();
    let services: Vec<_> = services.map(|of| (&*of.name, of.event_count)).collect();
    assert_eq!(services, [("bank", 2), ("web", 2)]);
}

fn names(sidecar: &Sidecar) {
    let long = "l".repeat(255);
    let names = ["", "a/b", "x y", "50%", "?&=#", "größe.π", "variable", &long];
    let trace_id = "a/b ü%";
    for (number, name) in names.iter().enumerate() {
        let mut event = event(trace_id, &format!("e{number}"), NOON);
        event["kind"]["StateChange"]["variable"] = json!(name);
        sidecar.store(&[event]);
    }
    let trace = trace(sidecar, trace_id);
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(trace.audit_trails.into_keys().collect::<Vec<_>>(), expected);
    let never = format!("{}/audit-trail/never%20touched", path(trace_id));
    let trail: AuditTrail = read(sidecar, &never);
    assert_eq!((&*trail.variable, trail.accesses.len()), ("never touched", 0));
}

fn unknown(sidecar: &Sidecar) {
    for part in [
        "",
        "/critical-path",
        "/anomalies",
        "/dependencies",
        "/audit-trail/x",
        "/audit-trail?variable=",
    ] {
        for trace in ["nothing", "%00", "a%2Fb"] {
            let path = format!("/api/traces/{trace}{part}");
            assert!(sidecar.get(&path).error(404).contains("no trace"), "{path}");
        }
    }
    sidecar.store(&[event("t", "e", NOON)]);
    for path in
        ["/api/traces/t/nothing", "/api/traces/t/audit-trail/", "/api/traces/t/audit-trail/a/b"]
    {
        assert!(sidecar.get(path).error(404).contains("no such route"), "{path}");
    }
}

fn wrong_parameter(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "e", NOON)]);
    for (path, expected) in [
        ("critical-path?page=1", "page: expected no parameters"),
        ("anomalies?x", "x: expected no parameters"),
        ("dependencies?x=1", "x: expected no parameters"),
        ("audit-trail/x?variable=x", "variable: expected no parameters"),
        ("audit-trail", "variable: expected once"),
        ("audit-trail?variable=x&variable=y", "variable: expected once"),
        ("audit-trail?name=x", "name: no such parameter: expected variable"),
        ("audit-trail/%FF", "variable: expected UTF-8"),
    ] {
        let error = sidecar.get(&format!("/api/traces/t/{path}")).error(400);
        assert!(error.contains(expected), "{path}: {error}");
    }
}

/// One event more than is analysed, half of them flat, and one that has too many bytes.
fn long(sidecar: &Sidecar) {
    let flat =
        |id: &str| json!({ "event_id": id, "trace_id": "long", "timestamp": NOON, "kind": "K" });
    let events: Vec<Value> = (0..=WHOLE_EVENTS)
        .map(|number| match number % 2 {
            0 => event("long", &number.to_string(), NOON),
            _ => flat(&number.to_string()),
        })
        .collect();
    sidecar.store(&events);
    let mut large = event("large", "e", NOON);
    large["kind"]["StateChange"]["new_value"] = "x".repeat(3 << 20).into();
    sidecar.store(&[large]);
    for (trace_id, events) in [("long", WHOLE_EVENTS + 1), ("large", 1)] {
        let trace: Answered = read(sidecar, &path(trace_id));
        assert_eq!(trace.events.len(), events);
        let omitted = trace.analysis_omitted.expect("a reason");
        assert!(omitted.contains("more than 4000 events or 3 MiB"), "{omitted}");
        assert_eq!((trace.critical_path.path.len(), trace.audit_trails.len()), (0, 0));
        assert_eq!(trace.dependencies.trace_id, trace_id);
        for part in ["critical-path", "anomalies", "dependencies", "audit-trail/x"] {
            let error = sidecar.get(&format!("{}/{part}", path(trace_id))).error(413);
            assert!(error.contains("raceway_races(trace_id)"), "{error}");
        }
    }
    sidecar.store(&events[..WHOLE_EVENTS].iter().map(in_another_trace).collect::<Vec<_>>());
    assert_eq!(trace(sidecar, "another").events.len(), WHOLE_EVENTS);
}

fn in_another_trace(event: &Value) -> Value {
    let mut event = event.clone();
    event["trace_id"] = "another".into();
    event
}
