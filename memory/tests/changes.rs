//! The list of traces that have changed.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::collections::BTreeMap;
use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use raceway_memory::{Limits, MemoryStore};

use crate::common::{add, batch, event, trace_id};

/// The traces on the list, each with how many events it has.
fn taken(store: &MemoryStore) -> Vec<(String, Option<usize>)> {
    let changed = iter::from_fn(|| store.take_changed());
    changed.map(|trace| (trace.trace_id(), trace.events().map(|events| events.len()))).collect()
}

fn listing(limits: Limits) -> MemoryStore {
    let store = MemoryStore::new(limits);
    store.list_changes();
    store
}

#[test]
fn a_changed_trace_is_listed_once_until_it_is_taken() {
    let store = listing(Limits::default());
    let [one, other] = [1, 2].map(trace_id);
    for number in 0..3 {
        add(&store, &event(&one, number), Instant::now());
        add(&store, &event(&other, 0), Instant::now());
    }
    assert_eq!(store.changed(), 2);
    assert_eq!(taken(&store), [(one.clone(), Some(3)), (other.clone(), Some(1))]);
    add(&store, &event(&other, 0), Instant::now());
    assert_eq!(taken(&store), [], "a duplicate changes nothing");
    add(&store, &batch(&other, 0..9), Instant::now());
    assert_eq!(taken(&store), [(other, Some(9))]);
}

#[test]
fn traces_that_were_there_before_are_listed() {
    let store = MemoryStore::new(Limits::default());
    add(&store, &event(&trace_id(1), 0), Instant::now());
    assert_eq!(store.changed(), 0);
    assert!(store.take_changed().is_none());
    store.list_changes();
    store.list_changes();
    assert_eq!(taken(&store), [(trace_id(1), Some(1))]);
}

#[test]
fn traces_that_are_shortened_or_gone_are_listed() {
    let store = listing(Limits { max_events: 100, ..Limits::default() });
    add(&store, &batch(&trace_id(1), 0..80), Instant::now());
    taken(&store);
    add(&store, &batch(&trace_id(2), 0..40), Instant::now());
    let shortened = taken(&store).into_iter().find(|(id, _)| *id == trace_id(1));
    let left = shortened.and_then(|(_, events)| events).expect("a shortened trace");
    assert!(left < 80, "{left}");
    store.clear();
    assert_eq!(taken(&store).into_iter().map(|(_, events)| events).collect::<Vec<_>>(), [None; 2]);
}

#[test]
fn a_trace_that_expires_is_listed_and_one_that_comes_again_as_well() {
    let max_age = Some(Duration::from_secs(1));
    let store = listing(Limits { max_age, ..Limits::default() });
    let start = Instant::now();
    add(&store, &event(&trace_id(1), 0), start);
    taken(&store);
    store.expire(start + Duration::from_secs(2));
    assert_eq!(store.changed(), 1);
    add(&store, &event(&trace_id(1), 1), start + Duration::from_secs(2));
    assert_eq!(taken(&store), [(trace_id(1), Some(1))]);
    store.expire(start + Duration::from_secs(4));
    assert_eq!(taken(&store), [(trace_id(1), None)]);
}

/// Whoever has taken all changes knows each trace as it is, whatever has happened meanwhile.
#[test]
fn no_change_is_lost_between_threads() {
    const WRITERS: u64 = 3;
    const TRACES: u64 = 40;
    let store = listing(Limits { max_events: 600, ..Limits::default() });
    let done = AtomicBool::new(false);
    let mut known = BTreeMap::new();
    thread::scope(|threads| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = &store;
                threads.spawn(move || {
                    for step in 0..4_000_u64 {
                        let trace = (step * 7919 + writer * 311) % TRACES;
                        add(store, &event(&trace_id(trace), step / 8), Instant::now());
                    }
                })
            })
            .collect();
        let reader = threads.spawn(|| {
            let mut known = BTreeMap::new();
            while !done.load(Ordering::Relaxed) {
                known.extend(taken(&store));
            }
            known
        });
        for writer in writers {
            writer.join().expect("a writer");
        }
        done.store(true, Ordering::Relaxed);
        known = reader.join().expect("the reader");
    });
    known.extend(taken(&store));
    for trace in (0..TRACES).map(trace_id) {
        let events = store.events(&trace).map(|events| events.len());
        assert_eq!(known.get(&trace).copied().flatten(), events, "{trace}");
    }
}
