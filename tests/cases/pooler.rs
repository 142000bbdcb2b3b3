//! Through pgbouncer in transaction mode, with no setting that says so: what holds of Postgres itself
//! holds there. Each transaction may be another session's.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::json;
use tempfile::TempDir;

use super::contract;
use crate::harness::{
    Cluster, Flavour, Pooler, Sidecar, Site, await_until, create_templates, event, ingest,
};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_mins(1);

const CASES: [Case; 5] = [
    ("both_flavours_are_installed_and_updated", migrations),
    ("events_are_moved_and_rejected_events_replayed", commands),
    ("a_query_that_takes_too_long_is_stopped", stopped_query),
    ("what_was_acknowledged_survives_the_pooler", killed_pooler),
    ("the_cluster_sees_few_sessions", few_sessions),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let own = crate::trials(world, "pooler", &CASES);
    own.into_iter().chain(contract_trials(world)).collect()
}

/// The contract, by way of one pooler.
fn contract_trials(world: &Arc<World>) -> Vec<Trial> {
    let of_flavour = |&flavour: &Flavour| {
        contract::CASES.map(|(name, case)| {
            world.trial(&format!("pooler::contract::{}::{name}", flavour.name()), move |world| {
                let database = world.cluster().create_with(flavour);
                let pooler = Pooler::start(world.cluster());
                case(&Sidecar::start(Sidecar::command_on(&pooler.connection(&database))));
                database.assert_traces_are_true();
            })
        })
    };
    world.flavours().iter().flat_map(of_flavour).collect()
}

fn run(connection: &str, arguments: &[&str], folder: &TempDir) -> String {
    let mut command = Sidecar::command_on(connection);
    command.args(arguments).current_dir(folder.path());
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn migrations(world: &World) {
    let pooler = Pooler::start(world.cluster());
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    for (flavour, installed) in [
        (Flavour::Extension, "installed the extension"),
        (Flavour::PlainSql, "installed plain SQL"),
    ] {
        let database = world.cluster().create_for(flavour);
        let connection = pooler.connection(&database);
        let (first, second) =
            (run(&connection, &["migrate"], &folder), run(&connection, &["migrate"], &folder));
        assert!(
            first.contains(installed) && second.contains("is installed already"),
            "{first}{second}"
        );
        let sidecar = Sidecar::start(Sidecar::command_on(&connection));
        sidecar.store(&[event("t", "e", NOON)]);
        assert_eq!(sidecar.events("t").len(), 1);
    }
}

fn commands(world: &World) {
    let pooler = Pooler::start(world.cluster());
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    for flavour in Flavour::ALL {
        let [from, to] = [(); 2].map(|()| world.cluster().create_with(flavour));
        let [from, to] = [from, to].each_ref().map(|database| pooler.connection(database));
        let sidecar = Sidecar::start(Sidecar::command_on(&from));
        let events: Vec<_> =
            (0..2000).map(|n| event(&format!("t{}", n / 4), &n.to_string(), NOON)).collect();
        sidecar.store(&events);
        sidecar.post(&event("t", "f", "yesterday").to_string()).data();
        assert!(run(&from, &["quarantine", "list"], &folder).contains("timestamp: expected"));
        assert_eq!(run(&from, &["quarantine", "replay"], &folder), "stored 0, 1 remain\n");
        assert_eq!(run(&from, &["quarantine", "clear"], &folder), "forgot 1\n");
        let file = format!("{}.ndjson", flavour.name());
        run(&from, &["export", &file], &folder);
        let imported = run(&to, &["import", &file], &folder);
        assert_eq!(imported, "2000 new, 0 there already, 0 rejected\n");
        let moved = run(&from, &["move", "--from", &from, "--to", &to], &folder);
        assert_eq!(moved, "pass 1: 0 new, 2000 there already, 0 rejected\n");
        let other = Sidecar::start(Sidecar::command_on(&to));
        assert_eq!(other.export(""), sidecar.export(""));
    }
}

/// The pooler passes on that it is not wanted any more: a session that waited on would be missing.
fn stopped_query(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let pooler = Pooler::start(world.cluster());
    let mut holder = database.connect();
    ingest(&mut holder, &event("held", "first", NOON).to_string());
    let site =
        Site::on(&pooler.connection(&database)).with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
    let sidecar = site.start();
    let lock = "BEGIN; SELECT FROM traces WHERE trace_id = 'held' FOR UPDATE";
    holder.batch_execute(lock).expect("lock");
    let data = sidecar.post(&event("held", "second", NOON).to_string()).data();
    assert_eq!(data["stored_in"], "spool", "{data}");
    let mut others = 0;
    await_until("others are stored in Postgres", LIMIT, || {
        others += 1;
        let answer = sidecar.post(&event("free", &others.to_string(), NOON).to_string());
        answer.data()["stored_in"] == "postgres"
    });
    holder.batch_execute("COMMIT").expect("COMMIT");
    sidecar.await_drained();
    assert_eq!(sidecar.events("held").len(), 2);
    database.assert_traces_are_true();
}

fn killed_pooler(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let mut pooler = Pooler::start(world.cluster());
    let site = Site::on(&pooler.connection(&database));
    let sidecar = site.start();
    let post = |id: &str| sidecar.post(&event("t", id, NOON).to_string()).data();
    assert_eq!(post("before")["stored_in"], "postgres");
    pooler.kill();
    let meanwhile = post("meanwhile");
    assert_eq!((&meanwhile["stored_in"], &meanwhile["durable"]), (&json!("spool"), &json!(true)));
    pooler.restart(world.cluster());
    sidecar.await_drained();
    assert_eq!(post("after")["stored_in"], "postgres");
    assert_eq!(sidecar.events("t").len(), 3);
    database.assert_traces_are_true();
}

/// That sessions are really shared: many clients, two of them.
fn few_sessions(_: &World) {
    let cluster = Cluster::start("cron.database_name = 'cron'");
    create_templates(&cluster, &[Flavour::Extension]);
    let database = cluster.create_with(Flavour::Extension);
    let pooler = Pooler::start(&cluster);
    let sidecars =
        [(); 3].map(|()| Sidecar::start(Sidecar::command_on(&pooler.connection(&database))));
    std::thread::scope(|scope| {
        for (n, sidecar) in sidecars.iter().enumerate() {
            for m in 0..4 {
                scope.spawn(move || {
                    for id in 0..20 {
                        sidecar.store(&[event(&format!("t{m}"), &format!("{n}-{id}-{m}"), NOON)]);
                        sidecar.get("/api/traces").data();
                    }
                });
            }
        }
    });
    let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                      AND backend_type = 'client backend'";
    let sessions = database.connect().query_one(sessions, &[]).expect("pg_stat_activity");
    assert!(sessions.get::<_, i64>(0) <= 2, "{sessions:?}");
    assert_eq!(sidecars[0].get("/status").data()["events_captured"], 240);
    database.assert_traces_are_true();
}
