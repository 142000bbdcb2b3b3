//! Many threads on the same traces.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use raceway_memory::{Limits, MemoryStore, TraceFilter};
use raceway_model::TraceQuery;

use crate::common::{add, batch, trace_id};

const WRITERS: u64 = 4;
const BATCH: u64 = 10;
/// Far more than all of a test takes.
const DEADLOCK: Duration = Duration::from_mins(2);

/// Ends the program if the work does: threads that wait for each other can't be told to stop.
fn within_limit(work: impl FnOnce()) {
    let (done, finished) = channel::<()>();
    let watch = thread::spawn(move || {
        if finished.recv_timeout(DEADLOCK) == Err(RecvTimeoutError::Timeout) {
            eprintln!("threads wait for each other");
            process::abort();
        }
    });
    work();
    drop(done);
    watch.join().expect("the watch");
}

/// Reads everything until told to stop: each trace must have whole batches, and lists must agree
/// with themselves.
fn read_on(store: &MemoryStore, stop: &AtomicBool) {
    let query = TraceQuery { page_size: 50, min_events: 1, ..TraceQuery::default() };
    let of_service = TraceQuery { service: Some("service-1".into()), ..query.clone() };
    while !stop.load(Ordering::Relaxed) {
        for id in store.trace_ids(&TraceFilter::default()) {
            let events: Vec<_> = store.events(&id).into_iter().flatten().collect();
            assert_eq!(events.len() as u64 % BATCH, 0, "a torn trace: {}", events.len());
            assert!(events.is_sorted_by(|a, b| a.0 < b.0), "in order, nothing twice");
        }
        for query in [&query, &of_service] {
            for trace in store.page(query).traces {
                assert_eq!(trace.event_count % BATCH, 0, "{trace:?}");
                assert_eq!(trace.services.len(), 2, "{trace:?}");
            }
        }
    }
}

fn run(store: &Arc<MemoryStore>, write: impl Fn(u64) + Sync) {
    within_limit(|| {
        let stop = AtomicBool::new(false);
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| read_on(store, &stop));
            }
            let write = &write;
            let writers: Vec<_> =
                (0..WRITERS).map(|writer| threads.spawn(move || write(writer))).collect();
            let results: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
            stop.store(true, Ordering::Relaxed);
            for result in results {
                result.expect("a writer");
            }
        });
    });
}

/// Each writer sends every batch of every trace, in an order of its own.
#[test]
fn writers_of_the_same_traces_store_everything_once() {
    const TRACES: u64 = 20;
    const BATCHES: u64 = 60;
    let store = Arc::new(MemoryStore::new(Limits::default()));
    run(&store, |writer| {
        for step in 0..TRACES * BATCHES {
            let step = (step * 7919 + writer * 311) % (TRACES * BATCHES);
            let (trace, first) = (step % TRACES, step / TRACES * BATCH);
            add(&store, &batch(&trace_id(trace), first..first + BATCH), Instant::now());
        }
    });
    let usage = store.usage();
    assert_eq!((usage.traces, usage.events), (TRACES, TRACES * BATCHES * BATCH));
    for trace in 0..TRACES {
        let events = store.events(&trace_id(trace)).expect("the trace");
        assert_eq!(events.len() as u64, BATCHES * BATCH);
    }
}

/// What is evicted goes whole, and what stays is whole.
#[test]
fn a_full_store_stays_within_its_bound() {
    const TRACES: u64 = 3_000;
    let max_bytes = 1 << 20;
    let store = Arc::new(MemoryStore::new(Limits { max_bytes, ..Limits::default() }));
    run(&store, |writer| {
        for number in 0..TRACES {
            let body = batch(&trace_id(writer * TRACES + number), 0..2 * BATCH);
            add(&store, &body, Instant::now());
            // Each of the others may be about to evict for a batch of some 3 KB.
            assert!(store.usage().bytes <= max_bytes + 16_000, "{:?}", store.usage());
        }
    });
    let usage = store.usage();
    assert!(usage.bytes <= max_bytes && usage.bytes > max_bytes / 10 * 9, "{usage:?}");
    assert_eq!(usage.traces + usage.evicted_traces, WRITERS * TRACES);
    assert_eq!(usage.events + usage.evicted_events, WRITERS * TRACES * 2 * BATCH);
    let ids = store.trace_ids(&TraceFilter::default());
    assert_eq!(ids.len() as u64, usage.traces);
    for id in ids {
        assert_eq!(store.events(&id).expect("the trace").len() as u64, 2 * BATCH);
    }
}
