//! What users of the store rely on: what it holds, and what it lets go.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::time::{Duration, Instant};

use raceway_memory::{Limits, MemoryStore, TraceFilter};
use raceway_model::TraceQuery;

use crate::common::{add, batch, event, trace_id};

fn len(store: &MemoryStore, trace_id: &str) -> usize {
    store.events(trace_id).map_or(0, |events| events.len())
}

fn seconds(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

#[test]
fn many_small_batches_make_one_trace() {
    let store = MemoryStore::new(Limits::default());
    for number in (0..500).rev() {
        assert_eq!(add(&store, &event("t", number), Instant::now()), 1);
    }
    assert_eq!(add(&store, &batch("t", 0..500), Instant::now()), 0, "all are there");
    let read: Vec<String> =
        store.events("t").expect("the trace").into_iter().map(|(_, json)| json).collect();
    for (number, json) in read.iter().enumerate() {
        let read: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let sent: serde_json::Value =
            serde_json::from_str(&event("t", number as u64)).expect("JSON");
        assert_eq!(read, sent);
    }
    assert_eq!(store.usage().events, 500);
}

#[test]
fn what_was_idle_for_longest_goes_first() {
    let start = Instant::now();
    let store = MemoryStore::new(Limits { max_events: 30, ..Limits::default() });
    for (second, id) in ["a", "b", "c"].into_iter().enumerate() {
        add(&store, &batch(id, 0..10), seconds(start, second as u64));
    }
    // The oldest trace goes on.
    add(&store, &event("a", 10), seconds(start, 5));
    assert_eq!([len(&store, "a"), len(&store, "b"), len(&store, "c")], [11, 0, 10]);
    let usage = store.usage();
    assert_eq!((usage.events, usage.traces), (21, 2));
    assert_eq!((usage.evicted_events, usage.evicted_traces), (10, 1));
    let listed = store.page(&TraceQuery { page_size: 10, min_events: 1, ..TraceQuery::default() });
    assert_eq!(listed.total, 2);
    assert_eq!(store.trace_ids(&TraceFilter::default()), ["a", "c"]);
}

#[test]
fn traces_go_when_nothing_has_come_to_them_for_too_long() {
    let start = Instant::now();
    let max_age = Some(Duration::from_mins(1));
    let store = MemoryStore::new(Limits { max_age, ..Limits::default() });
    add(&store, &batch("a", 0..3), start);
    add(&store, &batch("b", 0..3), start);
    add(&store, &event("b", 3), seconds(start, 40));
    let until = store.expire(seconds(start, 59)).expect("there is a limit");
    assert_eq!(store.usage().traces, 2);
    store.expire(seconds(start, 59) + until + Duration::from_secs(1));
    assert_eq!([len(&store, "a"), len(&store, "b")], [0, 4]);
    store.expire(seconds(start, 101));
    assert_eq!((store.usage().traces, store.usage().evicted_traces), (0, 2));
    assert!(MemoryStore::new(Limits::default()).expire(start).is_none(), "no limit");
}

#[test]
fn nothing_is_left_of_what_is_gone() {
    let store = MemoryStore::new(Limits::default());
    for number in 0..2_000 {
        // Services and templates of its own.
        let body = batch(&trace_id(number), 0..4).replace("service-", &format!("{number}-"));
        add(&store, &body, Instant::now());
        add(&store, &body.replace("node-", "other-"), Instant::now());
    }
    store.clear();
    let left = store.usage();
    assert!(left.bytes < 4096, "one sample of an event: {left:?}");
    assert_eq!((left.events, left.traces, left.evicted_traces), (0, 0, 0));
    assert_eq!(store.trace_ids(&TraceFilter::default()).len(), 0);
}

#[test]
fn events_that_share_nothing_do_not_fill_the_store_with_templates() {
    let max_bytes = 4 << 20;
    let store = MemoryStore::new(Limits { max_bytes, ..Limits::default() });
    for number in 0..20_000 {
        let tags = format!("\"tags\":{{\"request\":\"{number}\"");
        let body = batch(&trace_id(number), 0..1).replace("\"tags\":{\"region\":\"eu\"", &tags);
        add(&store, &body, Instant::now());
        assert!(store.usage().bytes <= max_bytes);
    }
    // Whole events: more bytes than packed ones, but most of the room is for them.
    assert!(store.usage().events > 7_000, "{:?}", store.usage());
}

#[test]
fn pages_by_place_are_not_moved_by_new_traces() {
    let store = MemoryStore::new(Limits::default());
    for number in 0..100 {
        add(&store, &event(&trace_id(number), number), Instant::now());
    }
    for service in [None, Some("service-0".to_owned())] {
        let mut seen = Vec::new();
        let mut query = TraceQuery { page_size: 7, min_events: 1, service, ..Default::default() };
        loop {
            let page = store.page(&query);
            let Some(last) = page.traces.last() else { break };
            query.after = Some(raceway_model::TracePlace {
                start_time: last.start_time,
                trace_id: last.trace_id.clone(),
            });
            seen.extend(page.traces.into_iter().map(|trace| trace.start_time));
            let newer = 1_000 + 2 * seen.len() as u64;
            add(&store, &event(&trace_id(newer), newer), Instant::now());
        }
        let step = if query.service.is_some() { 2 } else { 1 };
        let old =
            seen.iter().filter(|start| start.to_string().as_str() < "2026-11-24T12:00:00.0001Z");
        assert_eq!(old.count(), 100 / step);
        assert!(seen.is_sorted_by(|a, b| a > b), "newest first, nothing twice");
    }
}

#[test]
fn every_page_is_where_its_number_says() {
    let store = MemoryStore::new(Limits::default());
    for number in 0..95 {
        add(&store, &event(&trace_id(number), number), Instant::now());
    }
    let query =
        |skip, page_size| TraceQuery { skip, page_size, min_events: 1, ..Default::default() };
    let starts = |skip, size| -> Vec<_> {
        store.page(&query(skip, size)).traces.iter().map(|trace| trace.start_time).collect()
    };
    let all = starts(0, 1000);
    assert_eq!(all.len(), 95);
    for skip in (0..=100).step_by(10) {
        let expected: Vec<_> = all.iter().skip(skip).take(10).copied().collect();
        assert_eq!(starts(skip, 10), expected, "{skip}");
    }
}
