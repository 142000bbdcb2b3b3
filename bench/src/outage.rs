//! How fast events are kept while Postgres is away, and brought there when it is back.

use std::time::Duration;

use raceway_tests::{Flavour, Network, Site};

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::session;
use crate::timing::rate;

const BATCH: u32 = 100;
const CONNECTIONS: u32 = 16;
const DRAIN_LIMIT: Duration = Duration::from_mins(5);

pub(crate) fn measure(bench: &Bench) -> Section {
    let events = bench.scale.posted_in_batches;
    let runs = (0..bench.scale.runs).map(|_| kept_and_drained(bench, events));
    let (kept, drained): (Vec<f64>, Vec<f64>) = runs.unzip();
    let samples = |values: Vec<f64>| values.into_iter().collect::<Samples>();
    Section {
        title: "Postgres away",
        how: vec![
            format!(
                "kept: `loadgen` posts {events} events, {BATCH} a request over {CONNECTIONS} \
                 connections, each answered when it is on disk"
            ),
            "drained: from then on Postgres can be reached, until all of them are stored".into(),
        ],
        figures: vec![
            Figure::new("kept: events/s", "40,000", "", samples(kept)),
            Figure::untargeted("drained: events/s", samples(drained)),
        ],
    }
}

/// Events a second.
fn kept_and_drained(bench: &Bench, events: u32) -> (f64, f64) {
    let database = bench.cluster.create_with(Flavour::Extension);
    session::checkpoint(&mut database.connect());
    let proxy = bench.cluster.proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    proxy.set(Network::Refuse);
    let kept = bench.loadgen.post(sidecar.url(), events, BATCH, CONNECTIONS).events_per_second;
    let drained = rate(events, || {
        proxy.set(Network::Pass);
        sidecar.await_drained_within(DRAIN_LIMIT);
    });
    (kept, drained)
}
