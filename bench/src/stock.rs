//! Databases with much in them, made once for all measurements that need them.

use std::cell::OnceCell;

use postgres::Client;
use raceway_tests::{Database, Flavour};

use crate::bench::Bench;
use crate::scale::BATCH;
use crate::session::{Session, checkpoint};

/// What has been made so far.
#[derive(Default)]
pub(crate) struct Stock {
    one_day: OnceCell<Database>,
    many_days: OnceCell<Database>,
}

/// One day of ingested events. To be copied: nobody may connect to it or change it.
fn one_day(bench: &Bench) -> &Database {
    bench.stock.one_day.get_or_init(|| {
        let database = bench.cluster.create_with(Flavour::Extension);
        let mut session = Session::open(&database);
        ingest_day(bench, &mut session);
        settle(&mut session.client);
        database
    })
}

/// A database of one's own with one day of ingested events.
pub(crate) fn copy_of_one_day(bench: &Bench) -> Database {
    bench.cluster.copy(one_day(bench))
}

/// As many days as the scale says, all like the one that was ingested.
pub(crate) fn many_days(bench: &Bench) -> &Database {
    bench.stock.many_days.get_or_init(|| {
        let database = copy_of_one_day(bench);
        let mut client = database.connect();
        let day = ingested_day(&mut client);
        for back in 1..bench.scale.days {
            copy_day(&mut client, &day, back);
        }
        settle(&mut client);
        database
    })
}

/// Ingests the events of a day, some at a time to bound the memory.
pub(crate) fn ingest_day(bench: &Bench, session: &mut Session) {
    for _ in 0..bench.scale.day / bench.scale.ingested {
        let batches = bench.loadgen.dump(bench.scale.ingested, BATCH);
        session.ingest_rate(&batches, bench.scale.ingested);
    }
}

/// The day of the newest events.
pub(crate) fn ingested_day(client: &mut Client) -> String {
    let sql = "SELECT (max(end_time) AT TIME ZONE 'UTC')::date::text FROM traces";
    client.query_one(sql, &[]).expect("a day").get(0)
}

/// Stores the traces and events of a day again, as new ones of the day so many days before.
pub(crate) fn copy_day(client: &mut Client, day: &str, back: u32) {
    let max = "SELECT max(trace_no) FROM traces";
    let used: i64 = client.query_one(max, &[]).expect("traces").get(0);
    let shift = format!("interval '24 hours' * {back}");
    let (start, end) = (format!("'{day} 00:00Z'::timestamptz"), "interval '24 hours'");
    let sql = format!(
        "BEGIN;
         SET LOCAL raceway.internal = on;
         SELECT raceway_create_partition('{day}'::date - {back});
         INSERT INTO traces (trace_no, start_time, end_time, event_count, created_at, name_rank,
                             trace_id, service_name, services)
         SELECT trace_no + {used}, start_time - {shift}, end_time - {shift}, event_count,
                created_at - {shift}, name_rank - {back} * 86400000000, gen_random_uuid()::text,
                service_name, services
         FROM traces WHERE start_time >= {start} AND start_time < {start} + {end}
         ORDER BY trace_no;
         INSERT INTO stored_events (\"timestamp\", created_at, trace_no, event_key, parent_key,
                                    frame_id, \"values\")
         SELECT \"timestamp\" - {shift}, created_at - {shift}, trace_no + {used},
                gen_random_uuid(), CASE WHEN parent_key IS NOT NULL THEN gen_random_uuid() END,
                frame_id, \"values\"
         FROM stored_events WHERE \"timestamp\" >= {start} AND \"timestamp\" < {start} + {end};
         SELECT setval(pg_get_serial_sequence('traces', 'trace_no'), max(trace_no)) FROM traces;
         COMMIT"
    );
    client.batch_execute(&sql).expect("a copied day");
}

/// Does now what autovacuum would do during the measurement.
pub(crate) fn settle(client: &mut Client) {
    client.batch_execute("VACUUM ANALYZE").expect("VACUUM");
    checkpoint(client);
}
