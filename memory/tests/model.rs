//! Random batches against the plainest store there can be: a map from key to event.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use raceway_memory::{Limits, MemoryStore, TraceFilter};
use raceway_model::{Event, EventKey, TraceQuery, json_equal, parse_batch};
use serde_json::{Value, json};

const UUID: &str = "08b4fda8-c892-450e-8db3-0a5466fb5a7";

/// Ids that are UUIDs, nearly are, or are not.
fn any_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]".prop_map(|digit| format!("{UUID}{digit}")),
        "[0-9A-F]".prop_map(|digit| format!("{UUID}{digit}")),
        "[ab\u{1e}\u{1f}é%]{1,2}",
    ]
}

/// Few traces and instants, so that keys meet; kinds and tags of few or many templates.
fn any_event() -> impl Strategy<Value = Value> {
    let micros = prop_oneof![Just(0), 0..5u32, any::<u32>()];
    let parent = prop::option::of(any_id());
    let text = prop_oneof!["[x%\u{0}\u{10}\u{1f}\"]{0,3}", "x{100}"];
    ("[tu]", any_id(), parent, micros, 0..4u8, text, any::<bool>()).prop_map(
        |(trace_id, id, parent, micros, kind, text, is_flat)| {
            let timestamp = format!("2026-11-24T12:00:00.{:06}Z", micros % 1_000_000);
            let metadata = json!({ "service_name": format!("s{kind}"), "tags": { "t": text } });
            if is_flat {
                return json!({ "event_id": id, "trace_id": trace_id, "kind": text + "k",
                               "timestamp": timestamp, "metadata": metadata });
            }
            json!({ "id": id, "trace_id": trace_id, "parent_id": parent, "timestamp": timestamp,
                    "kind": { format!("K{kind}"): { "value": text } }, "metadata": metadata,
                    "causality_vector": [[text, kind]], "lock_set": [] })
        },
    )
}

type Model = BTreeMap<String, BTreeMap<EventKey, Value>>;

fn add_to_model(model: &mut Model, sent: &Value) -> usize {
    let text = sent.to_string();
    let event = Event::parse(&text);
    let Ok(event) = event else { return 0 };
    let trace = model.entry(event.trace_id.clone().into_owned()).or_default();
    let is_new = !trace.contains_key(&event.key());
    trace.entry(event.key()).or_insert_with(|| sent.clone());
    usize::from(is_new)
}

fn check(store: &MemoryStore, model: &Model) {
    for (trace_id, events) in model {
        let read = store.events(trace_id).expect("the trace");
        assert_eq!(read.len(), events.len());
        for ((read_key, read), (key, sent)) in read.zip(events) {
            assert_eq!(&read_key, key);
            let read: Value = serde_json::from_str(&read).expect("JSON");
            assert!(json_equal(&read, sent), "read {read}\nsent {sent}");
        }
    }
    let query = TraceQuery { page_size: 10, min_events: 1, ..TraceQuery::default() };
    for trace in store.page(&query).traces {
        let events = &model[&trace.trace_id];
        assert_eq!(trace.event_count, events.len() as u64);
        assert_eq!(Some(&trace.start_time), events.keys().next().map(|key| &key.timestamp));
        assert_eq!(Some(&trace.end_time), events.keys().last().map(|key| &key.timestamp));
        let service = |event: &Value| event["metadata"]["service_name"].as_str().map(str::to_owned);
        let services: BTreeSet<String> = events.values().filter_map(service).collect();
        assert_eq!(trace.services, services.into_iter().collect::<Vec<_>>());
    }
    assert_eq!(store.trace_ids(&TraceFilter::default()).len(), model.len());
    assert_eq!(store.usage().events, model.values().map(|trace| trace.len() as u64).sum::<u64>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_stored_is_read_back(
        batches in prop::collection::vec(prop::collection::vec(any_event(), 1..40), 1..12),
    ) {
        let store = MemoryStore::new(Limits::default());
        let mut model = Model::default();
        for batch in &batches {
            let body = Value::from(batch.clone()).to_string();
            let added = store.add(parse_batch(&body).expect("a batch").events, Instant::now()).new;
            let expected: usize = batch.iter().map(|event| add_to_model(&mut model, event)).sum();
            prop_assert_eq!(added, expected);
        }
        check(&store, &model);
    }

    /// The model forgets what the store has let go, which must be so much and no more.
    #[test]
    fn what_is_left_within_limits_is_true(
        batches in prop::collection::vec(prop::collection::vec(any_event(), 1..200), 1..12),
        max_events in prop_oneof![1..60u64, Just(u64::MAX)],
        max_bytes in prop_oneof![4_000..20_000usize, Just(usize::MAX)],
    ) {
        let start = Instant::now();
        let limits = Limits { max_events, max_bytes, ..Limits::default() };
        let store = MemoryStore::new(limits);
        let mut model = Model::default();
        for (second, batch) in (0..).zip(&batches) {
            let body = Value::from(batch.clone()).to_string();
            let now = start + Duration::from_secs(second);
            let added = store.add(parse_batch(&body).expect("a batch").events, now);
            let expected: usize = batch.iter().map(|event| add_to_model(&mut model, event)).sum();
            prop_assert_eq!(added.new, expected);
            prop_assert_eq!(forget_evicted(&mut model, &store), added.evicted);
            let usage = store.usage();
            prop_assert!(usage.events <= max_events && usage.bytes <= max_bytes, "{:?}", usage);
            if max_bytes == usize::MAX && added.evicted > 0 {
                prop_assert!(usage.events >= max_events - max_events / 16, "{:?}", usage);
            }
            check(&store, &model);
        }
        store.clear();
        let left = store.usage();
        prop_assert!(left.bytes < 4096 && left.events == 0, "{:?}", left);
    }
}

/// Takes out of the model what the store has no more; returns how many events these are.
fn forget_evicted(model: &mut Model, store: &MemoryStore) -> u64 {
    let mut evicted = 0;
    model.retain(|trace_id, events| {
        let left = store.events(trace_id).into_iter().flatten();
        let left: BTreeSet<EventKey> = left.map(|(key, _)| key).collect();
        let before = events.len();
        events.retain(|key, _| left.contains(key));
        evicted += (before - events.len()) as u64;
        !events.is_empty()
    });
    evicted
}
