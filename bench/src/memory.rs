//! What events take of memory in the sidecar, and how fast it takes them, with a bound and without.

use raceway_model::{parse_uuid, uuid_text};
use raceway_tests::{Sidecar, Site, recorded_requests};

use crate::bench::Bench;
use crate::loadgen::Served;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::timing::as_float;

const BATCH: u32 = 100;
const CONNECTIONS: u32 = 16;

/// A store with a bound holds so little of what it is sent.
const BOUND_PART: u32 = 3;
/// Of the bound that is measured, for each event: what one takes is below.
const BYTES: u32 = 80;
/// Hardly anything, in bytes.
const LEAST_BOUND: u32 = 100_000;

pub(crate) fn measure(bench: &Bench) -> Section {
    let runs: Vec<Run> = (0..bench.scale.runs).map(|_| Run::of(bench)).collect();
    let samples = |value: fn(&Run) -> f64| runs.iter().map(value).collect::<Samples>();
    let recorded = (0..bench.scale.runs).map(|_| recorded_bytes(bench)).collect();
    let (rate, bounded) = (samples(|run| run.rate), samples(|run| run.bounded_rate));
    let events = bench.scale.kept_in_memory;
    Section {
        title: "Memory: size and rate",
        how: vec![
            format!(
                "events/s: `loadgen` posts {events} events, {BATCH} a request over {CONNECTIONS} \
                 connections, to a sidecar that has just started"
            ),
            "bytes an event: by how much the sidecar's resident memory has grown, by their number; \
             recorded traffic: that of the SDKs again and again, with fresh ids, by one client"
                .into(),
            format!(
                "with a bound: the same, of which a {BOUND_PART}rd fits in `max_bytes`; memory is \
                 the most that was resident, less what a sidecar takes for the same requests that \
                 may keep {LEAST_BOUND} bytes"
            ),
        ],
        figures: vec![
            Figure::new("events/s", "150,000", "250,000", rate.clone()),
            Figure::untargeted("p99, ms", samples(|run| run.p99_ms)),
            Figure::new("bytes an event", "200", "100", samples(|run| run.bytes)),
            Figure::new("bytes an event of recorded traffic", "200", "100", recorded),
            Figure::new("with a bound / without, events/s", "0.8", "", bounded.per(&rate)),
            Figure::new("memory / bound", "1.1", "", samples(|run| run.memory_by_bound)),
        ],
    }
}

/// One store without a bound, and one with.
struct Run {
    rate: f64,
    p99_ms: f64,
    bytes: f64,
    bounded_rate: f64,
    memory_by_bound: f64,
}

impl Run {
    fn of(bench: &Bench) -> Self {
        let events = bench.scale.kept_in_memory;
        let (sidecar, idle) = started(&Site::memory());
        let served = bench.loadgen.post(sidecar.url(), events, BATCH, CONNECTIONS);
        let bytes = as_float(sidecar.resident_bytes() - idle) / f64::from(events);
        drop(sidecar);

        let bound = events / BOUND_PART * BYTES;
        let (_, least) = bounded(bench, LEAST_BOUND);
        let (bounded, most) = bounded(bench, bound);
        let taken = as_float(most.saturating_sub(least));
        Run {
            rate: served.events_per_second,
            p99_ms: served.p99_ms,
            bytes,
            bounded_rate: bounded.events_per_second,
            memory_by_bound: taken / f64::from(bound),
        }
    }
}

/// A sidecar that may keep so many bytes: what `loadgen` saw, and what was resident at most.
fn bounded(bench: &Bench, max_bytes: u32) -> (Served, u64) {
    let site = Site::memory().with("STORAGE__MEMORY__MAX_BYTES", &max_bytes.to_string());
    let (sidecar, _) = started(&site);
    let events = bench.scale.kept_in_memory;
    let served = bench.loadgen.post(sidecar.url(), events, BATCH, CONNECTIONS);
    (served, sidecar.peak_resident_bytes())
}

/// A sidecar, and what it takes while it is idle.
fn started(site: &Site) -> (Sidecar, u64) {
    let sidecar = site.start();
    sidecar.get("/status").data();
    let idle = sidecar.resident_bytes();
    (sidecar, idle)
}

fn recorded_bytes(bench: &Bench) -> f64 {
    let (sidecar, idle) = started(&Site::memory());
    let requests = recorded_requests();
    let mut stored = 0;
    for round in 0.. {
        for request in &requests {
            let accepted = sidecar.post(&with_fresh_ids(request, round)).data()["accepted"].clone();
            stored += accepted.as_u64().expect("a number");
        }
        if stored >= u64::from(bench.scale.kept_in_memory) {
            break;
        }
    }
    as_float(sidecar.resident_bytes() - idle) / as_float(stored)
}

/// Every UUID in the text replaced by one that is a function of it and the round.
fn with_fresh_ids(text: &str, round: u32) -> String {
    let mut fresh = String::with_capacity(text.len());
    let mut rest = text;
    // In JSON, a UUID is all that is in a pair of quotes.
    while let Some((before, from)) = rest.split_once('"') {
        fresh.push_str(before);
        fresh.push('"');
        rest = from;
        if let Some(key) = from.get(..36).and_then(parse_uuid) {
            fresh.push_str(&uuid_text(&mixed(u128::from_be_bytes(key), round).to_be_bytes()));
            rest = &from[36..];
        }
    }
    fresh + rest
}

fn mixed(key: u128, round: u32) -> u128 {
    let mixed = (key ^ u128::from(round)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    (mixed ^ mixed >> 61).wrapping_mul(0x0123_4567_89ab_cdef_fedc_ba98_7654_3211)
}
