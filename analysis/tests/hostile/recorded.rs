//! The recorded traffic of the four SDKs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The events of each recorded trace.
pub(crate) fn traces() -> Vec<Vec<Value>> {
    let mut traces: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for sdk in ["typescript", "python", "rust", "go"] {
        for event in events(sdk) {
            traces.entry(event["trace_id"].to_string()).or_default().push(event);
        }
    }
    traces.into_values().collect()
}

fn events(sdk: &str) -> Vec<Value> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/sdk");
    let requests = fs::read_to_string(fixtures.join(format!("{sdk}.ndjson"))).expect("a fixture");
    let body = |request: &str| -> Value {
        let request: Value = serde_json::from_str(request).expect("a recorded request");
        request["body"]["events"].clone()
    };
    let bodies = requests.lines().map(body);
    bodies.flat_map(|events| events.as_array().cloned().unwrap_or_default()).collect()
}
