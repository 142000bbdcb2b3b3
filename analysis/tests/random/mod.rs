//! Random traces: events of three services with calls, parents in circles, and clocks that run backwards;
//! every second one in the flat dialect, with vector clocks that say anything.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use raceway_analysis::{Trace, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::{Map, Value, json};

/// 2026-01-01T00:00:00Z in microseconds.
pub(crate) const START: i64 = 1_767_225_600_000_000;

pub(crate) const SERVICES: [&str; 3] = ["a", "b", "c"];
const VARIABLES: [&str; 3] = ["x", "y", "z"];

/// An event to be.
#[derive(Clone, Debug)]
struct Draft {
    service: usize,
    kind: usize,
    subject: usize,
    micros: i64,
    duration_ns: Option<i64>,
    parent: Option<usize>,
    span: usize,
    upstream: Option<usize>,
}

fn draft() -> impl Strategy<Value = Draft> {
    let micros =
        prop_oneof![0..50_i64, 0..2_000_000_i64, 0..400_000_000_i64, 0..200_000_000_000_i64];
    let duration = prop_oneof![0..3_i64, 0..5_000_000_i64, Just(2_000_000_000), Just(i64::MAX)];
    (0..3_usize, 0..5_usize, 0..3_usize, micros, option::of(duration), option::of(0..12_usize))
        .prop_flat_map(|event| (Just(event), 0..5_usize, option::weighted(0.3, 0..5_usize)))
        .prop_map(|((service, kind, subject, micros, duration_ns, parent), span, upstream)| Draft {
            service,
            kind,
            subject,
            micros,
            duration_ns,
            parent,
            span,
            upstream,
        })
}

/// Traces of a few events each.
pub(crate) fn traces() -> impl Strategy<Value = Vec<Trace>> {
    vec(vec(draft(), 1..12), 1..6).prop_map(|traces| {
        let traces = (0..).zip(&traces).map(|(number, events)| trace(number, events));
        traces.collect()
    })
}

fn trace(number: usize, drafts: &[Draft]) -> Trace {
    let mut builder = TraceBuilder::new(&format!("t{number}"));
    for (place, draft) in (0..).zip(drafts) {
        let json = if number.is_multiple_of(2) { sdk(place, draft) } else { flat(place, draft) };
        let json = json.to_string();
        builder.add(&EventView::parse(&json).expect("an event"));
    }
    builder.finish()
}

fn sdk(place: usize, draft: &Draft) -> Value {
    let variable = VARIABLES[draft.subject];
    let kind = match draft.kind {
        0 => json!({ "StateChange": { "variable": variable, "access_type": "Write" } }),
        1 => json!({ "FunctionCall": { "function_name": variable } }),
        2 => json!({ "HttpRequest": { "method": "GET", "url": "/" } }),
        3 => json!({ "HttpRequest": { "headers": { "content-type": "application/grpc" } } }),
        _ => json!({ "DatabaseQuery": {} }),
    };
    let timestamp = Timestamp::nearest(START + draft.micros).to_string();
    json!({
        "id": format!("e{place}"), "trace_id": "t", "timestamp": timestamp, "kind": kind,
        "parent_id": draft.parent.map(|parent| format!("e{parent}")),
        "metadata": {
            "service_name": SERVICES[draft.service],
            "duration_ns": draft.duration_ns,
            "distributed_span_id": draft.span.to_string(),
            "upstream_span_id": draft.upstream.map(|span| span.to_string()),
        },
        "causality_vector": [], "lock_set": [],
    })
}

fn flat(place: usize, draft: &Draft) -> Value {
    let mut event = sdk(place, draft);
    let clock = json!({ "p": draft.micros % 4, "q": draft.subject, "r": draft.span });
    let (kind, metadata) = (event["kind"].take(), event["metadata"].take());
    let (name, payload) = kind.as_object().and_then(|kind| kind.iter().next()).expect("a kind");
    let fields = [&metadata, payload].into_iter().filter_map(Value::as_object).flatten();
    json!({
        "event_id": event["id"], "trace_id": "t", "timestamp": event["timestamp"], "kind": name,
        "parent_id": event["parent_id"], "vector_clock": clock,
        "duration_ms": draft.duration_ns.filter(|&duration| duration < i64::MAX),
        "metadata": fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>(),
    })
}
