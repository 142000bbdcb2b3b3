//! How long readers of the store in memory wait, over HTTP.

use raceway_tests::{Random, Sidecar, Site};
use serde_json::Value;
use ureq::Agent;

use crate::bench::Bench;
use crate::loadgen::events_of;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::scale::EVENTS_PER_TRACE;
use crate::timing::{milliseconds, timed};

/// Calls whose 99th percentile is a sample.
const CALLS: usize = 500;
const LONG_TRACES: u32 = 20;
const LONG_TRACE: u32 = 200;
const PAGE: u32 = 50;

pub(crate) fn measure(bench: &Bench) -> Section {
    let traces = bench.scale.kept_in_memory / 10;
    let sidecar = Site::memory().start();
    bench.loadgen.post(sidecar.url(), traces * EVENTS_PER_TRACE, 100, 16);
    let long = long_traces(bench, &sidecar);
    let reader = Reader { agent: Agent::new_with_defaults(), sidecar, runs: bench.scale.runs };
    let pages = traces / PAGE;
    let mut random = Random::new(1);
    let any_page = move || {
        let page = 1 + random.below(usize::try_from(pages).expect("pages"));
        format!("/api/traces?page_size={PAGE}&page={page}")
    };
    let mut turns = long.iter().cycle();
    let trace = move || format!("/api/traces/{}", turns.next().expect("a trace"));
    let of_service = || format!("/api/traces?page_size={PAGE}&service=ledger");
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
            Figure::new("trace of 200 events, p99 ms", "2", "0.5", reader.p99(trace)),
            Figure::new("any page, p99 ms", "2", "0.5", reader.p99(any_page)),
            Figure::untargeted("first page of a service, p99 ms", reader.p99(of_service)),
        ],
    }
}

/// Ids of traces that are stored here.
fn long_traces(bench: &Bench, sidecar: &Sidecar) -> Vec<String> {
    let batches = bench.loadgen.dump(LONG_TRACES * LONG_TRACE, LONG_TRACE);
    let store = |batch: &String| {
        let mut events = events_of(batch);
        let trace_id = events[0]["trace_id"].clone();
        for event in &mut events {
            event["trace_id"] = trace_id.clone();
        }
        sidecar.post(&Value::from(events).to_string()).data();
        trace_id.as_str().expect("an id").to_owned()
    };
    batches.iter().map(store).collect()
}

struct Reader {
    agent: Agent,
    sidecar: Sidecar,
    runs: u32,
}

impl Reader {
    fn p99(&self, mut path: impl FnMut() -> String) -> Samples {
        let mut run = || (0..CALLS).map(|_| self.get(&path())).collect::<Samples>().percentile(99);
        // The first one warms up.
        run();
        (0..self.runs).map(|_| run()).collect()
    }

    /// Milliseconds until all of the answer is here.
    fn get(&self, path: &str) -> f64 {
        let url = format!("{}{path}", self.sidecar.url());
        milliseconds(timed(|| {
            let mut answer = self.agent.get(&url).call().expect("an answer");
            assert!(!answer.body_mut().read_to_vec().expect("a body").is_empty());
        }))
    }
}
