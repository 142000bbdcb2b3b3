//! A batch that fails leaves nothing behind, and a session that ingests for long does not grow.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::thread;

use libtest_mimic::Trial;
use postgres::{Client, NoTls};
use serde_json::{Value, json};

use crate::harness::{
    Cluster, Database, Flavour, Sidecar, SmallDisk, create_templates, event, ingest, memory,
    sqlstate, try_ingest,
};
use crate::{Case, DatabaseCase, World, database_trials, empty};

pub(super) const CASES: [DatabaseCase; 4] = [
    ("a_cancelled_batch_leaves_nothing", cancelled_batch),
    ("a_batch_that_times_out_leaves_nothing", timed_out_batch),
    ("a_batch_sent_twice_in_mid_flight_is_stored_once", batch_in_mid_flight),
    ("an_event_that_can_not_be_stored_costs_no_other", poisonous_event),
];

/// Rust has memory of its own; plain SQL has that of Postgres.
const OTHER_CASES: [Case; 3] = [
    ("extension::a_backend_does_not_grow", flat_memory),
    ("extension::a_full_disk_leaves_whole_batches", |_| full_disk(Flavour::Extension)),
    ("sql::a_full_disk_leaves_whole_batches", |_| full_disk(Flavour::PlainSql)),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "failures", empty, &CASES);
    trials.extend(crate::trials(world, "failures", &OTHER_CASES));
    trials
}

fn batch(name: &str, events: usize) -> String {
    let events: Vec<Value> = (0..events)
        .map(|n| event(&format!("{name}-{}", n / 20), &n.to_string(), "2026-11-22T12:00:00Z"))
        .collect();
    Value::from(events).to_string()
}

fn stored(client: &mut Client) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM stored_events), (SELECT count(*) FROM traces)";
    let row = client.query_one(sql, &[]).expect("counts");
    (row.get(0), row.get(1))
}

/// It is cancelled half-way: where it waits for a trace that another session has just made.
fn cancelled_batch(database: &Database, client: &mut Client) {
    client.batch_execute("BEGIN").expect("BEGIN");
    let other = event("large-50", "other", "2026-11-22T12:00:00Z").to_string();
    ingest(client, &other);
    let mut session = database.connect();
    let cancel = session.cancel_token();
    let attempt = thread::spawn(move || {
        let error = try_ingest(&mut session, &batch("large", 2000)).expect_err("cancelled");
        (session, sqlstate(&error).to_owned())
    });
    database.await_a_waiting_session();
    cancel.cancel_query(NoTls).expect("cancel");
    let (mut session, code) = attempt.join().expect("a session");
    assert_eq!(code, "57014");
    client.batch_execute("ROLLBACK").expect("ROLLBACK");
    assert_eq!(stored(client), (0, 0));
    // The session goes on, and knows nothing of what was taken back.
    assert_eq!(ingest(&mut session, &batch("large", 2000)), 2000);
}

fn timed_out_batch(_: &Database, client: &mut Client) {
    client.batch_execute("SET statement_timeout = '20ms'").expect("SET");
    let error = try_ingest(client, &batch("slow", 50_000)).expect_err("a timeout");
    assert_eq!(sqlstate(&error), "57014");
    client.batch_execute("RESET statement_timeout").expect("RESET");
    assert_eq!(stored(client), (0, 0));
    assert_eq!(ingest(client, &batch("slow", 100)), 100);
}

/// The second session has to wait for the first, and then to know what became of it.
fn batch_in_mid_flight(database: &Database, client: &mut Client) {
    for (name, end, expected) in [("kept", "COMMIT", 0), ("taken-back", "ROLLBACK", 100)] {
        let batch = batch(name, 100);
        client.batch_execute("BEGIN").expect("BEGIN");
        ingest(client, &batch);
        let mut second = database.connect();
        let waiting = thread::spawn(move || ingest(&mut second, &batch));
        database.await_a_waiting_session();
        client.batch_execute(end).expect(end);
        assert_eq!(waiting.join().expect("a session"), expected, "after {end}");
    }
    assert_eq!(stored(client), (200, 10));
}

