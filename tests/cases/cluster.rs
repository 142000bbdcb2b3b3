//! Many databases behind proxies are one: with the same answers, and what is away costs only its share.

mod documented;
mod faults;
mod same;

use std::sync::{Arc, LazyLock};

use libtest_mimic::Trial;
use postgres::error::SqlState;
use serde_json::json;
use tempfile::TempDir;

use super::contract;
use crate::World;
use crate::harness::{Flavour, Servers, Sharded, Sidecar, event};

const NOON: &str = "2026-11-22T12:00:00Z";

/// A case that needs two servers.
type Case = (&'static str, fn(&Servers));

const CASES: [Case; 14] = [
    ("each_database_has_its_own_traces", own_traces),
    ("a_database_rejects_what_is_not_its_own", not_its_own),
    ("what_a_proxy_can_not_answer_it_says", unanswered),
    ("rejected_events_are_listed_and_replayed", rejected),
    ("events_are_moved_in_and_out", moved),
    ("retention_is_in_every_database", retention),
    ("a_proxy_is_installed_once_and_brought_up", installed),
    ("the_doctor_knows_each_database", doctor),
    ("a_cluster_is_made_and_moved_as_documented", documented::shard),
    ("answers_are_those_of_one_database", same::recorded),
    ("what_programs_do_is_found_as_in_one_database", same::programs),
    ("a_database_that_is_away_costs_only_its_share", faults::away),
    ("a_database_that_hangs_costs_only_its_share", faults::hanging),
    ("a_wrong_map_stores_nothing_where_it_does_not_belong", faults::wrong_map),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let servers = Arc::new(LazyLock::new(Servers::start as fn() -> Servers));
    let trial = |name: String, case: Box<dyn FnOnce(&Servers) + Send>| {
        let servers = Arc::clone(&servers);
        world.trial(&name, move |_| case(&servers))
    };
    let own = CASES.map(|(name, case)| trial(format!("cluster::{name}"), Box::new(case)));
    let contract = contract::CASES.map(|(name, case)| {
        let case = move |servers: &Servers| {
            let sharded = Sharded::on(servers);
            case(&sharded.sidecar());
            sharded.assert_is_true();
        };
        trial(format!("cluster::contract::{name}"), Box::new(case))
    });
    own.into_iter().chain(contract).collect()
}

/// Of so many traces, some belong to each database.
fn traces(count: usize) -> Vec<serde_json::Value> {
    (0..count).map(|n| event(&format!("t{n}"), "e", NOON)).collect()
}

fn own_traces(servers: &Servers) {
    let sharded = Sharded::on(servers);
    sharded.sidecar().store(&traces(100));
    let count = "SELECT count(*) FROM events";
    let counts: Vec<i64> = sharded
        .nodes
        .iter()
        .map(|node| node.connect().query_one(count, &[]).expect(count).get(0))
        .collect();
    assert!(counts.iter().all(|&events| events > 10), "{counts:?}");
    assert_eq!(counts.iter().sum::<i64>(), 100);
    for proxy in &sharded.proxies {
        let mut client = proxy.connect();
        for view in ["events", "traces", "raceway_traces(1000)"] {
            let sql = format!("SELECT count(DISTINCT trace_id) FROM {view}");
            assert_eq!(client.query_one(&sql, &[]).expect(view).get::<_, i64>(0), 100, "{view}");
        }
        let stats = client.query_one("SELECT traces, events FROM raceway_stats()", &[]);
        assert_eq!(stats.expect("raceway_stats").get::<_, i64>(1), 100);
    }
    sharded.assert_is_true();
}

fn not_its_own(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let sidecar = Sidecar::postgres(&sharded.nodes[0]);
    let data = sidecar.post(&json!(traces(20)).to_string()).data();
    let stored = data["accepted"].as_i64().expect("a count");
    let rejected = data["rejected"].as_array().expect("a list");
    assert!(stored > 0 && !rejected.is_empty(), "{data}");
    let reason = rejected[0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("traces_of_this_bucket"), "{reason}");
    let others = "SELECT count(*) FROM traces WHERE _raceway_hash(trace_id) & 3 <> 0";
    let others = sharded.nodes[0].connect().query_one(others, &[]).expect("traces");
    assert_eq!(others.get::<_, i64>(0), 0);
    let other = "SELECT raceway_join_cluster(1, 4)";
    let error = sharded.nodes[0].connect().query(other, &[]).expect_err("it is another");
    let error = error.as_db_error().expect("an error of the server").message();
    assert!(error.contains("this is database 0 of 4"), "{error}");
}

fn unanswered(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let mut client = sharded.connect();
    sharded.sidecar().store(&traces(1));
    for question in [
        "SELECT FROM raceway_hotspots()",
        "SELECT FROM raceway_performance()",
        "SELECT FROM raceway_interleavings()",
        "SELECT FROM raceway_anomalies('t')",
        "SELECT FROM raceway_index_statements('kind')",
        "DELETE FROM traces WHERE created_at < now()",
        "INSERT INTO events (trace_id) VALUES ('t')",
    ] {
        let error = client.query(question, &[]).expect_err(question);
        let code = error.code().map(SqlState::code);
        assert_eq!(code, Some("0A000"), "{question}: {error:?}");
    }
}

fn run(connection: &str, arguments: &[&str], folder: &TempDir) -> String {
    let mut command = Sidecar::command_on(connection);
    command.args(arguments).current_dir(folder.path());
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn rejected(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let (connection, folder) = (sharded.connection(), TempDir::new().expect("a folder"));
    let sidecar = sharded.sidecar();
    for _ in 0..3 {
        sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    }
    let listed = run(&connection, &["quarantine", "list"], &folder);
    assert_eq!(listed.matches("timestamp: expected").count(), 3, "{listed}");
    assert_eq!(run(&connection, &["quarantine", "replay"], &folder), "stored 0, 3 remain\n");
    let valid = event("u", "e", NOON).to_string();
    let mend = "UPDATE raceway_rejected SET event = $1";
    let mended = |node: &crate::harness::Database| {
        node.connect().execute(mend, &[&valid]).expect("a rejected event") > 0
    };
    assert!(sharded.nodes.iter().filter(|node| mended(node)).count() > 0);
    assert_eq!(run(&connection, &["quarantine", "replay"], &folder), "stored 3, 0 remain\n");
    assert_eq!(sidecar.events("u").len(), 1);
    sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    assert_eq!(run(&connection, &["quarantine", "clear"], &folder), "forgot 1\n");
    sharded.assert_is_true();
}

fn moved(servers: &Servers) {
    let (sharded, other) = (Sharded::on(servers), Sharded::on(servers));
    let folder = TempDir::new().expect("a folder");
    let single = servers.all()[0].create_with(Flavour::Extension);
    Sidecar::postgres(&single).store(&traces(300));
    let [from, to] = [&single, &sharded.proxies[1]].map(|database| {
        let folder = database.socket_folder().display();
        format!("postgresql:///{}?host={folder}&user=postgres", database.name)
    });
    let connection = sharded.connection();
    let moved = run(&connection, &["move", "--from", &from, "--to", &to], &folder);
    assert!(moved.contains("300 new"), "{moved}");
    run(&connection, &["export", "all.ndjson"], &folder);
    let imported = run(&other.connection(), &["import", "all.ndjson"], &folder);
    assert_eq!(imported, "300 new, 0 there already, 0 rejected\n");
    let whole = Sidecar::postgres(&single).export("");
    assert_eq!(sharded.sidecar().export(""), whole);
    assert_eq!(other.sidecar().export(""), whole);
    sharded.assert_is_true();
}

fn retention(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let sidecar = sharded.sidecar();
    let old = (0..20).map(|n| event(&format!("old{n}"), "e", "2020-01-01T12:00:00Z"));
    sidecar.store(&old.collect::<Vec<_>>());
    sidecar.store(&traces(20));
    for node in &sharded.nodes {
        let arrived = "UPDATE stored_events SET created_at = timestamp";
        node.connect().batch_execute(arrived).expect(arrived);
    }
    let deleted = "SELECT events_deleted, traces_deleted FROM raceway_retention('1000 days', $1)";
    for dry_run in [true, false] {
        let row = sharded.connect().query_one(deleted, &[&dry_run]).expect(deleted);
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (20, 20));
    }
    assert_eq!(sidecar.get("/status").data()["traces_active"], 20);
    sharded.assert_is_true();
}

fn installed(servers: &Servers) {
    let folder = TempDir::new().expect("a folder");
    let sharded = Sharded::on(servers);
    let proxy = sharded.proxies[0].to_string();
    assert!(run(&proxy, &["migrate"], &folder).contains("brought the proxy to "));
    assert!(run(&proxy, &["migrate", "--proxy"], &folder).contains("brought the proxy to "));
    let refused = |connection: &str, argument: &str| {
        let mut command = Sidecar::command_on(connection);
        command.args(["migrate", argument]).current_dir(folder.path());
        let output = Sidecar::run(command);
        assert!(!output.status.success(), "{argument}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    assert!(refused(&proxy, "--plain-sql").contains("this is a proxy"));
    assert!(refused(&proxy, "--extension").contains("this is a proxy"));
    let node = sharded.nodes[0].to_string();
    assert!(refused(&node, "--proxy").contains("has events"));
}

/// What the doctor says of a cluster, by way of one proxy: the status and the message about its databases.
fn examine(sharded: &Sharded) -> (String, String) {
    let mut command = Sidecar::command_on(&sharded.proxies[0].to_string());
    command.args(["doctor", "--json"]);
    let output = Sidecar::run(command);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    let said = |name: &str, field: &str| {
        let check = checks.iter().find(|check| check["name"] == name);
        check.unwrap_or_else(|| panic!("{name} in {report}"))[field].as_str().map(str::to_owned)
    };
    assert_eq!(said("schema", "status").as_deref(), Some("ok"), "{report}");
    (said("nodes", "status").expect("a status"), said("nodes", "message").expect("a message"))
}

fn doctor(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let (status, message) = examine(&sharded);
    assert_eq!(status, "ok", "{message}");
    assert!(message.starts_with("4 databases, "), "{message}");
    let mut node = sharded.nodes[1].for_superuser().connect();
    let ill = |status: &str, expected: &str| {
        let (found, message) = examine(&sharded);
        assert_eq!(found, status, "{message}");
        assert!(message.contains(expected), "{message}");
    };
    node.batch_execute("ALTER TABLE traces DROP CONSTRAINT traces_of_this_bucket").expect("ALTER");
    ill("warning", "database 1 takes traces of others");
    sharded.connect().query("SELECT raceway_found_cluster()", &[]).expect("a cluster");
    assert_eq!(examine(&sharded).0, "ok");
    let name = &sharded.nodes[1].name;
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    node.batch_execute(&read_only).expect("ALTER");
    ill("problem", "database 1 only reads");
    let writable = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    node.batch_execute(&writable).expect("ALTER");
    sharded
        .connect()
        .batch_execute("ALTER SERVER raceway OPTIONS (SET p1 'host=/nowhere')")
        .expect("ALTER");
    ill("problem", "1 of 4 databases do not answer; 1: ");
    let first = "SELECT connection_string FROM raceway_nodes WHERE bucket = 0";
    let first: String = sharded.connect().query_one(first, &[]).expect(first).get(0);
    let swapped = format!("ALTER SERVER raceway OPTIONS (SET p1 '{first}')");
    sharded.connect().batch_execute(&swapped).expect("ALTER");
    ill("problem", "where database 1 of 4 should be is 0 of 4");
}
