//! Indexes of events: those that come with it, and those that a user makes.

use std::process::{Command, Output};
use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;

use super::truth::ingest_recorded_traffic;
use crate::harness::{Database, Flavour, event, ingest};
use crate::{Case, DatabaseCase, World, database_trials};

pub(super) const CASES: [DatabaseCase; 2] = [
    ("the_newest_events_are_found_by_an_index", newest),
    ("what_can_not_be_indexed_is_told", senseless),
];

const OF_EXTENSION: [Case; 6] = [
    ("an_event_is_found_by_its_id", by_id),
    ("an_index_is_in_every_partition_now_and_later", every_partition),
    ("an_index_is_dropped_everywhere_and_stays_so", dropped),
    ("an_index_is_there_after_dump_and_restore", restored),
    ("an_index_is_true_though_frames_are_restored_last", frames_restored_last),
    ("an_index_is_made_while_everything_goes_on", concurrently),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "indexes", ingest_recorded_traffic, &CASES);
    if world.flavours().contains(&Flavour::Extension) {
        trials.extend(crate::trials(world, "indexes", &OF_EXTENSION));
    }
    trials
}

const ACCESSES: &str = "SELECT event_id FROM events WHERE variable = 'alice.balance'
                        ORDER BY timestamp DESC, event_id LIMIT 20";

/// A database with recorded traffic, and two days beside.
fn filled(world: &World) -> (Database, Client) {
    let database = world.cluster().create_with(Flavour::Extension);
    let mut client = database.connect();
    ingest_recorded_traffic(&mut client);
    add_day(&mut client, "2026-11-21");
    (database, client)
}

fn add_day(client: &mut Client, day: &str) {
    client
        .batch_execute(&format!("SELECT raceway_create_partition('{day}')"))
        .expect("a partition");
    ingest(client, &event(day, day, &format!("{day}T12:00:00Z")).to_string());
}

/// The plan of a query, where tables of any size are read by an index if there is one.
fn plan(client: &mut Client, query: &str) -> String {
    let others = ["seqscan", "bitmapscan", "sort"];
    let set = others.map(|other| format!("SET enable_{other} = off;")).concat();
    client.batch_execute(&set).expect("SET");
    let rows = client.query(&format!("EXPLAIN (COSTS OFF) {query}"), &[]).expect("EXPLAIN");
    client.batch_execute("RESET ALL").expect("RESET");
    rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect()
}

fn partitions(client: &mut Client) -> usize {
    let sql = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'stored_events'::regclass";
    usize::try_from(client.query_one(sql, &[]).expect("a count").get::<_, i64>(0)).expect("few")
}

/// Every partition is read by an index, in this way.
fn assert_by_index(client: &mut Client, query: &str, way: &str) {
    let plan = plan(client, query);
    let scans = plan.matches(" on events_").count();
    assert_eq!(scans, partitions(client), "{plan}");
    assert!(!plan.contains("Seq Scan on events_"), "{plan}");
    assert_eq!(plan.matches(way).count(), scans, "{plan}");
}

fn ids(client: &mut Client, query: &str) -> Vec<String> {
    client.query(query, &[]).expect("events").iter().map(|row| row.get(0)).collect()
}

fn newest(_: &Database, client: &mut Client) {
    let newest = "SELECT event_id FROM events ORDER BY timestamp DESC LIMIT 10";
    assert_by_index(client, newest, "Index Scan Backward using ");
}

fn by_id(world: &World) {
    let (_, mut client) = filled(world);
    client.batch_execute("SELECT raceway_create_index('event_id')").expect("raceway_create_index");
    let by_id = "SELECT event_id FROM events WHERE event_id = '2026-11-21'";
    assert_by_index(&mut client, by_id, "Index Cond: ((_raceway_event_id(");
    assert_eq!(ids(&mut client, by_id), ["2026-11-21"]);
}

