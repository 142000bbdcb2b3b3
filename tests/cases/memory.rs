//! The store in memory keeps within its limits, and says what it had to let go.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::{Random, Sidecar, Site, await_until, event, memory_limits};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const MIB: u64 = 1 << 20;

const CASES: [Case; 8] = [
    ("a_full_store_takes_no_more_memory", full_store),
    ("a_full_store_keeps_the_newest_traces", newest_traces),
    ("a_trace_that_is_too_long_keeps_its_newest_events", long_trace),
    ("who_moves_events_to_a_full_store_is_told", moved_to_full_store),
    ("traces_go_when_they_are_too_old", too_old),
    ("by_default_a_quarter_of_the_memory_may_be_taken", default_bound),
    ("a_million_rejections_take_little", rejections),
    ("limits_that_make_no_sense_are_refused", senseless_limits),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "memory", &CASES)
}

/// A batch of five traces of 20 events, of 1,000 bytes each that can't be packed.
fn large_batch(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut body = String::from("[");
    for number in 0..100 {
        let mut event =
            event(&format!("trace-{seed}-{}", number / 20), &format!("e{number}"), NOON);
        let mut payload = String::with_capacity(2_000);
        while payload.len() < 2_000 {
            write!(payload, "{:016x}", random.number()).expect("a String takes all");
        }
        event["kind"]["StateChange"]["new_value"] = payload.into();
        write!(body, "{}{event}", if number > 0 { "," } else { "" }).expect("a String takes all");
    }
    body + "]"
}

/// Four clients fill it to three times its bound. What it takes meanwhile for their requests, a
/// store that may keep nearly nothing takes as well.
fn full_store(_: &World) {
    const BOUND: u64 = 96 * MIB;
    const BATCHES: u64 = 1_500;
    let (nearly_empty, _) = fill(MIB, BATCHES / 4);
    let (full, status) = fill(BOUND, BATCHES);
    let taken = full.saturating_sub(nearly_empty);
    assert!(taken <= BOUND / 10 * 11, "{taken} bytes at most, {BOUND} allowed");

    let number = |value: &Value| value.as_u64().expect("a number");
    let memory = &status["memory"];
    let sent = BATCHES * 100;
    assert_eq!(number(&status["events_captured"]) + number(&memory["evicted_events"]), sent);
    assert!(number(&memory["evicted_events"]) > sent * 6 / 10, "{status}");
    assert!(number(&memory["bytes"]) <= BOUND, "{status}");
    assert_eq!(number(&memory["max_bytes"]), BOUND);
}

/// What a sidecar took at most, and its status in the end.
fn fill(max_bytes: u64, batches: u64) -> (u64, Value) {
    const CLIENTS: u64 = 4;
    let sidecar = Site::memory().with("STORAGE__MEMORY__MAX_BYTES", &max_bytes.to_string()).start();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let sidecar = &sidecar;
            scope.spawn(move || {
                for batch in (client..batches).step_by(4) {
                    assert_eq!(sidecar.post(&large_batch(batch)).data()["accepted"], 100);
                }
            });
        }
    });
    let traces = sidecar.get("/api/traces?page_size=1000").data();
    for trace in traces["traces"].as_array().expect("traces") {
        assert_eq!(trace["event_count"], 20, "what is here is whole: {trace}");
    }
    (sidecar.peak_resident_bytes(), sidecar.get("/status").data())
}

fn newest_traces(_: &World) {
    let sidecar = Site::memory().with("STORAGE__MEMORY__MAX_EVENTS", "100").start();
    for trace in 0..30 {
        let id = format!("trace-{trace}");
        let events: Vec<Value> = (0..10).map(|n| event(&id, &format!("e{n}"), NOON)).collect();
        sidecar.store(&events);
    }
    let status = sidecar.get("/status").data();
    assert_eq!(status["events_captured"], 100);
    assert_eq!(status["memory"]["evicted_events"], 200);
    assert_eq!(status["memory"]["evicted_traces"], 20);
    for trace in 0..30 {
        let is_there = sidecar.get(&format!("/api/traces/trace-{trace}")).status == 200;
        assert_eq!(is_there, trace >= 20, "trace-{trace}");
    }
}

