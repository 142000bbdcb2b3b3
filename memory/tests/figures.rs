//! Kept figures are those of the events that are there, whatever has happened to them.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use raceway_analysis::anomalies::{EarlierDurations, anomalies, time_before};
use raceway_analysis::calls::calls;
use raceway_analysis::figures::{Figures, Names, SlowTrace, Timeline, Window, slowest};
use raceway_analysis::{Trace, TraceBuilder};
use raceway_memory::{Limits, MemoryStore, StoreFigures, TraceFilter};
use raceway_model::{EventView, Timestamp, parse_batch};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z in microseconds.
const START: i64 = 1_767_225_600_000_000;

const SERVICES: [Option<&str>; 4] = [Some("a"), Some("b"), Some("unknown"), None];

/// What is done to a store.
#[derive(Clone, Debug)]
enum Step {
    Add(Vec<Value>),
    /// A while passes, and what is too old goes.
    Expire,
    /// Some of what has changed is counted.
    Count(usize),
}

/// Times within a few seconds, and far apart.
fn micros() -> impl Strategy<Value = i64> {
    prop_oneof![0..50_i64, 0..4_000_000_i64, 0..400_000_000_i64, 0..200_000_000_000_i64]
}

fn event() -> impl Strategy<Value = Value> {
    let ids = ("[tuvw]", 0..40_u8, prop::option::of(0..40_u8));
    let duration = prop::option::of(prop_oneof![0..3_i64, 0..5_000_000_i64]);
    let spans = (0..4_u8, prop::option::of(0..4_u8));
    (ids, micros(), 0..SERVICES.len(), 0..4_usize, duration, spans).prop_map(
        |((trace_id, id, parent), micros, service, kind, duration, (span, upstream))| {
            let kind = match kind {
                0 => json!({ "StateChange": { "variable": "x", "access_type": "Write" } }),
                1 => json!({ "FunctionCall": { "function_name": "f" } }),
                2 => json!({ "HttpRequest": { "method": "GET", "url": "/" } }),
                _ => json!({ "DatabaseQuery": {} }),
            };
            json!({
                "id": format!("e{id}"), "trace_id": trace_id, "kind": kind,
                "timestamp": Timestamp::nearest(START + micros).to_string(),
                "parent_id": parent.map(|parent| format!("e{parent}")),
                "metadata": {
                    "service_name": SERVICES[service], "duration_ns": duration,
                    "distributed_span_id": span.to_string(),
                    "upstream_span_id": upstream.map(|span| span.to_string()),
                },
                "causality_vector": [], "lock_set": [],
            })
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(event(), 1..30).prop_map(Step::Add),
        1 => Just(Step::Expire),
        2 => (0..4_usize).prop_map(Step::Count),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    (micros(), micros()).prop_map(|(one, other)| Window {
        from: Timestamp::nearest(START + one.min(other)),
        until: Timestamp::nearest(START + one.max(other)),
    })
}

fn run(store: &MemoryStore, figures: &StoreFigures, steps: &[Step]) {
    let mut now = Instant::now();
    for step in steps {
        match step {
            Step::Add(events) => {
                let body = Value::from(events.clone()).to_string();
                store.add(parse_batch(&body).expect("a batch").events, now);
            }
            Step::Expire => {
                now += Duration::from_secs(2);
                store.expire(now);
            }
            Step::Count(most) => assert!(figures.count(*most) <= *most),
        }
    }
}

/// All traces of a store, read anew.
fn traces(store: &MemoryStore) -> Vec<Trace> {
    let ids = store.trace_ids(&TraceFilter::default()).into_iter();
    let trace = |id: String| {
        let mut builder = TraceBuilder::new(&id);
        for (_, json) in store.events(&id).into_iter().flatten() {
            builder.add(&EventView::parse(&json).expect("an event"));
        }
        builder.finish()
    };
    ids.map(trace).collect()
}

fn within(traces: &[Trace], times: &Range<i64>, names: &mut Names) -> Figures {
    let mut all = Figures::default();
    for trace in traces {
        all.merge(&Figures::within(trace, &calls(trace), times.clone(), names));
    }
    all
}

fn slowest_traces(traces: &[Trace], times: &Range<i64>, most: usize) -> Vec<SlowTrace> {
    let ended = traces.iter().filter_map(|trace| {
        let (first, last) = (trace.events().first()?, trace.events().last()?);
        times.contains(&last.time).then_some((last.time - first.time, &*trace.id, trace))
    });
    let slow = slowest(ended, most).into_iter().map(|(micros, id, trace)| {
        let named = |service: &&str| *service != "unknown";
        let services = trace.events().iter().map(|event| trace.text(event.service));
        let mut services: Vec<String> = services.filter(named).map(str::to_owned).collect();
        services.sort();
        services.dedup();
        #[expect(clippy::cast_precision_loss, reason = "times are small")]
        let duration_ms = micros as f64 / 1e3;
        SlowTrace { trace_id: id.to_owned(), duration_ms, services }
    });
    slow.collect()
}

fn event_range(traces: &[Trace], times: &Range<i64>) -> Option<(Timestamp, Timestamp)> {
    let all = traces.iter().flat_map(Trace::events).map(|event| event.time);
    let inside: Vec<i64> = all.filter(|time| times.contains(time)).collect();
    let (oldest, newest) = (*inside.iter().min()?, *inside.iter().max()?);
    Some((Timestamp::nearest(oldest), Timestamp::nearest(newest)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn answers_are_those_of_the_events_that_are_left(
        steps in prop::collection::vec(step(), 1..12),
        max_events in prop_oneof![20..60_u64, Just(u64::MAX)],
        window in window(),
    ) {
        let limits = Limits { max_events, max_age: Some(Duration::from_secs(3)), ..Limits::default() };
        let store = Arc::new(MemoryStore::new(limits));
        let figures = StoreFigures::new(Arc::clone(&store));
        run(&store, &figures, &steps);
        let traces = traces(&store);
        let mut names = Names::default();
        let mut all = Timeline::default();
        for trace in &traces {
            all.merge(&Timeline::of(trace, &calls(trace), &mut names));
        }
        let total = all.total();
        prop_assert_eq!(figures.services(), total.services(&names));
        prop_assert_eq!(figures.edges(), total.edges(&names));
        prop_assert_eq!(figures.hotspots(2), total.hotspots(&names, 2));
        let dependencies = total.service_dependencies(&names, "a");
        prop_assert_eq!(figures.service_dependencies("a"), dependencies);

        let times = window.micros();
        let recent = within(&traces, &times, &mut names);
        let range = event_range(&traces, &times);
        prop_assert_eq!(store.event_range(&times), range);
        prop_assert_eq!(store.newest(), event_range(&traces, &(i64::MIN..i64::MAX)).map(|ends| ends.1));
        let performance = figures.performance(&window, 2);
        let slow = slowest_traces(&traces, &times, 2);
        let mut found = performance.clone();
        for trace in &mut found.trace_latency.slowest_traces {
            trace.services.retain(|service| service != "unknown");
        }
        prop_assert_eq!(found, recent.performance(&names, range, slow));

        let mut latest = BTreeMap::new();
        for (trace, event) in traces.iter().flat_map(|trace| trace.events().iter().map(move |event| (trace, event))) {
            let newest = latest.entry(names.intern(trace.text(event.service))).or_insert(event.time);
            *newest = event.time.max(*newest);
        }
        let latest: Vec<_> = latest.into_iter().map(|(service, time)| (service, Timestamp::nearest(time))).collect();
        let now = Timestamp::nearest(START);
        prop_assert_eq!(figures.health(&window, now), recent.service_health(&names, latest, now));

        for trace in &traces {
            let earlier = within(&traces, &time_before(trace), &mut names);
            let expected = anomalies(trace, &EarlierDurations { figures: &earlier, names: &names });
            prop_assert_eq!(figures.anomalies(trace), expected);
        }
        store.clear();
        prop_assert_eq!(figures.services(), []);
        prop_assert!(figures.bytes() < 4096, "{}", figures.bytes());
    }
}
