//! The store's own count of its memory, held against the allocator's.
#![allow(missing_docs, unreachable_pub, reason = "a test program has no users of its items")]

mod common;

use std::time::Instant;

use raceway_memory::{Limits, MemoryStore};
use tikv_jemalloc_ctl::{epoch, stats};
use tikv_jemallocator::Jemalloc;

use crate::common::{add, batch, event, trace_id};

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn allocated() -> usize {
    epoch::advance().expect("statistics");
    stats::allocated::read().expect("statistics")
}

/// One test, as the allocator counts for the whole program.
#[test]
fn the_store_takes_what_it_says() {
    for (name, traces, events) in [
        ("one event", 20_000, 1),
        ("small", 20_000, 4),
        ("usual", 10_000, 20),
        ("long", 100, 2_000),
    ] {
        measure(&format!("{name} traces in batches"), |store| {
            for trace in 0..traces {
                add(store, &batch(&trace_id(trace), 0..events), Instant::now());
            }
        });
        measure(&format!("{name} traces event by event"), |store| {
            for number in 0..events {
                for trace in 0..traces {
                    add(store, &event(&trace_id(trace), number), Instant::now());
                }
            }
        });
    }
    shorten(300_000);
}

/// Counted are never less than there are, but for what the allocator keeps for threads, and hardly
/// more.
fn measure(name: &str, fill: impl FnOnce(&MemoryStore)) {
    measure_with(name, Limits::default(), fill);
}

fn measure_with(name: &str, limits: Limits, fill: impl FnOnce(&MemoryStore)) {
    let store = MemoryStore::new(limits);
    let before = allocated();
    fill(&store);
    let (allocated, counted) = (allocated() - before, store.usage().bytes);
    let percent = 100 * counted / allocated;
    println!("{name}: {allocated} bytes allocated, {percent} % of it counted");
    assert!((97..125).contains(&percent), "{name}: {counted} counted, {allocated} allocated");
}

/// A third of what is sent fits.
fn shorten(events: u64) {
    let limits = Limits { max_events: events / 3, ..Limits::default() };
    measure_with("one trace that is shortened", limits, |store| {
        for number in 0..events / 100 {
            add(store, &batch("long", number * 100..(number + 1) * 100), Instant::now());
        }
    });
}
