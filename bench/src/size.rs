//! Bytes of an event, on disk and in the write-ahead log.

use postgres::Client;
use raceway_tests::{Database, Flavour};

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::scale::BATCH;
use crate::session::Session;
use crate::stock;

const SIZES: &str = "
    SELECT sum(pg_table_size(relid))::float8, sum(pg_indexes_size(relid))::float8,
           (pg_total_relation_size('traces') + pg_total_relation_size('frames'))::float8
    FROM pg_partition_tree('stored_events')";

/// Of all events together.
struct Bytes {
    heap: f64,
    index: f64,
    traces: f64,
    log: f64,
}

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = bench.cluster.create_with(Flavour::Extension);
    let runs: Vec<Bytes> = (0..bench.scale.runs).map(|_| run(bench, &database)).collect();
    let events = f64::from(bench.scale.day);
    let each = |of: fn(&Bytes) -> f64| runs.iter().map(|run| of(run) / events).collect::<Samples>();
    let (heap, log) = (each(|run| run.heap), each(|run| run.log));
    let total = each(|run| run.heap + run.index + run.traces);
    Section {
        title: "Size",
        how: vec![
            format!(
                "bytes: `pg_total_relation_size` after the extension has ingested {} events in \
                 batches of {BATCH} in one session, by their number; heap and index are those of \
                 all partitions, traces has its indexes and `frames`",
                bench.scale.day
            ),
            "WAL: how far `pg_current_wal_insert_lsn()` went meanwhile, after a checkpoint"
                .to_owned(),
        ],
        figures: vec![
            Figure::new("bytes an event", "450", "300", total),
            Figure::untargeted("of which heap", heap.clone()),
            Figure::untargeted("of which index", each(|run| run.index)),
            Figure::untargeted("of which traces", each(|run| run.traces)),
            Figure::new("WAL / heap", "1.5", "", log.per(&heap)),
            Figure::untargeted("WAL bytes an event", log),
        ],
    }
}

fn run(bench: &Bench, database: &Database) -> Bytes {
    let mut session = Session::emptied(database, &bench.loadgen.dump(BATCH, BATCH)[0]);
    let before = log_position(&mut session.client);
    stock::ingest_day(bench, &mut session);
    let log = log_position(&mut session.client) - before;
    let sizes = session.client.query_one(SIZES, &[]).expect("sizes");
    Bytes { heap: sizes.get(0), index: sizes.get(1), traces: sizes.get(2), log }
}

fn log_position(client: &mut Client) -> f64 {
    let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8";
    client.query_one(sql, &[]).expect("position in the log").get(0)
}
