//! What the recorded traffic of the four SDKs means.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use raceway_analysis::trace::traces;
use raceway_analysis::{Trace, calls};
use raceway_model::EventView;
use serde_json::Value;
use serde_json::value::RawValue;

fn recorded(sdk: &str) -> BTreeMap<String, Trace> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/fixtures/sdk/{sdk}.ndjson"));
    let requests = fs::read_to_string(file).expect("a fixture");
    let events: Vec<Box<RawValue>> = requests.lines().flat_map(events_of).collect();
    traces(events.iter().filter_map(|event| EventView::parse(event.get()).ok()))
}

fn events_of(request: &str) -> Vec<Box<RawValue>> {
    let request: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(request).expect("a recorded request");
    let body: Value = serde_json::from_str(request["body"].get()).expect("JSON");
    let events = body["events"].as_array().expect("events").iter();
    events.map(|event| serde_json::value::to_raw_value(event).expect("JSON")).collect()
}

#[test]
fn calls_are_counted_once() {
    let count = |sdk| recorded(sdk).values().map(|trace| calls::calls(trace).len()).sum();
    let counts: Vec<usize> = ["go", "python", "rust", "typescript"].map(count).into();
    assert_eq!(counts, [9, 3, 6, 3]);
}
