//! What users of the store rely on: what it holds, and what it lets go.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::time::{Duration, Instant};

use raceway_memory::{Added, Limits, MemoryStore, TraceFilter};
use raceway_model::{Timestamp, TraceQuery, parse_batch};

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
    let read: Vec<String> = store.events("t").expect("the trace").map(|(_, json)| json).collect();
    for (number, json) in read.iter().enumerate() {
        let read: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let sent: serde_json::Value =
            serde_json::from_str(&event("t", number as u64)).expect("JSON");
        assert_eq!(read, sent);
    }
    assert_eq!(store.usage().events, 500);
}

/// More than fit in one window, in any order and all at one instant.
#[test]
fn a_long_trace_is_read_in_its_order_whatever_order_it_came_in() {
    const EVENTS: u64 = 24_000;
    /// It has no divisor in common with their number.
    const STRIDE: u64 = 7_919;
    let place_of = |number: u64| number * STRIDE % EVENTS;
    let at_once = |number: u64| event("t", number).replace(&time(number), "12:00:00.000000Z");
    let in_order = |number: u64| event("t", number);
    let mixed = |number: u64| event("t", place_of(number));
    for events in [&in_order as &dyn Fn(u64) -> String, &mixed, &at_once] {
        let store = MemoryStore::new(Limits::default());
        for first in (0..EVENTS).step_by(500) {
            let events: Vec<String> = (first..first + 500).map(events).collect();
            assert_eq!(add(&store, &format!("[{}]", events.join(",")), Instant::now()), 500);
        }
        let read = store.events("t").expect("the trace");
        assert_eq!(read.len() as u64, EVENTS);
        let keys: Vec<_> = read.map(|(key, _)| key).collect();
        assert_eq!(keys.len() as u64, EVENTS);
        assert!(keys.is_sorted_by(|a, b| a < b), "in order, nothing twice");
    }
}

/// The time of an event, as it is written.
fn time(number: u64) -> String {
    format!("12:00:{:02}.{:06}Z", number / 1_000_000 % 60, number % 1_000_000)
}

#[test]
fn what_was_idle_for_longest_goes_first() {
    let start = Instant::now();
    let store = MemoryStore::new(Limits { max_events: 160, ..Limits::default() });
    let ids: Vec<String> = (0..16).map(|number| format!("t{number:02}")).collect();
    for (second, id) in ids.iter().enumerate() {
        add(&store, &batch(id, 0..10), seconds(start, second as u64));
    }
    // The oldest trace goes on.
    add(&store, &event(&ids[0], 10), seconds(start, 20));
    let lens: Vec<usize> = ids.iter().map(|id| len(&store, id)).collect();
    assert_eq!(lens[..3], [11, 0, 10]);
    let usage = store.usage();
    assert_eq!((usage.events, usage.traces), (151, 15));
    assert_eq!((usage.evicted_events, usage.evicted_traces), (10, 1));
    let listed = store.page(&TraceQuery { page_size: 20, min_events: 1, ..TraceQuery::default() });
    assert_eq!(listed.total, 15);
    let left: Vec<String> = ids.iter().filter(|id| **id != ids[1]).cloned().collect();
    assert_eq!(store.trace_ids(&TraceFilter::default()), left);
}

/// The numbers of a trace's events, as their times tell them.
fn numbers(store: &MemoryStore, trace_id: &str) -> Vec<u64> {
    let first = Timestamp::parse("2026-11-24T12:00:00Z").expect("an instant").micros();
    let events = store.events(trace_id).into_iter().flatten();
    events.map(|(key, _)| key.timestamp.micros().abs_diff(first)).collect()
}

fn sent(store: &MemoryStore, body: &str, now: Instant) -> Added {
    store.add(parse_batch(body).expect("a batch").events, now)
}

#[test]
fn the_newest_traces_with_so_many_events_are_found() {
    let store = MemoryStore::new(Limits::default());
    for (trace_id, events) in [("old", 0..3), ("long", 10..17), ("newer", 20..22), ("new", 30..31)]
    {
        add(&store, &batch(trace_id, events), Instant::now());
    }
    let first = Timestamp::parse("2026-11-24T12:00:00Z").expect("an instant").micros();
    let newest = |since: i64, most| {
        let (oldest, omitted) = store.newest_traces(&(first + since..i64::MAX), most);
        (oldest.map(|oldest| oldest.micros() - first), omitted)
    };
    assert_eq!(newest(0, 13), (Some(0), 0));
    assert_eq!(newest(0, 4), (Some(20), 2));
    assert_eq!(newest(0, 6), (Some(0), 1));
    assert_eq!(newest(21, 6), (Some(20), 0));
    assert_eq!(newest(0, 0), (None, 4));
}