fn long_trace(_: &World) {
    let events = |numbers: Range<usize>| -> Value {
        let time = |n: usize| format!("2026-11-22T12:{:02}:{:02}Z", n / 60, n % 60);
        numbers.map(|n| event("long", &format!("e{n}"), &time(n))).collect()
    };
    for (sent, step) in [(500, 500), (120, 60)] {
        let sidecar = Site::memory().with("STORAGE__MEMORY__MAX_EVENTS", "100").start();
        sidecar.store(&[event("a", "e", NOON)]);
        let mut evicted = 0;
        for first in (0..sent).step_by(step) {
            let data = sidecar.post(&events(first..first + step).to_string()).data();
            assert_eq!(data["accepted"], step);
            evicted += data["evicted"].as_u64().unwrap_or_default();
        }
        let ids = |events: &[Value]| events.iter().map(|e| e["id"].clone()).collect::<Vec<_>>();
        let newest = events(sent - 100..sent);
        assert_eq!(ids(&sidecar.events("long")), ids(newest.as_array().expect("events")));
        let status = sidecar.get("/status").data();
        assert_eq!(status["events_captured"], 100);
        assert_eq!(status["memory"]["evicted_events"], evicted);
        assert_eq!(evicted, sent as u64 + 1 - 100);
        let listed = sidecar.get("/api/traces").data();
        assert_eq!(
            (&listed["total_traces"], &listed["traces"][0]["event_count"]),
            (&1.into(), &100.into())
        );
        assert_eq!(sidecar.export("").lines().count(), 100);
    }
    let data = Sidecar::memory().post(&events(0..500).to_string()).data();
    assert_eq!(data.get("evicted"), None, "there is room: {data}");
}

fn moved_to_full_store(_: &World) {
    let from = Sidecar::memory();
    let events: Vec<Value> =
        (0..300).map(|n| event(&format!("t{}", n / 5), &format!("e{n}"), NOON)).collect();
    from.store(&events);
    let to = Site::memory().with("STORAGE__MEMORY__MAX_EVENTS", "100").start();
    let mut command = Sidecar::command();
    command.args(["move", "--from", from.url(), "--to", to.url()]);
    let output = Sidecar::run(command);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, "pass 1: 300 new, 0 there already, 0 rejected, 200 evicted\n");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("200 events were evicted"), "{error}");
}

fn too_old(_: &World) {
    for key in ["STORAGE__MEMORY__MAX_AGE", "RETENTION__KEEP"] {
        let sidecar = Site::memory().with(key, "1s").start();
        sidecar.store(&[event("old", "e", NOON)]);
        await_until("the trace is gone", Duration::from_secs(30), || {
            sidecar.get("/api/traces/old").status == 404
        });
        assert_eq!(sidecar.get("/status").data()["memory"]["evicted_traces"], 1);
        assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 0);
    }
}

fn default_bound(_: &World) {
    let status = Sidecar::memory().get("/status").data();
    let limits = memory_limits();
    let is_quarter = |limit: &u64| status["memory"]["max_bytes"] == limit / 4;
    assert!(limits.iter().any(is_quarter), "{status}: a quarter of one of {limits:?}");
}

fn senseless_limits(_: &World) {
    for (key, value) in [("MAX_AGE", "soon"), ("MAX_BYTES", "many"), ("MAX_EVENTS", "-1")] {
        let site = Site::memory().with(&format!("STORAGE__MEMORY__{key}"), value);
        let output = Sidecar::run(site.command());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(&format!("storage.memory.{}", key.to_lowercase())), "{error}");
    }
}

/// Of a body of two megabytes.
fn rejections(_: &World) {
    const NUMBERS: usize = 1_000_000;
    const MAX_FILE_BYTES: u64 = 500_000;
    const MAX_GROWTH: u64 = 96 * MIB;
    let site =
        Site::memory().with("STORAGE__QUARANTINE__MAX_BYTES", &(2 * MAX_FILE_BYTES).to_string());
    let sidecar = site.start();
    sidecar.store(&[event("t", "e", NOON)]);
    let before = sidecar.peak_resident_bytes();
    let body = format!("[{}7]", "7,".repeat(NUMBERS - 1));
    for _ in 0..2 {
        let answer = sidecar.post(&body);
        assert!(answer.json.to_string().len() < 100_000, "{}", answer.json);
        let data = answer.data();
        assert_eq!(data["rejected_total"], NUMBERS, "{data}");
        assert_eq!(data["rejected"].as_array().map(Vec::len), Some(100));
    }
    let growth = sidecar.peak_resident_bytes() - before;
    assert!(growth <= MAX_GROWTH, "{growth} bytes for a body of {}", body.len());
    for file in ["raceway-quarantine.ndjson", "raceway-quarantine.ndjson.old"] {
        let bytes = fs::metadata(site.path(file)).map_or(0, |file| file.len());
        assert!(bytes <= MAX_FILE_BYTES, "{file}: {bytes} bytes");
    }
    assert!(site.path("raceway-quarantine.ndjson").exists());
}
