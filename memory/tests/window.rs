//! Parts of traces that are too long to be read whole.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::collections::BTreeMap;
use std::time::Instant;

use raceway_memory::{Limits, MemoryStore};
use raceway_model::Timestamp;

use crate::common::{add, batch, trace_id};

/// When the first event of a trace happens, in microseconds since 1970; the others each one later.
fn start() -> i64 {
    Timestamp::parse("2026-11-24T12:00:00Z").expect("an instant").micros()
}

/// Batches of a trace, the last ones first, and other traces between them.
fn filled() -> MemoryStore {
    let store = MemoryStore::new(Limits::default());
    for first in (0..20).rev().map(|hundred| 100 * hundred) {
        add(&store, &batch("t", first..first + 100), Instant::now());
        add(&store, &batch(&trace_id(1), first..first + 1), Instant::now());
    }
    store
}

#[test]
fn the_events_of_a_window_are_in_their_order() {
    let store = filled();
    for (from, until) in [(0, 2_000), (250, 1_001), (999, 1_000), (5, 5), (3_000, 4_000)] {
        let times = start() + from..start() + until;
        let found: Vec<i64> =
            store.events_in("t", &times).map(|(key, _)| key.timestamp.micros() - start()).collect();
        assert_eq!(found, (from..until.min(2_000)).collect::<Vec<_>>());
    }
    assert_eq!(store.events_in("unheard of", &(0..i64::MAX)).count(), 0);
}

#[test]
fn each_event_of_a_window_is_counted_for_its_service() {
    let store = filled();
    let alone = r#"{"event_id":"alone","trace_id":"t","timestamp":"2026-11-24T12:00:00.000500Z",
        "kind":"K","metadata":{"service_name":"lonely"}}"#;
    let nameless = r#"{"event_id":"nameless","trace_id":"t","kind":"K","timestamp":"2026-11-24T12:00:00.000501Z"}"#;
    add(&store, alone, Instant::now());
    add(&store, nameless, Instant::now());
    let mut counts: BTreeMap<Option<String>, u64> = BTreeMap::new();
    store.each_service_in("t", &(start() + 100..start() + 1_100), |service, time| {
        assert!((100..1_100).contains(&(time - start())));
        *counts.entry(service.map(str::to_owned)).or_default() += 1;
    });
    let named = |name: &str| counts.get(&Some(name.to_owned())).copied();
    assert_eq!((named("service-0"), named("service-1")), (Some(500), Some(500)));
    assert_eq!((named("lonely"), counts.get(&None).copied()), (Some(1), Some(1)));
}