#[test]
fn a_trace_that_is_too_long_keeps_its_newest_events() {
    let start = Instant::now();
    for step in [500, 60, 1] {
        let batches: Vec<_> = (0..500 / step).map(|n| n * step..(n + 1) * step).collect();
        let store = MemoryStore::new(Limits { max_events: 100, ..Limits::default() });
        add(&store, &batch("older", 0..6), start);
        let mut evicted = 0;
        for (second, numbers) in batches.iter().enumerate() {
            let added =
                sent(&store, &batch("long", numbers.clone()), seconds(start, 1 + second as u64));
            assert_eq!(added.new as u64, numbers.end - numbers.start);
            evicted += added.evicted;
        }
        let end = batches[batches.len() - 1].end;
        assert_eq!(numbers(&store, "long"), (end - 100..end).collect::<Vec<_>>());
        let usage = store.usage();
        assert_eq!((usage.events, usage.traces, usage.evicted_traces), (100, 1, 1));
        assert_eq!((usage.evicted_events, evicted), (end - 94, end - 94));
        let page = store.page(&TraceQuery { page_size: 2, min_events: 1, ..Default::default() });
        let [listed] = &page.traces[..] else { panic!("{page:?}") };
        assert_eq!(listed.event_count, 100);
        assert_eq!(listed.start_time.micros() % 1_000_000, i64::try_from(end - 100).expect("few"));
        // Its root has gone: it has the name of its first event now.
        assert_eq!(listed.service_name.as_deref(), Some("service-0"));
        assert_eq!(store.trace_ids(&TraceFilter::default()), ["long"]);
    }
}

#[test]
fn a_long_trace_is_shortened_by_the_chunk_and_shorter_ones_stay() {
    let start = Instant::now();
    let store = MemoryStore::new(Limits { max_events: 10_000, ..Limits::default() });
    for number in 0..200 {
        let numbers = number * 100..(number + 1) * 100;
        sent(&store, &batch("long", numbers), seconds(start, number));
        let usage = store.usage();
        assert!(usage.events <= 10_000 && usage.events + 128 >= 10_000.min(100 * (number + 1)));
    }
    let left = numbers(&store, "long");
    assert_eq!(left, (20_000 - left.len() as u64..20_000).collect::<Vec<_>>());
    // The long one makes room, though nothing has come to it for longest.
    for number in 0..20 {
        sent(&store, &batch(&trace_id(number), 0..100), seconds(start, 1_000 + number));
    }
    assert_eq!((store.usage().traces, store.usage().evicted_traces), (21, 0));
    assert!(store.usage().events > 10_000 - 128);
    for number in 0..20 {
        assert_eq!(len(&store, &trace_id(number)), 100);
    }
}

#[test]
fn bytes_are_a_limit_of_a_long_trace_too() {
    let store = MemoryStore::new(Limits { max_bytes: 100_000, ..Limits::default() });
    for number in 0..100 {
        let added = sent(&store, &batch("long", number * 100..(number + 1) * 100), Instant::now());
        let usage = store.usage();
        assert!(usage.bytes <= 100_000, "{usage:?}");
        assert_eq!(usage.events + usage.evicted_events, (number + 1) * 100);
        assert!(added.evicted == 0 || usage.bytes > 85_000, "{usage:?}");
    }
    let left = numbers(&store, "long");
    assert_eq!(left, (10_000 - left.len() as u64..10_000).collect::<Vec<_>>());
}

#[test]
fn what_nobody_uses_does_not_keep_events_out() {
    let start = Instant::now();
    let store = MemoryStore::new(Limits { max_bytes: 100_000, ..Limits::default() });
    for number in 0..900 {
        // A template of its own, which comes twice.
        let body = batch(&trace_id(number), 0..4).replace("service-", &format!("{number}-"));
        let now = seconds(start, number);
        sent(&store, &body, now);
        sent(&store, &body.replace("node-", "other-"), now);
        assert!(len(&store, &trace_id(number)) > 0, "{number}");
    }
}

#[test]
fn a_limit_of_nothing_keeps_nothing_and_says_so() {
    let store = MemoryStore::new(Limits { max_events: 0, ..Limits::default() });
    assert_eq!(sent(&store, &batch("t", 0..10), Instant::now()), Added { new: 10, evicted: 10 });
    assert_eq!(store.usage().events, 0);
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
