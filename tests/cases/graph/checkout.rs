//! A trace in which much goes wrong: a checkout asks a bank for a deposit and a withdrawal at once. Under a lock each of
//! them reads the balance, and under the lock again it writes what it has made of that.

use serde_json::{Value, json};

/// How many there are.
pub(super) const EVENTS: usize = 33;

/// The events of the trace with this id, in order of time.
pub(super) fn checkout(trace_id: &str) -> Vec<Value> {
    let mut steps = vec![
        event(
            "s1",
            1,
            "bank",
            "setup",
            &[("setup", 1)],
            "StateChange",
            fields("balance", "Write", None, 100),
        ),
        web(
            "w1",
            2,
            &[("setup", 1), ("web", 1)],
            "HttpRequest",
            json!({ "method": "POST", "url": "/checkout" }),
        ),
        web(
            "w2",
            3,
            &[("setup", 1), ("web", 2)],
            "FunctionCall",
            json!({ "function_name": "pay" }),
        ),
    ];
    steps[1]["metadata"]["distributed_span_id"] = "checkout".into();
    steps.extend(request("a", "deposit", [5, 6, 8, 9, 20, 21, 22, 24], 170, ["ledger", "audit"]));
    steps.extend(request("b", "withdraw", [4, 7, 10, 11, 12, 13, 14, 23], 70, ["audit", "ledger"]));
    let end = [("setup", 1), ("web", 3), ("a", 12), ("b", 12)];
    steps.push(web("w3", 60, &end, "HttpResponse", json!({ "status": 200 })));
    let mut after =
        web("w4", 61, &[("setup", 1), ("web", 4), ("a", 12), ("b", 12)], "Custom", json!({}));
    after["parent_id"] = "somewhere else".into();
    steps.push(after);
    for step in &mut steps {
        step["trace_id"] = trace_id.into();
    }
    steps.sort_by_key(|step| (step["timestamp"].to_string(), step["event_id"].to_string()));
    steps
}

/// A request of the bank: when each of its steps happens, what it writes, and which locks it takes in the end.
fn request(id: &str, what: &str, at: [u32; 8], writes: u32, locks: [&str; 2]) -> Vec<Value> {
    let step = |number: u32, ms: u32, kind: &str, fields: Value| {
        let clock: &[(&str, u32)] = &[("setup", 1), ("web", 2), (id, number)];
        event(&format!("{id}{number}"), ms, "bank", id, clock, kind, fields)
    };
    let lock = |number: u32, ms: u32, kind: &str, lock: &str| {
        step(
            number,
            ms,
            kind,
            json!({ "lock_id": lock, "lock_type": "Mutex", "location": format!("{what}.rs:{number}") }),
        )
    };
    let change = |number: u32, ms: u32, variable: &str, kind: &str, old: Option<u32>, new: u32| {
        let mut event = step(number, ms, "StateChange", fields(variable, kind, old, new));
        event["location"] = format!("{what}.rs:{number}").into();
        event
    };
    let mut entry =
        step(1, at[0], "HttpRequest", json!({ "method": "POST", "url": format!("/{what}") }));
    entry["metadata"]["upstream_span_id"] = "checkout".into();
    entry["metadata"]["distributed_span_id"] = what.into();
    let first = if id == "a" { 30 } else { 40 };
    let mut answer = step(14, first + 5, "HttpResponse", json!({ "status": 200 }));
    answer["duration_ms"] = 30.into();
    vec![
        entry,
        lock(2, at[1], "LockAcquire", "accounts"),
        change(3, at[2], "balance", "Read", None, 100),
        lock(4, at[3], "LockRelease", "accounts"),
        lock(5, at[4], "LockAcquire", "accounts"),
        change(6, at[5], "balance", "Write", Some(100), writes),
        lock(7, at[6], "LockRelease", "accounts"),
        change(8, at[7], "cache", "Write", None, writes),
        lock(9, first, "LockAcquire", locks[0]),
        lock(10, first + 1, "LockAcquire", locks[1]),
        lock(11, first + 2, "LockRelease", locks[1]),
        lock(12, first + 3, "LockRelease", locks[0]),
        step(13, first + 4, "Custom", json!({ "name": "log" })),
        answer,
    ]
}

fn web(id: &str, ms: u32, clock: &[(&str, u32)], kind: &str, fields: Value) -> Value {
    event(id, ms, "web", "main", clock, kind, fields)
}

fn fields(variable: &str, kind: &str, old: Option<u32>, new: u32) -> Value {
    let mut fields = json!({ "variable": variable, "access_type": kind, "new_value": new });
    if let Some(old) = old {
        fields["old_value"] = old.into();
    }
    fields
}

/// In the flat dialect, of a thread of a service.
fn event(
    id: &str,
    ms: u32,
    service: &str,
    thread: &str,
    clock: &[(&str, u32)],
    kind: &str,
    mut metadata: Value,
) -> Value {
    metadata["service_name"] = service.into();
    metadata["thread_id"] = thread.into();
    metadata["process_id"] = if service == "web" { 1.into() } else { 2.into() };
    let clock: serde_json::Map<String, Value> =
        clock.iter().map(|&(name, at)| (name.to_owned(), at.into())).collect();
    let mut event = json!({
        "event_id": id, "timestamp": format!("2026-11-22T12:00:00.{ms:03}Z"), "kind": kind,
        "vector_clock": clock, "metadata": metadata,
    });
    if let Some(location) = event["metadata"].get("location").cloned() {
        event["location"] = location;
    }
    event
}
