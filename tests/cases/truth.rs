//! `traces` stays true to `events`, whatever SQL users do to either.

use std::io::Write;
use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;
use postgres::error::SqlState;
use serde_json::json;

use crate::harness::{Database, Flavour, Sidecar, event, ingest, recorded_requests};
use crate::{Case, DatabaseCase, World, database_trials};

pub(super) const CASES: [DatabaseCase; 10] = [
    ("events_inserted_with_sql_are_counted_and_read", inserted_events),
    ("events_copied_in_are_counted", copied_events),
    ("events_are_not_updated", updated_events),
    ("events_deleted_are_no_longer_counted", deleted_events),
    ("deleting_old_traces_takes_their_events_along", deleted_traces),
    ("truncating_traces_empties_events", truncated_traces),
    ("a_trace_inserted_with_sql_starts_without_events", inserted_trace),
    ("who_may_only_insert_events_can_do_so", insert_privilege),
    ("a_failed_statement_changes_nothing", failed_statement),
    ("what_could_not_be_read_back_can_not_be_inserted", unreadable_rows),
];

const CHECK: Case = ("the_check_sees_a_wrong_count", check_sees_wrong_count);

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "truth", ingest_recorded_traffic, &CASES);
    trials.extend(crate::trials(world, "truth", &[CHECK]));
    trials
}

pub(super) fn ingest_recorded_traffic(client: &mut Client) {
    for body in recorded_requests() {
        ingest(client, &body);
    }
}

/// The check that every case relies on can fail.
fn check_sees_wrong_count(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let mut client = database.connect();
    ingest_recorded_traffic(&mut client);
    assert_eq!(database.untrue_traces(), 0);
    client
        .execute(
            "UPDATE traces SET event_count = event_count + 1 WHERE trace_id = 'trace-123'",
            &[],
        )
        .expect("UPDATE");
    assert_eq!(database.untrue_traces(), 1);
}

fn inserted_events(database: &Database, client: &mut Client) {
    client
        .batch_execute(
            "INSERT INTO events (event_id, trace_id, kind, timestamp, service_name, metadata)
             SELECT 'e' || n, 't' || n % 3, 'Custom', now() + n * interval '1 hour', 'sql',
                    jsonb_build_object('n', n)
             FROM generate_series(1, 100) AS n;
             INSERT INTO events (event_id, trace_id, kind, timestamp, vector_clock)
             VALUES ('late', 't0', 'Custom', '2001-01-01', '{\"a\": 1}')",
        )
        .expect("INSERT");
    let row = client
        .query_one("SELECT event_count, service_name FROM traces WHERE trace_id = 't0'", &[])
        .expect("the trace");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1)), (34, "sql"));
    let sidecar = Sidecar::postgres(database);
    let events = sidecar.sent("t0");
    assert_eq!(events.len(), 34);
    assert_eq!(
        events[0],
        json!({
            "event_id": "late", "trace_id": "t0", "kind": "Custom",
            "timestamp": "2001-01-01T00:00:00.000000Z", "vector_clock": { "a": 1 }
        })
    );
    assert_eq!(events[1]["metadata"], json!({ "n": 3, "service_name": "sql" }));
}

fn copied_events(_: &Database, client: &mut Client) {
    let mut copy = client
        .copy_in("COPY events (event_id, trace_id, kind, timestamp) FROM STDIN (FORMAT csv)")
        .expect("COPY");
    for n in 0..500 {
        writeln!(copy, "e{n},copied-{},Custom,2026-11-{:02}T12:00:00Z", n % 7, 1 + n % 20)
            .expect("row");
    }
    assert_eq!(copy.finish().expect("COPY"), 500);
    let counted = client
        .query_one(
            "SELECT sum(event_count)::bigint FROM traces WHERE trace_id LIKE 'copied-%'",
            &[],
        )
        .expect("sum");
    assert_eq!(counted.get::<_, i64>(0), 500);
}

/// They are records of what happened.
fn updated_events(_: &Database, client: &mut Client) {
    let error = client.execute("UPDATE events SET parent_id = NULL", &[]).expect_err("UPDATE");
    assert!(error.as_db_error().is_some_and(|e| e.message().contains("cannot update")), "{error}");
}

fn deleted_events(database: &Database, client: &mut Client) {
    client.execute("DELETE FROM events WHERE kind = 'StateChange'", &[]).expect("DELETE");
    database.assert_traces_are_true();
    client.execute("DELETE FROM events WHERE trace_id = 'trace-123'", &[]).expect("DELETE");
    let gone = client
        .query_one("SELECT count(*) FROM traces WHERE trace_id = 'trace-123'", &[])
        .expect("count");
    assert_eq!(gone.get::<_, i64>(0), 0);
}

