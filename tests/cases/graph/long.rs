//! A trace that is too long to be analysed as a whole.

use serde_json::{Value, json};

use super::{each, graph, list, post};
use crate::harness::{Sidecar, event};

pub(super) const TRACE: &str = "long";
const EVENTS: usize = 20_000;
const BATCH: usize = 2_000;
/// Events a second, of two services in turns.
const RATE: usize = 1_000;

/// Stores so many events, the later half of each batch first.
pub(super) fn store(sidecar: &Sidecar, events: usize) {
    for first in (0..events).step_by(BATCH) {
        let batch: Vec<Value> =
            (0..BATCH).map(|place| step(first + (place + BATCH / 2) % BATCH)).collect();
        sidecar.store(&batch);
    }
}

/// Requests of ten events, two at once, of which each reads a counter and writes it.
fn step(number: usize) -> Value {
    let (request, place) = (number / 20 * 2 + number % 2, number % 20 / 2);
    let (second, micros) = (number / RATE, number % RATE * 1_000_000 / RATE);
    let time = format!("2026-11-22T12:00:{second:02}.{micros:06}Z");
    let mut event = event(TRACE, &format!("{number:05}"), &time);
    if place > 0 {
        event["parent_id"] = format!("{:05}", number - 2).into();
    }
    event["causality_vector"] = json!([]);
    event["metadata"]["thread_id"] = request.to_string().into();
    if number % 2 == 1 {
        event["metadata"]["service_name"] = "shop".into();
    }
    event["kind"]["StateChange"]["variable"] = format!("v{}", number / 20).into();
    event
}

/// How many events a density has.
pub(super) fn counted(density: &Value) -> u64 {
    let counts = list(density, "lanes").iter().flat_map(|lane| list(lane, "counts"));
    counts.map(|count| count.as_u64().expect("a count")).sum()
}

pub(super) fn window(sidecar: &Sidecar) {
    store(sidecar, EVENTS);
    let whole = graph(sidecar, TRACE, "");
    assert_eq!(
        (&whole["events_total"], &whole["events_matched"]),
        (&json!(EVENTS), &json!(EVENTS))
    );
    assert_eq!((&whole["analysed"], &whole["events"]), (&json!("window"), &json!([])));
    assert_eq!(whole["last_timestamp"], "2026-11-22T12:00:19.999000Z");
    assert_density(&whole["density"]);
    let window =
        graph(sidecar, TRACE, "?from=2026-11-22T12:00:05.010Z&until=2026-11-22T12:00:05.050Z");
    assert_eq!((&window["events_matched"], &window["density"]), (&json!(40), &Value::Null));
    assert_eq!(window["analysed"], "window");
    let ids: Vec<String> = (5_010..5_050).map(|number| format!("{number:05}")).collect();
    assert_eq!(each(list(&window, "events"), "id"), ids);
    // The request that is cut begins where the window does.
    let first = &list(&window, "strands")[0];
    assert_eq!((&first["root"], &first["events"]), (&json!("05010"), &json!(5)));
    assert_eq!(list(&window, "events")[0]["parent_id"], "05008");
    let most = graph(sidecar, TRACE, "?until=2026-11-22T12:00:02Z");
    assert_eq!(list(&most, "events").len(), 2_000, "as many as the limit");
    let more = graph(sidecar, TRACE, "?until=2026-11-22T12:00:02.001Z");
    assert_eq!((&more["events_matched"], counted(&more["density"])), (&json!(2_001), 2_001));
    let body: Vec<Value> = (0..5_000).map(step).collect();
    let sent = post(sidecar, "?until=2026-11-22T12:00:02Z", &Value::from(body).to_string()).data();
    for field in ["events", "strands", "edges", "findings", "analysed", "tree"] {
        assert_eq!(sent[field], most[field], "{field}");
    }
    assert_large_events_are_counted(sidecar);
}

fn assert_density(density: &Value) {
    assert_eq!(counted(density), EVENTS as u64);
    let lanes = list(density, "lanes");
    assert_eq!(each(lanes, "service"), ["bank", "shop"]);
    let bucket_ms = density["bucket_ms"].as_f64().expect("a number");
    // One a millisecond, of which each service has half.
    let expected = bucket_ms / 2.0;
    for lane in lanes {
        let counts = list(lane, "counts");
        assert!((500..=512).contains(&counts.len()), "{}", counts.len());
        let is_even = |count: &Value| (count.as_f64().expect("a count") - expected).abs() <= 1.0;
        assert!(counts[..counts.len() - 1].iter().all(is_even), "{counts:?}");
    }
}

/// A window of few events whose bytes are too many to be analysed.
fn assert_large_events_are_counted(sidecar: &Sidecar) {
    let large = |id: &str| {
        let mut event = event("large", id, &format!("2026-11-22T12:00:0{id}Z"));
        event["kind"]["StateChange"]["new_value"] = "x".repeat(2 << 20).into();
        event
    };
    sidecar.store(&[large("1")]);
    sidecar.store(&[large("2")]);
    let both = graph(sidecar, "large", "");
    assert_eq!((&both["events_matched"], counted(&both["density"])), (&json!(2), 2));
    let one = graph(sidecar, "large", "?from=2026-11-22T12:00:02Z");
    assert_eq!(each(list(&one, "events"), "id"), ["2"]);
    assert_eq!(one["analysed"], "window");
}
