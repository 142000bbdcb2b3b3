//! How long readers of the store in memory wait, over HTTP.

use raceway_tests::{Random, Site};

use crate::bench::Bench;
use crate::reader::{Reader, store_traces};
use crate::report::{Figure, Section};
use crate::scale::EVENTS_PER_TRACE;

/// Calls whose 99th percentile is a sample.
const CALLS: u32 = 500;
const LONG_TRACES: u32 = 20;
const LONG_TRACE: u32 = 200;
const PAGE: u32 = 50;

pub(crate) fn measure(bench: &Bench) -> Section {
    let traces = bench.scale.kept_in_memory / 10;
    let sidecar = Site::memory().start();
    bench.loadgen.post(sidecar.url(), traces * EVENTS_PER_TRACE, 100, 16);
    let long = store_traces(bench, &sidecar, LONG_TRACES, LONG_TRACE);
    let reader = Reader::of(&sidecar);
    let p99 = |path: &mut dyn FnMut() -> String| reader.p99(bench.scale.runs, CALLS, path);
    let pages = traces / PAGE;
    let mut random = Random::new(1);
    let mut any_page = move || {
        let page = 1 + random.below(usize::try_from(pages).expect("pages"));
        format!("/api/traces?page_size={PAGE}&page={page}")
    };
    let mut turns = long.iter().cycle();
    let mut trace = move || format!("/api/traces/{}", turns.next().expect("a trace"));
    let mut of_service = || format!("/api/traces?page_size={PAGE}&service=ledger");
    Section {
        title: "Memory: reads",
        how: vec![
            format!(
                "all: GET over one connection, {traces} traces of {EVENTS_PER_TRACE} events and \
                 {LONG_TRACES} of {LONG_TRACE}; p99 of {CALLS} calls, {} times",
                bench.scale.runs
            ),
            format!("pages of {PAGE}: any one, by its number; the first of a service"),
        ],
        figures: vec![
            Figure::new("trace of 200 events, p99 ms", "2", "0.5", p99(&mut trace)),
            Figure::new("any page, p99 ms", "2", "0.5", p99(&mut any_page)),
            Figure::untargeted("first page of a service, p99 ms", p99(&mut of_service)),
        ],
    }
}