fn every_partition(world: &World) {
    let (_, mut client) = filled(world);
    let expected = ids(&mut client, ACCESSES);
    assert_eq!(expected.len(), 20);
    let made = "SELECT raceway_create_index('variable', 'timestamp'),
                       raceway_create_index('metadata->>''access_type''')";
    let row = client.query_one(made, &[]).expect("raceway_create_index");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2, 2));
    add_day(&mut client, "2026-11-20");
    assert_by_index(&mut client, ACCESSES, "Index Cond: ((_raceway_variable(");
    assert_eq!(ids(&mut client, ACCESSES), expected);
    let of_expression = "SELECT event_id FROM events WHERE metadata->>'access_type' = 'Write'";
    assert_by_index(&mut client, of_expression, "->> 'access_type'::text) = 'Write'");
    let again = client.query_one(made, &[]).expect("raceway_create_index");
    assert_eq!((again.get::<_, i64>(0), again.get::<_, i64>(1)), (0, 0));
}

fn dropped(world: &World) {
    let (_, mut client) = filled(world);
    let dropped = "SELECT raceway_drop_index('timestamp'), raceway_drop_index('location')";
    let row = client.query_one(dropped, &[]).expect("raceway_drop_index");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 0));
    add_day(&mut client, "2026-11-20");
    let plan = plan(&mut client, "SELECT event_id FROM events ORDER BY timestamp DESC LIMIT 10");
    assert!(!plan.contains("_timestamp_idx"), "{plan}");
}

fn restored(world: &World) {
    let (database, mut client) = filled(world);
    client
        .batch_execute("SELECT raceway_create_index('variable', 'timestamp')")
        .expect("raceway_create_index");
    let expected = ids(&mut client, ACCESSES);
    let copy = world.cluster().create_for(Flavour::Extension);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump");
    let file = file.to_str().expect("a path");
    succeed(database.program("pg_dump").args(["--format=custom", "--file", file]));
    let mut restore = copy.program("pg_restore");
    succeed(restore.args(["--jobs=2", "--exit-on-error", "--dbname", &copy.name, file]));
    let mut client = copy.connect();
    add_day(&mut client, "2026-11-20");
    assert_by_index(&mut client, ACCESSES, "Index Cond: ((_raceway_variable(");
    assert_eq!(ids(&mut client, ACCESSES), expected);
    client.batch_execute("REINDEX TABLE events_20261122").expect("REINDEX");
    assert_eq!(ids(&mut client, ACCESSES), expected);
}

/// As it happens where several jobs restore: the small table of frames comes after days and their indexes.
fn frames_restored_last(world: &World) {
    let (database, mut client) = filled(world);
    client
        .batch_execute(
            "SELECT raceway_create_index('variable', 'timestamp');
             CREATE TABLE kept AS SELECT * FROM frames",
        )
        .expect("raceway_create_index");
    let expected = ids(&mut client, ACCESSES);
    client.batch_execute("DELETE FROM frames").expect("DELETE");
    // A session without memories of frames.
    let mut client = database.connect();
    client.batch_execute("REINDEX TABLE events_20261122").expect("REINDEX");
    assert!(ids(&mut client, ACCESSES).is_empty());
    client.batch_execute("INSERT INTO frames SELECT * FROM kept").expect("frames");
    assert_by_index(&mut client, ACCESSES, "Index Cond: ((_raceway_variable(");
    assert_eq!(ids(&mut client, ACCESSES), expected);
}

fn succeed(command: &mut Command) {
    let Output { status, stderr, .. } = command.output().expect("a program of Postgres");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

fn concurrently(world: &World) {
    let (_, mut client) = filled(world);
    let statements = ids(&mut client, "SELECT raceway_index_statements('location')");
    assert_eq!(statements.len(), 2, "{statements:?}");
    for statement in statements {
        assert!(statement.starts_with("CREATE INDEX CONCURRENTLY ON "), "{statement}");
        client.batch_execute(&statement).expect("an index");
    }
    let by_location = "SELECT event_id FROM events WHERE location = 'a.rs:1'";
    assert_by_index(&mut client, by_location, "Index Cond: ((_raceway_location(");
}

fn senseless(_: &Database, client: &mut Client) {
    for keys in ["'trace_id'", "'event'", "'no_such_column'", "NULL", "VARIADIC '{}'"] {
        let sql = format!("SELECT raceway_create_index({keys})");
        let error = client.query(&sql, &[]).expect_err(keys);
        let error = error.as_db_error().expect("an error of the server");
        let is_told = error.message().contains("expected") || error.message().contains("exist");
        assert!(is_told, "{keys}: {error:?}");
    }
    let kept = client.query_one("SELECT count(*) FROM raceway_indexes", &[]).expect("a count");
    assert_eq!(kept.get::<_, i64>(0), 0);
}