fn deleted_traces(_: &Database, client: &mut Client) {
    client
        .execute(
            "UPDATE traces SET created_at = now() - interval '31 days' WHERE service_name = 'orders'",
            &[],
        )
        .expect("UPDATE");
    let old = client
        .query_one(
            "SELECT count(*), sum(event_count)::bigint FROM traces WHERE service_name = 'orders'",
            &[],
        )
        .expect("count");
    let (old_traces, old_events): (i64, i64) = (old.get(0), old.get(1));
    assert!(old_traces > 0);
    // The job that Raceway's storage guide tells people to schedule.
    let deleted = client
        .execute("DELETE FROM traces WHERE created_at < NOW() - INTERVAL '30 days'", &[])
        .expect("DELETE");
    assert_eq!(i64::try_from(deleted).expect("few"), old_traces);
    let left = client.query_one("SELECT count(*) FROM events", &[]).expect("count");
    assert_eq!(left.get::<_, i64>(0), 1559 - old_events);
}

fn truncated_traces(_: &Database, client: &mut Client) {
    client.batch_execute("TRUNCATE traces").expect("TRUNCATE");
    let left = client.query_one("SELECT count(*) FROM stored_events", &[]).expect("count");
    assert_eq!(left.get::<_, i64>(0), 0);
    ingest_recorded_traffic(client);
}

fn inserted_trace(_: &Database, client: &mut Client) {
    client
        .batch_execute(
            "INSERT INTO traces (trace_id, service_name, start_time, end_time, event_count)
             VALUES ('by-hand', 'sql', '1999-01-01', '2099-01-01', 7);",
        )
        .expect("INSERT");
    let count = "SELECT event_count, start_time IS NULL, service_name FROM traces WHERE trace_id = 'by-hand'";
    let row = client.query_one(count, &[]).expect("the trace");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, bool>(1)), (0, true));
    let batch = event("by-hand", "e", "2026-11-22T12:00:00Z").to_string();
    ingest(client, &batch);
    let row = client.query_one(count, &[]).expect("the trace");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(2)), (1, "bank"));
}

fn insert_privilege(database: &Database, client: &mut Client) {
    let writer = database.for_new_role("writer");
    client.batch_execute(&format!("GRANT INSERT ON events TO {}", writer.user)).expect("GRANT");
    writer
        .connect()
        .batch_execute(
            "INSERT INTO events (event_id, trace_id, kind, timestamp)
             VALUES ('e', 'by-role', 'Custom', now())",
        )
        .expect("INSERT as another role");
    let row = client
        .query_one("SELECT event_count FROM traces WHERE trace_id = 'by-role'", &[])
        .expect("the trace");
    assert_eq!(row.get::<_, i64>(0), 1);
}

fn failed_statement(_: &Database, client: &mut Client) {
    let clash = "INSERT INTO events (event_id, trace_id, kind, timestamp)
                 VALUES ('e', 'clash', 'Custom', '2026-11-22'), ('e', 'clash', 'Custom', '2026-11-22')";
    let error = client.execute(clash, &[]).expect_err("a unique violation");
    assert_eq!(error.code().map(SqlState::code), Some("23505"));
    let left = client
        .query_one("SELECT count(*) FROM traces WHERE trace_id = 'clash'", &[])
        .expect("count");
    assert_eq!(left.get::<_, i64>(0), 0);
}

fn unreadable_rows(_: &Database, client: &mut Client) {
    for (column, value) in [
        ("timestamp", "'infinity'"),
        ("timestamp", "'0001-01-01 BC'"),
        ("vector_clock", "'[1]'"),
        ("event_id", "''"),
    ] {
        let mut columns = [
            ("event_id", "'e'"),
            ("trace_id", "'t'"),
            ("kind", "'Custom'"),
            ("timestamp", "now()"),
            ("vector_clock", "'{}'"),
        ];
        for known in &mut columns {
            if known.0 == column {
                known.1 = value;
            }
        }
        let names = columns.map(|(name, _)| name).join(", ");
        let values = columns.map(|(_, value)| value).join(", ");
        let insert = format!("INSERT INTO events ({names}) VALUES ({values})");
        let error = client.batch_execute(&insert).expect_err(&insert);
        assert_eq!(error.code().map(SqlState::code), Some("23514"), "{insert}: {error}");
    }
}
