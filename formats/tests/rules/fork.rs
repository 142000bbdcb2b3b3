//! One request that forks a task and calls a service, as each format has it.

use raceway_analysis::{Causality, TraceBuilder};
use raceway_formats::{Format, write};
use raceway_model::EventView;
use serde_json::{Value, json};

fn event(id: &str, parent: Option<&str>, ms: u32, service: &str, duration_ms: u32) -> Value {
    json!({
        "id": id, "trace_id": "t", "parent_id": parent, "timestamp": format!("2026-01-01T00:00:00.{ms:03}Z"),
        "kind": { "FunctionCall": { "function_name": id } },
        "metadata": {
            "service_name": service, "thread_id": id, "duration_ns": duration_ms * 1_000_000,
            "distributed_span_id": service,
            "upstream_span_id": (service == "shop").then_some("bank"),
        },
        "causality_vector": [], "lock_set": [],
    })
}

/// `root` goes on with `slow` and `quick`, whose times cross, and forks `task`; `entry` is called.
fn written(format: Format) -> Vec<u8> {
    let mut events = [
        event("root", None, 10, "bank", 0),
        event("slow", Some("root"), 50, "bank", 30),
        event("task", Some("root"), 40, "bank", 0),
        event("quick", Some("slow"), 60, "bank", 20),
        event("entry", None, 30, "shop", 0),
    ];
    for place in [1, 3] {
        events[place]["metadata"]["thread_id"] = json!("root");
    }
    let mut builder = TraceBuilder::new("t");
    for event in events.iter().map(Value::to_string) {
        builder.add(&EventView::parse(&event).expect("an event"));
    }
    let causality = Causality::of(builder.finish()).expect("a small trace");
    write(format, &causality, &(i64::MIN..i64::MAX)).expect("a small trace")
}

fn json(format: Format) -> Value {
    serde_json::from_slice(&written(format)).expect("JSON")
}

#[test]
fn arrows_lead_to_tasks_and_callees_and_slices_that_cross_are_on_two_tracks() {
    let file = json(Format::Perfetto);
    let entries = file["traceEvents"].as_array().expect("entries").iter();
    let told = entries.map(|entry| {
        let part = |name: &str| entry[name].to_string().trim_matches('"').to_owned();
        match &*part("ph") {
            "M" => format!("{} {}: {}", part("pid"), part("tid"), entry["args"]["name"]),
            "X" => format!("{} {} {} {}", part("tid"), part("name"), part("ts"), part("dur")),
            arrow => format!("{} {arrow} {} {}", part("tid"), part("name"), part("ts")),
        }
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "1 0: \"bank\"",
            "1 1: \"FunctionCall(root) root\"",
            "1 2: \"FunctionCall(root) root (2)\"",
            "2 0: \"shop\"",
            "2 3: \"FunctionCall(entry) entry\"",
            "1 4: \"FunctionCall(task) task\"",
            "1 FunctionCall(root) 0 0",
            "1 s call 0",
            "1 s fork 0",
            "1 FunctionCall(slow) 10000 30000",
            "3 FunctionCall(entry) 20000 0",
            "3 f call 20000",
            "2 FunctionCall(quick) 30000 20000",
            "4 FunctionCall(task) 30000 0",
            "4 f fork 30000",
        ]
    );
    assert_eq!(file["otherData"]["start"], "2026-01-01T00:00:00.010000Z");
}

#[test]
fn a_host_counts_its_events_and_what_it_has_seen_of_others() {
    let log = String::from_utf8(written(Format::Shiviz)).expect("UTF-8");
    let clocks: Vec<&str> = log.lines().skip(3).step_by(2).collect();
    for expected in [
        r#"bank/root {"bank/root":1}"#,
        r#"bank/root {"bank/root":2}"#,
        r#"bank/root {"bank/root":3}"#,
        r#"bank/task {"bank/root":1,"bank/task":1}"#,
        r#"shop/entry {"bank/root":1,"shop/entry":1}"#,
    ] {
        assert!(clocks.contains(&expected), "{expected}: {log}");
    }
    assert!(log.contains("FunctionCall(slow) 2026-01-01T00:00:00.050000Z event_id=slow"), "{log}");
}

#[test]
fn a_task_and_a_callee_are_children_of_the_span_that_they_come_from() {
    let file = json(Format::Jaeger);
    let spans = file["data"][0]["spans"].as_array().expect("spans");
    let named = |id: &Value| {
        spans.iter().find(|span| span["spanID"] == *id).expect("a span")["operationName"].clone()
    };
    let children = spans.iter().map(|span| {
        let parent = span["references"].get(0).map(|parent| {
            assert_eq!(parent["refType"], "CHILD_OF");
            named(&parent["spanID"])
        });
        (span["operationName"].as_str().expect("a name"), parent)
    });
    let root = Some(json!("FunctionCall(root)"));
    assert_eq!(
        children.collect::<Vec<_>>(),
        [
            ("FunctionCall(root)", None),
            ("FunctionCall(slow)", root.clone()),
            ("FunctionCall(quick)", root.clone()),
            ("FunctionCall(entry)", root.clone()),
            ("FunctionCall(task)", root),
        ]
    );
    let otlp = json(Format::Otlp);
    let shop = &otlp["resourceSpans"][1];
    assert_eq!(shop["resource"]["attributes"][0]["value"]["stringValue"], "shop");
    assert_eq!(shop["scopeSpans"][0]["spans"][0]["kind"], 2, "a server");
}
