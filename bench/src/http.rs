//! How many events a second the sidecar acknowledges, and how long each request waits.

use raceway_tests::{Database, Flavour, Pooler, Sidecar};

use crate::bench::Bench;
use crate::loadgen::Served;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::session;

/// What clients send.
struct Traffic {
    events: u32,
    batch: u32,
    connections: u32,
}

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = bench.cluster.create_with(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    let many = Traffic { events: bench.scale.posted_in_batches, batch: 100, connections: 16 };
    let single = Traffic { events: bench.scale.posted_one_by_one, batch: 1, connections: 64 };
    // The connections of the sidecar's pool have then ingested before.
    bench.loadgen.post(sidecar.url(), 1_000, single.batch, single.connections);
    let run = |traffic: &Traffic| post(bench, &database, &sidecar, traffic);
    let runs = (0..bench.scale.runs).map(|_| (run(&many), run(&single)));
    let (many_runs, single_runs): (Vec<Served>, Vec<Served>) = runs.unzip();
    Section {
        title: "HTTP, sidecar and extension",
        how: vec![how(&many), how(&single)],
        figures: [
            figures("100 a request", ["40,000", "60"], ["80,000", ""], &many_runs),
            figures("1 a request", ["10,000", ""], ["20,000", ""], &single_runs),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

/// Without the extension, through pgbouncer in transaction mode.
pub(crate) fn measure_pooled(bench: &Bench) -> Section {
    let database = bench.cluster.create_with(Flavour::PlainSql);
    let pooler = Pooler::start(&bench.cluster);
    let sidecar = Sidecar::start(Sidecar::command_on(&pooler.connection(&database)));
    let traffic = Traffic { events: bench.scale.posted_one_by_one, batch: 100, connections: 16 };
    let runs: Vec<Served> =
        (0..bench.scale.runs).map(|_| post(bench, &database, &sidecar, &traffic)).collect();
    Section {
        title: "HTTP, sidecar and plain SQL through pgbouncer",
        how: vec![how(&traffic), "pgbouncer: in transaction mode, with two connections".to_owned()],
        figures: figures("100 a request", ["20,000", ""], ["", ""], &runs).into(),
    }
}

fn how(Traffic { events, batch, connections }: &Traffic) -> String {
    format!(
        "{batch} a request: `loadgen` posts {events} events over {connections} connections to an \
         emptied database; latencies are of a request, answered after its events are on disk"
    )
}

fn post(bench: &Bench, database: &Database, sidecar: &Sidecar, traffic: &Traffic) -> Served {
    let mut client = database.connect();
    session::empty(&mut client);
    session::checkpoint(&mut database.for_superuser().connect());
    bench.loadgen.post(sidecar.url(), traffic.events, traffic.batch, traffic.connections)
}

/// Targets are of the rate and of the 99th percentile.
fn figures(
    name: &str,
    reach: [&'static str; 2],
    push_on: [&'static str; 2],
    runs: &[Served],
) -> [Figure; 3] {
    let samples = |value: fn(&Served) -> f64| runs.iter().map(value).collect::<Samples>();
    let rate = samples(|run| run.events_per_second);
    let p99 = samples(|run| run.p99_ms);
    [
        Figure::new(format!("{name}: events/s"), reach[0], push_on[0], rate),
        Figure::new(format!("{name}: p99, ms"), reach[1], push_on[1], p99),
        Figure::untargeted(format!("{name}: p50, ms"), samples(|run| run.median_ms)),
    ]
}
