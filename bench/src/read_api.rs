//! How long Raceway's clients wait for their answers, and what their polls cost those who send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use raceway_tests::{Flavour, Sidecar, Site};

use crate::bench::Bench;
use crate::reader::{Reader, store_traces};
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::{session, stock};

/// Calls whose 99th percentile is a sample.
const CALLS: u32 = 100;
/// Events of a trace that somebody looks at.
const LONG_TRACE: u32 = 1000;

/// Questions about all that is stored.
const QUESTIONS: [&str; 7] = [
    "/api/services",
    "/api/services/health",
    "/api/distributed/edges",
    "/api/distributed/hotspots",
    "/api/performance/metrics",
    "/api/distributed/global-races",
    "/api/analyze/global",
];

/// Tabs of the web interface, each of which polls so often.
const TABS: u32 = 10;
const POLL: Duration = Duration::from_secs(20);
/// Traces that one of them reads at once.
const AT_ONCE: usize = 5;

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = stock::many_days(bench);
    let mut figures = figures_of("extension", bench, &Sidecar::postgres(database));
    let memory = Site::memory().start();
    bench.loadgen.post(memory.url(), bench.scale.kept_in_memory, 100, 16);
    figures.extend(figures_of("memory", bench, &memory));
    figures.push(ingest_ratio(bench));
    let stored = u64::from(bench.scale.day) * u64::from(bench.scale.days);
    Section {
        title: "Read API",
        how: vec![
            format!(
                "all: GET over one connection, p99 of {CALLS} calls, beside {stored} events in Postgres, \
                 {} in memory",
                bench.scale.kept_in_memory
            ),
            format!(
                "tabs: ingest as in the section about HTTP, 100 events a request, while {TABS} tabs poll \
                 traces, services and a trace of {LONG_TRACE} events every {} seconds, and each reads \
                 {AT_ONCE} such traces at once; to without",
                POLL.as_secs()
            ),
        ],
        figures,
    }
}

fn figures_of(store: &str, bench: &Bench, sidecar: &Sidecar) -> Vec<Figure> {
    let ids = store_traces(bench, sidecar, 10, LONG_TRACE);
    let reader = Reader::of(sidecar);
    let p99 = |path: &mut dyn FnMut() -> String| reader.p99(bench.scale.runs, CALLS, path);
    let mut turns = ids.iter().cycle();
    let mut trace = || format!("/api/traces/{}", turns.next().expect("a trace"));
    let name = format!("{store}: trace of {LONG_TRACE} events, p99 ms");
    let mut figures = vec![Figure::new(name, "30", "10", p99(&mut trace))];
    for path in QUESTIONS {
        let samples = p99(&mut || path.to_owned());
        figures.push(Figure::new(format!("{store}: {path}, p99 ms"), "150", "30", samples));
    }
    figures
}

/// Rates with tabs to those without.
fn ingest_ratio(bench: &Bench) -> Figure {
    let database = bench.cluster.create_with(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    let post = || {
        let posted = bench.scale.posted_in_batches;
        bench.loadgen.post(sidecar.url(), posted, 100, 16).events_per_second
    };
    let ratio = || {
        session::empty(&mut database.connect());
        let without = post();
        session::empty(&mut database.connect());
        let ids = store_traces(bench, &sidecar, 5, LONG_TRACE);
        beside_tabs(&sidecar, &ids, post) / without
    };
    // The connections of the sidecar's pool have then ingested before.
    ratio();
    let ratios: Samples = (0..bench.scale.runs).map(|_| ratio()).collect();
    Figure::new("ingest with tabs / without", "0.9", "0.97", ratios)
}

/// What it returns, while tabs poll: one after the other, so that all have had their turn after [`POLL`].
fn beside_tabs<T>(sidecar: &Sidecar, ids: &[String], work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let reader = Reader::of(sidecar);
            for turn in 0.. {
                for path in ["/api/traces", "/api/services"] {
                    reader.get(path);
                }
                reader.get(&format!("/api/traces/{}", ids[turn % ids.len()]));
                read_at_once(sidecar, ids);
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                thread::park_timeout(POLL / TABS);
            }
        });
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        done
    })
}

fn read_at_once(sidecar: &Sidecar, ids: &[String]) {
    thread::scope(|scope| {
        for id in ids.iter().take(AT_ONCE) {
            scope.spawn(move || Reader::of(sidecar).get(&format!("/api/traces/{id}")));
        }
    });
}
