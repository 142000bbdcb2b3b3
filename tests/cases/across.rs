//! What is told of many traces together for a page: findings by kind and place, a variable over traces, and two traces
//! beside each other. All stores must answer alike.

use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::{Sidecar, event, recorded_requests};
use crate::{Case, World};

const CASES: [Case; 5] = [
    ("findings_are_grouped_by_kind_and_place", findings),
    ("a_variable_tells_which_requests_collided", variable),
    ("two_traces_are_compared", compare),
    ("recorded_traffic_is_answered_alike_by_every_store", recorded),
    ("wrong_parameters_are_told", wrong),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "across", &CASES)
}

/// An access of a balance by a request, so many milliseconds after noon.
fn access(trace_id: &str, id: &str, ms: u32, kind: &str, values: [Value; 2]) -> Value {
    let timestamp =
        format!("2026-11-22T12:{:02}:{:02}.{:03}Z", ms / 60_000, ms / 1000 % 60, ms % 1000);
    let mut event = event(trace_id, id, &timestamp);
    let [old_value, new_value] = values;
    event["kind"] = json!({ "StateChange": {
        "variable": "balance", "access_type": kind, "old_value": old_value, "new_value": new_value,
        "location": format!("bank.rs:{}", if kind == "Read" { 10 } else { 20 }),
    }});
    event["metadata"]["thread_id"] = json!(trace_id);
    event["causality_vector"] = json!([]);
    event
}

/// A request that reads 100 and writes, over what another one has written in between.
fn collision(start: u32, first: &str, second: &str) -> Vec<Value> {
    let null = Value::Null;
    let after = |mut event: Value, parent: &str| {
        event["parent_id"] = json!(parent);
        event
    };
    let id = |trace_id: &str, place: u32| format!("{trace_id}-{place}");
    vec![
        access(first, &id(first, 1), start, "Read", [null.clone(), json!(100)]),
        access(second, &id(second, 1), start + 5, "Read", [null, json!(100)]),
        after(
            access(second, &id(second, 2), start + 50, "Write", [json!(100), json!(70)]),
            &id(second, 1),
        ),
        after(
            access(first, &id(first, 2), start + 90, "Write", [json!(100), json!(50)]),
            &id(first, 1),
        ),
    ]
}

/// The answers of all stores with these events, which must be equal.
fn answers(world: &World, events: &[Value], paths: &[&str]) -> Vec<Value> {
    let mut known: Option<Vec<Value>> = None;
    for store in world.stores() {
        let sidecar = world.sidecar(store);
        sidecar.store(events);
        let answers: Vec<Value> = paths.iter().map(|path| sidecar.get(path).data()).collect();
        if let Some(known) = &known {
            assert_eq!(*known, answers, "{}", store.name());
        }
        known = Some(answers);
    }
    known.expect("a store")
}

fn findings(world: &World) {
    let mut events = collision(0, "a", "b");
    events.extend(collision(600_000, "c", "d"));
    let answers = answers(
        world,
        &events,
        &[
            "/api/findings",
            "/api/findings?kind=lost_update&limit=1",
            "/api/findings?from=2026-11-22T12:05:00Z&until=2026-11-22T12:15:00Z&service=bank",
            "/api/findings?variable=other",
            "/api/findings?until=2026-11-22T11:00:00Z",
        ],
    );
    let all = &answers[0];
    assert_eq!((&all["traces_examined"], &all["traces_omitted"]), (&json!(4), &json!(0)));
    assert_eq!(all["bucket_seconds"], 1800);
    let lost = &answers[1]["groups"][0];
    assert_eq!((&lost["kind"], &lost["severity"]), (&json!("lost_update"), &json!("CRITICAL")));
    assert_eq!(lost["places"], json!(["bank.rs:10", "bank.rs:20"]));
    assert_eq!((&lost["variable"], &lost["service"]), (&json!("balance"), &json!("bank")));
    assert_eq!((&lost["count"], &lost["trace_count"]), (&json!(2), &json!(4)));
    assert_eq!(lost["trace_ids"], json!(["c", "d", "a", "b"]));
    assert_eq!(lost["last_timestamp"], "2026-11-22T12:10:00.090000Z");
    let counts = lost["counts"].as_array().expect("counts");
    let sum: u64 = counts.iter().filter_map(Value::as_u64).sum();
    assert!(sum == 2 && counts.len() <= 60, "{counts:?}");
    let some = &answers[2];
    assert_eq!(
        (&some["from"], &some["until"]),
        (&json!("2026-11-22T12:05:00.000000Z"), &json!("2026-11-22T12:15:00.000000Z"))
    );
    assert_eq!(some["traces_examined"], 2);
    let lost = some["groups"].as_array().expect("groups").iter();
    let counts: Vec<_> = lost
        .filter(|group| group["kind"] == "lost_update")
        .map(|group| group["count"].clone())
        .collect();
    assert_eq!(counts, [1]);
    assert_eq!(answers[3]["groups"], json!([]));
    assert_eq!((&answers[4]["groups"], &answers[4]["traces_examined"]), (&json!([]), &json!(0)));
}

