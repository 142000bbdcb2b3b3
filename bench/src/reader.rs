//! Whoever reads over HTTP, and waits.

use raceway_tests::Sidecar;
use serde_json::Value;
use ureq::Agent;

use crate::bench::Bench;
use crate::loadgen::events_of;
use crate::samples::Samples;
use crate::timing::{milliseconds, timed};

/// One connection to a sidecar.
pub(crate) struct Reader {
    agent: Agent,
    url: String,
}

impl Reader {
    pub(crate) fn of(sidecar: &Sidecar) -> Self {
        Reader { agent: Agent::new_with_defaults(), url: sidecar.url().to_owned() }
    }

    /// The 99th percentile of so many calls is a sample; the first ones warm up.
    pub(crate) fn p99(&self, runs: u32, calls: u32, mut path: impl FnMut() -> String) -> Samples {
        let mut run = || (0..calls).map(|_| self.get(&path())).collect::<Samples>().percentile(99);
        run();
        (0..runs).map(|_| run()).collect()
    }

    /// Milliseconds until all of the answer is here.
    pub(crate) fn get(&self, path: &str) -> f64 {
        let url = format!("{}{path}", self.url);
        milliseconds(timed(|| {
            let mut answer = self.agent.get(&url).call().expect("an answer");
            assert!(!answer.body_mut().read_to_vec().expect("a body").is_empty());
        }))
    }
}

/// Stores so many traces of so many events; returns their ids.
pub(crate) fn store_traces(
    bench: &Bench,
    sidecar: &Sidecar,
    traces: u32,
    events: u32,
) -> Vec<String> {
    let batches = bench.loadgen.dump(traces * events, events);
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
