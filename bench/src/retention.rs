//! How long retention takes to forget a day, and how long ingest waits for it meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use raceway_tests::Database;

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::scale::Scale;
use crate::session::Session;
use crate::stock;
use crate::timing::milliseconds;

/// How long only ingest runs, before retention.
const QUIET: Duration = Duration::from_secs(5);

/// Events that are sent in a run, at most: more than a session can in that time.
const SENT: u32 = 100_000;

/// Age of the day that goes, and what is kept.
const AGE_DAYS: u32 = 10;
const RETENTION: &str =
    "SELECT partitions_dropped, events_deleted::float8 FROM raceway_retention('9 days')";

/// From when to when.
type Span = (Instant, Instant);

/// Milliseconds.
struct Run {
    retention: f64,
    stall: f64,
    stall_before: f64,
}

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = stock::copy_of_one_day(bench);
    let day = stock::ingested_day(&mut database.connect());
    let runs: Vec<Run> = (0..bench.scale.runs).map(|_| run(bench, &database, &day)).collect();
    let samples = |value: fn(&Run) -> f64| runs.iter().map(value).collect::<Samples>();
    let Scale { day, .. } = bench.scale;
    Section {
        title: "Retention",
        how: vec![
            format!(
                "retention: `raceway_retention('9 days')` drops one of two days of {day} events"
            ),
            "stall: the slowest call of a session that ingests an event in each transaction \
             meanwhile, and in as long a time before"
                .to_owned(),
        ],
        figures: vec![
            Figure::new("retention, ms", "50", "10", samples(|run| run.retention)),
            Figure::new("stall, ms", "50", "10", samples(|run| run.stall)),
            Figure::untargeted("stall before, ms", samples(|run| run.stall_before)),
        ],
    }
}

fn run(bench: &Bench, database: &Database, day: &str) -> Run {
    let mut client = database.connect();
    stock::copy_day(&mut client, day, AGE_DAYS);
    stock::settle(&mut client);
    let events = bench.loadgen.dump(SENT, 1);
    let mut session = Session::warm(database, &events[0]);
    let stop = AtomicBool::new(false);
    let (calls, retention) = thread::scope(|scope| {
        let sender = scope.spawn(|| send_until(&stop, &mut session, &events[1..]));
        thread::sleep(QUIET);
        let start = Instant::now();
        let row = client.query_one(RETENTION, &[]);
        let end = Instant::now();
        stop.store(true, Ordering::Relaxed);
        let row = row.expect("raceway_retention");
        assert_eq!(row.get::<_, i32>(0), 1, "partitions that are dropped");
        assert!(row.get::<_, f64>(1) >= f64::from(bench.scale.day), "events that are deleted");
        (sender.join().expect("the sender"), (start, end))
    });
    let (start, end) = retention;
    let taken = end - start;
    let as_long_before = start.checked_sub(taken.min(QUIET)).expect("a time");
    Run {
        retention: milliseconds(taken),
        stall: longest_within(&calls, retention),
        stall_before: longest_within(&calls, (as_long_before, start)),
    }
}

fn send_until(stop: &AtomicBool, session: &mut Session, events: &[String]) -> Vec<Span> {
    let mut calls = Vec::new();
    for event in events {
        if stop.load(Ordering::Relaxed) {
            return calls;
        }
        let start = Instant::now();
        session.ingest(event);
        calls.push((start, Instant::now()));
    }
    panic!("{SENT} events were not enough");
}

/// Milliseconds of the longest call that overlaps this time.
fn longest_within(calls: &[Span], (from, to): Span) -> f64 {
    let overlapping = calls.iter().filter(|(start, end)| *start < to && *end > from);
    let longest = overlapping.map(|(start, end)| *end - *start).max().expect("a call");
    milliseconds(longest)
}