/// Requests that come at once share a transaction, unless one of them makes it fail.
fn poisonous_event(database: &Database, client: &mut Client) {
    client
        .batch_execute(
            "CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
             CREATE TRIGGER reject BEFORE INSERT ON traces FOR EACH ROW
                 WHEN (NEW.trace_id = 'poison') EXECUTE FUNCTION reject()",
        )
        .expect("a trigger");
    let sidecar = Sidecar::postgres(database);
    let trace_of = |number: usize| match number {
        37 => "poison".to_owned(),
        _ => format!("trace-{number}"),
    };
    let event_of = |number| event(&trace_of(number), "e", "2026-11-22T12:00:00Z");
    let post = |number: usize| {
        let events: Vec<Value> = (0..3).map(|place| event_of(number * 3 + place)).collect();
        sidecar.post(&Value::from(events).to_string()).data()
    };
    let reports: Vec<Value> = thread::scope(|scope| {
        let posts: Vec<_> = (0..20).map(|number| scope.spawn(move || post(number))).collect();
        posts.into_iter().map(|post| post.join().expect("an answer")).collect()
    });
    for (number, report) in reports.iter().enumerate() {
        assert_eq!(report["accepted"], if number == 12 { 2 } else { 3 }, "{report}");
    }
    let reason = "Postgres rejects it: not this one (SQLSTATE P0001)";
    let rejection = json!({ "index": 1, "id": "e", "reason": reason });
    assert_eq!(reports[12]["rejected"], json!([rejection]));
    assert_eq!(stored(client), (59, 59));
    // It is in quarantine until it can be stored.
    let kept = "SELECT event FROM raceway_rejected WHERE event_id = 'e' AND reason = $1";
    let row = client.query_one(kept, &[&reason]).expect("the rejected event");
    assert_eq!(row.get::<_, &str>(0), event_of(37).to_string());
    replay(client, 0, 1);
    client.batch_execute("DROP TRIGGER reject ON traces").expect("DROP TRIGGER");
    replay(client, 1, 0);
    assert_eq!(stored(client), (60, 60));
}

fn replay(client: &mut Client, replayed: i64, remaining: i64) {
    let report = client.query_one("SELECT * FROM raceway_replay_rejected()", &[]).expect("replay");
    assert_eq!((report.get(0), report.get(1)), (replayed, remaining));
}

/// The private memory of the backend, in bytes.
fn resident_memory(client: &mut Client) -> u64 {
    let process: i32 = client.query_one("SELECT pg_backend_pid()", &[]).expect("pid").get(0);
    memory(process.unsigned_abs(), "RssAnon")
}

fn flat_memory(world: &World) {
    const BATCHES: usize = 10_000;
    let client = &mut world.cluster().create_with(Flavour::Extension).connect();
    let mut after_warm_up = 0;
    for number in 0..BATCHES {
        // New traces and rejected events each time, and some that are sent again.
        let name = (number - number % 5).to_string();
        let mut events = batch(&name, 4);
        events.insert_str(1, r#"{"id":"bad"},"#);
        ingest(client, &events);
        if number == BATCHES / 10 {
            after_warm_up = resident_memory(client);
        }
    }
    let growth = resident_memory(client).saturating_sub(after_warm_up);
    assert!(growth < 1 << 20, "{growth} bytes in {} batches", BATCHES * 9 / 10);
}

/// On a cluster of its own: a page that finds no room may be written for any session, whichever
/// database that works in.
fn full_disk(flavour: Flavour) {
    let cluster = Cluster::start("");
    create_templates(&cluster, &[flavour]);
    let mut superuser = cluster.database("postgres").connect();
    let data: String = superuser.query_one("SHOW data_directory", &[]).expect("SHOW").get(0);
    let disk = SmallDisk::mount("24m", fs::metadata(data).expect("data directory").uid());
    let name = format!("full_disk_{}", flavour.name());
    let location = disk.path().display();
    for statement in [
        format!("CREATE TABLESPACE {name} LOCATION '{location}'"),
        format!(
            "CREATE DATABASE {name} TEMPLATE {} OWNER {} TABLESPACE {name}",
            flavour.name(),
            flavour.owner()
        ),
    ] {
        superuser.batch_execute(&statement).expect(&statement);
    }
    let database = cluster.database(&name).for_role(flavour.owner());
    let mut client = database.connect();
    let mut accepted = 0;
    let error = (0..)
        .find_map(|number: u32| {
            match try_ingest(&mut client, &batch(&number.to_string(), 1000)) {
                Ok(new) => accepted += i64::from(new),
                Err(error) => return Some(error),
            }
            None
        })
        .expect("a full disk");
    assert_eq!(sqlstate(&error), "53100", "{error}");
    assert!(accepted > 1000);
    assert_eq!(stored(&mut client).0, accepted);
    disk.grow("100m");
    database.assert_traces_are_true();
    assert_eq!(ingest(&mut client, &batch("with room again", 1000)), 1000);
}
