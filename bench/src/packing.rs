//! The store in memory by itself, against reading the JSON alone.

use std::hint::black_box;
use std::time::Instant;

use raceway_memory::{Limits, MemoryStore};
use raceway_model::parse_batch;

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::timing::rate;

const BATCH: u32 = 100;

pub(crate) fn measure(bench: &Bench) -> Section {
    let events = bench.scale.ingested;
    let runs = (0..bench.scale.runs).map(|_| {
        let batches = bench.loadgen.dump(events, BATCH);
        (read(&batches, events), store(&batches, events))
    });
    let (parsing, storing): (Vec<f64>, Vec<f64>) = runs.unzip();
    let samples = |rates: Vec<f64>| rates.into_iter().collect::<Samples>();
    let (parsing, storing) = (samples(parsing), samples(storing));
    Section {
        title: "Memory: the store alone",
        how: vec![
            format!("parsing: one thread reads {events} events from JSON, {BATCH} at a time"),
            "storing: it reads the same and puts them into an empty store".into(),
        ],
        figures: vec![
            Figure::new("storing / parsing", "0.5", "0.8", storing.per(&parsing)),
            Figure::untargeted("parsing, events/s", parsing),
            Figure::untargeted("storing, events/s", storing),
        ],
    }
}

fn read(batches: &[String], events: u32) -> f64 {
    rate(events, || {
        for batch in batches {
            black_box(parse_batch(batch).expect("a batch"));
        }
    })
}

fn store(batches: &[String], events: u32) -> f64 {
    let store = MemoryStore::new(Limits::default());
    let rate = rate(events, || {
        for batch in batches {
            store.add(parse_batch(batch).expect("a batch").events, Instant::now());
        }
    });
    assert_eq!(store.usage().events, u64::from(events));
    rate
}