fn variable(world: &World) {
    let mut events = collision(0, "a", "b");
    events.extend(collision(600_000, "c", "d"));
    events.push(event("x", "x", "2026-11-22T12:00:00Z"));
    let answers = answers(
        world,
        &events,
        &[
            "/api/variable?name=balance",
            "/api/variable?name=balance&service=bank&limit=2",
            "/api/variable?name=balance&until=2026-11-22T12:05:00Z&from=2026-11-22T12:00:00Z",
            "/api/variable?name=balance&service=shop",
            "/api/variable?name=",
        ],
    );
    let all = &answers[0];
    let accesses = all["accesses"].as_array().expect("accesses");
    let ids: Vec<_> =
        accesses.iter().map(|access| access["event_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["a-1", "b-1", "b-2", "a-2", "c-1", "d-1", "d-2", "c-2"]);
    assert_eq!((&accesses[2]["old_value"], &accesses[2]["new_value"]), (&json!(100), &json!(70)));
    assert_eq!(accesses[3]["is_finding"], true);
    assert_eq!(all["service"], Value::Null);
    let findings = all["findings"].as_array().expect("findings");
    let lost: Vec<_> = findings.iter().filter(|found| found["kind"] == "lost_update").collect();
    assert_eq!(lost.len(), 2, "{findings:?}");
    assert_eq!(lost[0]["lost_value"], 70);
    let traces = lost[0]["accesses"].as_array().expect("accesses").iter().take(3);
    let traces: Vec<_> = traces.map(|access| access["trace_id"].as_str().expect("an id")).collect();
    assert_eq!(traces, ["c", "d", "c"], "the newest first");
    assert_eq!(
        (answers[1]["accesses"].as_array().map(Vec::len), &answers[1]["accesses_omitted"]),
        (Some(2), &json!(6))
    );
    assert_eq!(answers[2]["accesses"].as_array().map(Vec::len), Some(4));
    assert_eq!(answers[3]["accesses"], json!([]));
    assert_eq!(answers[4]["accesses"], json!([]));
}

fn compare(world: &World) {
    let mut events = collision(0, "a", "b");
    let mut more = access("b", "b-3", 95, "Write", [json!(70), json!(60)]);
    more["parent_id"] = json!("b-2");
    events.push(more);
    let mut other = event("b", "task", "2026-11-22T12:00:01Z");
    other["metadata"]["service_name"] = json!("shop");
    events.push(other);
    let answers = answers(world, &events, &["/api/compare?a=a&b=b", "/api/compare?a=b&b=b"]);
    let data = &answers[0];
    assert_eq!((&data["a"]["events"], &data["b"]["events"]), (&json!(2), &json!(4)));
    assert_eq!((&data["a"]["strands"], &data["b"]["strands"]), (&json!(1), &json!(2)));
    assert_eq!(data["a"]["duration_ms"], 90.0);
    let operations = &data["strands"][0]["operations"][0];
    assert_eq!((&operations["a"]["count"], &operations["b"]["count"]), (&json!(2), &json!(3)));
    assert_eq!(operations["b"]["ids"], json!(["b-1", "b-2", "b-3"]));
    assert_eq!(
        (&data["strands"][1]["a"], &data["strands"][1]["operations"][0]["a"]),
        (&Value::Null, &Value::Null)
    );
    let services = json!([
        { "name": "bank", "a_ms": 90.0, "b_ms": 90.0, "a_events": 2, "b_events": 3 },
        { "name": "shop", "a_ms": 0.0, "b_ms": 0.0, "a_events": 0, "b_events": 1 },
    ]);
    assert_eq!(data["services"], services);
    assert_eq!(answers[1]["a"], answers[1]["b"]);
}

fn recorded(world: &World) {
    let mut known: Option<Vec<Value>> = None;
    for store in world.stores() {
        let sidecar = world.sidecar(store);
        for body in recorded_requests() {
            sidecar.post(&body).data();
        }
        let hot = sidecar.get("/api/distributed/hotspots").data()["top_variables"].clone();
        let names = hot.as_array().expect("variables").iter();
        let names = names.map(|hot| hot["variable"].as_str().expect("a name").to_owned());
        let period = "from=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z";
        let mut paths = vec![format!("/api/findings?{period}")];
        paths.extend(names.map(|name| {
            format!("/api/variable?name={}&{period}", crate::harness::percent_encoded(&name))
        }));
        let answers: Vec<Value> = paths.iter().map(|path| sidecar.get(path).data()).collect();
        assert!(!answers[0]["groups"].as_array().expect("groups").is_empty());
        if let Some(known) = &known {
            assert_eq!(*known, answers, "{}", store.name());
        }
        known = Some(answers);
    }
}

fn wrong(_: &World) {
    let sidecar = Sidecar::memory();
    sidecar.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    for (path, status) in [
        ("/api/findings?kind=rac", 400),
        ("/api/findings?limit=0", 400),
        ("/api/findings?from=noon", 400),
        ("/api/variable", 400),
        ("/api/variable?name=x&limit=no", 400),
        ("/api/compare?a=t", 400),
        ("/api/compare?a=t&b=other", 404),
        ("/api/compare?a=other&b=t", 404),
    ] {
        sidecar.get(path).error(status);
    }
    let error = sidecar.get("/api/findings?kind=rac").error(400);
    assert!(error.starts_with("kind: ") && error.contains("expected one of"), "{error}");
    // A greater limit is cut.
    for path in ["/api/findings?limit=4294967295", "/api/variable?name=x&limit=4294967295"] {
        sidecar.get(path).data();
    }
}
