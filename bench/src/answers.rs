//! How long questions about what events mean take, and what it costs to keep figures for them.

use postgres::Client;
use raceway_tests::{Flavour, Sidecar};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::timing::{milliseconds, timed};
use crate::{session, stock};

/// Accesses, strands and variables of the trace in which races are looked for.
const ACCESSES: u32 = 10_000;
const STRANDS: u32 = 50;
const VARIABLES: u32 = 100;

/// Questions about all that is stored, with how many milliseconds they may take and should take.
const QUESTIONS: [(&str, &str, [&str; 2]); 8] = [
    ("raceway_services()", "raceway_services()", ["100", "20"]),
    ("raceway_service_health()", "raceway_service_health('1 day')", ["100", "20"]),
    ("raceway_edges()", "raceway_edges()", ["100", "20"]),
    ("raceway_hotspots()", "raceway_hotspots()", ["100", "20"]),
    ("raceway_performance()", "raceway_performance()", ["100", "20"]),
    (
        "raceway_anomalies() of a trace",
        "raceway_anomalies((SELECT trace_id FROM traces ORDER BY start_time DESC LIMIT 1))",
        ["", ""],
    ),
    (
        "lost updates of a day, one variable",
        "(SELECT max(end_time) AS newest FROM traces) AS day,
         raceway_lost_updates(newest - interval '1 day', newest, variable => 'accounts.user7.balance')",
        ["20", "5"],
    ),
    (
        "lost updates of a day, all variables",
        "(SELECT max(end_time) AS newest FROM traces) AS day,
         raceway_lost_updates(newest - interval '1 day', newest)",
        ["3000", "1000"],
    ),
];

/// What whoever counts holds.
const KEY: &str = "('raceway_figures'::regclass::oid::bigint)";

/// Notes all traces as changed: copied days are not.
const NOTE_ALL: &str = "
    TRUNCATE raceway_counted, raceway_figures, raceway_uncounted;
    INSERT INTO raceway_uncounted (trace_nos)
    SELECT array_agg(trace_no) FROM traces GROUP BY trace_no / 500";

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = stock::many_days(bench);
    let mut client = database.for_superuser().connect();
    let events: i64 =
        client.query_one("SELECT events FROM raceway_stats()", &[]).expect("stats").get(0);
    let mut figures = vec![counting(&mut client, events)];
    stock::settle(&mut client);
    figures.push(bytes(&mut client, events));
    for (name, question, [reach, push_on]) in QUESTIONS {
        let samples = asked(&mut client, question, bench.scale.runs);
        figures.push(Figure::new(format!("{name}, ms"), reach, push_on, samples));
    }
    for (name, locks, reach) in [("behind a lock", &["l"][..], "50"), ("unlocked", &[], "100")] {
        let trace_id = format!("accesses {name}");
        store_accesses(&mut client, &trace_id, locks);
        let samples = asked(&mut client, &format!("raceway_races('{trace_id}')"), bench.scale.runs);
        let name = format!("raceway_races() of {ACCESSES} accesses {name}, ms");
        figures.push(Figure::new(name, reach, "20", samples));
    }
    figures.push(ingest_ratio(bench));
    Section { title: "Answers", how: how(events), figures }
}

fn how(events: i64) -> Vec<String> {
    vec![
        format!("questions: in one warm session, {events} events stored, all of them counted"),
        format!(
            "accesses: one trace of {STRANDS} strands and {VARIABLES} variables, once with a common lock \
             held at each access"
        ),
        "ingest: as in the section about HTTP, 100 events a request; with figures counted meanwhile, to \
         without"
            .to_owned(),
    ]
}

fn counting(client: &mut Client, events: i64) -> Figure {
    client.batch_execute(NOTE_ALL).expect(NOTE_ALL);
    let sql = "SELECT raceway_update_figures()";
    let time = timed(|| while client.query_one(sql, &[]).expect(sql).get::<_, i64>(0) > 0 {});
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 events")]
    let micros = milliseconds(time) * 1e3 / events as f64;
    Figure::untargeted("counting, µs an event", [micros].into_iter().collect())
}

fn bytes(client: &mut Client, events: i64) -> Figure {
    let sql = "SELECT sum(pg_total_relation_size(kept))::float8 FROM unnest(ARRAY[
               'raceway_counted', 'raceway_figures', 'raceway_names', 'raceway_uncounted',
               'traces_slowest']::regclass[]) AS kept";
    let bytes: f64 = client.query_one(sql, &[]).expect(sql).get(0);
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 events")]
    let of_event = bytes / events as f64;
    Figure::new("kept figures, bytes an event", "20", "", [of_event].into_iter().collect())
}

/// Milliseconds until all rows are here; the first time warms up.
fn asked(client: &mut Client, question: &str, runs: u32) -> Samples {
    let sql = format!("SELECT * FROM {question}");
    let mut ask = || milliseconds(timed(|| drop(client.query(&sql, &[]).expect(&sql))));
    ask();
    (0..runs).map(|_| ask()).collect()
}

fn store_accesses(client: &mut Client, trace_id: &str, locks: &[&str]) {
    let events: Vec<Value> = (0..ACCESSES)
        .map(|number| {
            json!({
                "event_id": format!("{trace_id} {number}"), "trace_id": trace_id,
                "kind": "StateChange",
                "timestamp": format!("2026-01-31T12:00:00.{number:06}Z"),
                "metadata": {
                    "variable": format!("v{}", number * 7 % VARIABLES), "access_type": "Write",
                    "new_value": number, "service_name": "bank", "process_id": 1,
                    "thread_id": format!("{}", number % STRANDS), "lock_set": locks,
                },
            })
        })
        .collect();
    let sql = "SELECT accepted FROM raceway_ingest($1::text)";
    let batch = Value::from(events).to_string();
    let accepted: i32 = client.query_one(sql, &[&batch]).expect(sql).get(0);
    assert_eq!(accepted.unsigned_abs(), ACCESSES);
}

/// Rates with figures counted meanwhile, to those while a session keeps all others from it.
fn ingest_ratio(bench: &Bench) -> Figure {
    let database = bench.cluster.create_with(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    let mut superuser = database.for_superuser().connect();
    let mut post = |lock: &str| {
        session::empty(&mut database.connect());
        session::checkpoint(&mut superuser);
        superuser.batch_execute(lock).expect(lock);
        let posted = bench.scale.posted_in_batches;
        bench.loadgen.post(sidecar.url(), posted, 100, 16).events_per_second
    };
    let mut ratio = || {
        let without = post(&format!("SELECT pg_advisory_lock{KEY}"));
        post(&format!("SELECT pg_advisory_unlock{KEY}")) / without
    };
    // The connections of the sidecar's pool have then ingested before.
    ratio();
    let ratios = (0..bench.scale.runs).map(|_| ratio()).collect();
    Figure::new("ingest with figures / without", "0.85", "0.95", ratios)
}
