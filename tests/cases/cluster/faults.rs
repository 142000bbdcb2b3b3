//! A database that does not answer: its events wait, those of others are stored.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::NOON;
use crate::harness::{
    Database, Network, Proxy, Servers, Sharded, Sidecar, Site, await_until, event,
};

const LIMIT: Duration = Duration::from_secs(30);

/// The network of the second server, a cluster, and a sidecar on it.
fn stage(servers: &Servers) -> (Proxy, Sharded, Site) {
    let network = servers.all()[1].proxy();
    let sharded = Sharded::reached_by(servers, |server, node| {
        let Database { name, .. } = node;
        match server {
            0 => format!("host={} dbname={name}", node.socket_folder().display()),
            _ => format!("host=127.0.0.1 port={} dbname={name}", network.port()),
        }
    });
    let site =
        Site::on(&sharded.proxies[0].to_string()).with("STORAGE__POSTGRES__DEADLINE_SECONDS", "2");
    (network, sharded, site)
}

/// A trace of each bucket, by its number.
fn trace_of_each(sharded: &Sharded) -> BTreeMap<i32, String> {
    let sql = "SELECT DISTINCT ON (1) _raceway_hash('t' || n) & 3, 't' || n
               FROM generate_series(1, 100) AS n";
    let rows = sharded.connect().query(sql, &[]).expect(sql);
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// What was stored of a body over which a database has failed is sent again: it can be called duplicates.
fn post(sidecar: &Sidecar, events: &[Value]) -> Value {
    let data = sidecar.post(&json!(events).to_string()).data();
    let count = |field: &str| data[field].as_u64().expect("a count");
    assert_eq!(count("accepted") + count("duplicates"), events.len() as u64, "{data}");
    assert_eq!(data["rejected"], json!([]), "{data}");
    data
}

/// Events of one instant, one of each trace.
fn batch(traces: &BTreeMap<i32, String>, id: &str) -> Vec<Value> {
    traces.values().map(|trace| event(trace, id, NOON)).collect()
}

fn events_of(node: &Database) -> i64 {
    let sql = "SELECT count(*) FROM events";
    node.connect().query_one(sql, &[]).expect(sql).get(0)
}

fn costs_only_its_share(servers: &Servers, network: Network) {
    let (proxy, sharded, site) = stage(servers);
    let sidecar = site.start();
    let traces = trace_of_each(&sharded);
    assert_eq!(post(&sidecar, &batch(&traces, "before"))["stored_in"], "postgres");
    proxy.set(network);
    for n in 0..10 {
        let data = post(&sidecar, &batch(&traces, &n.to_string()));
        assert_eq!((&data["stored_in"], &data["durable"]), (&json!("spool"), &json!(true)));
    }
    // Of the first server: nothing of theirs waits.
    for bucket in [0, 2] {
        let data = post(&sidecar, &[event(&traces[&bucket], "own", NOON)]);
        assert_eq!(data["stored_in"], "postgres", "{data}");
        assert_eq!(sidecar.events(&traces[&bucket]).len(), 12);
        assert_eq!(events_of(&sharded.nodes[usize::try_from(bucket).expect("few")]), 12);
    }
    // What waits is read too.
    assert_eq!(sidecar.events(&traces[&1]).len(), 10);
    let ready = sidecar.get("/readyz").data();
    assert_eq!((&ready["ready"], &ready["degraded"]), (&json!(true), &json!(true)), "{ready}");
    let reason = ready["reason"].as_str().expect("a reason");
    assert!(reason.contains("databases of the cluster are away: 1, 3"), "{reason}");
    proxy.set(Network::Pass);
    sidecar.await_drained();
    for (bucket, node) in sharded.nodes.iter().enumerate() {
        assert_eq!(events_of(node), if bucket % 2 == 0 { 12 } else { 11 }, "{bucket}");
    }
    await_until("all is well", LIMIT, || sidecar.get("/readyz").data()["degraded"] == false);
    assert_eq!(post(&sidecar, &batch(&traces, "after"))["stored_in"], "postgres");
    assert_eq!(sidecar.get("/status").data()["events_captured"], 50);
    sharded.assert_is_true();
}

pub(super) fn away(servers: &Servers) {
    costs_only_its_share(servers, Network::Refuse);
}

pub(super) fn hanging(servers: &Servers) {
    costs_only_its_share(servers, Network::Hang);
}

/// Whoever writes a connection string in the wrong place.
pub(super) fn wrong_map(servers: &Servers) {
    let sharded = Sharded::on(servers);
    let site = Site::on(&sharded.proxies[0].to_string());
    let sidecar = site.start();
    let traces = trace_of_each(&sharded);
    post(&sidecar, &batch(&traces, "before"));
    let mut superuser = sharded.connect();
    let places = "SELECT connection_string FROM raceway_nodes ORDER BY bucket";
    let places = superuser.query(places, &[]).expect(places);
    let places: Vec<&str> = places.iter().map(|row| row.get(0)).collect();
    let mut set = |one: usize, other: usize| {
        let sql = format!(
            "ALTER SERVER raceway OPTIONS (SET p1 '{}', SET p2 '{}')",
            places[one], places[other]
        );
        superuser.batch_execute(&sql).expect("ALTER SERVER");
    };
    set(2, 1);
    let data = post(&sidecar, &batch(&traces, "meanwhile"));
    assert_eq!(data["stored_in"], "spool", "{data}");
    let reason = sidecar.get("/readyz").data()["reason"].to_string();
    assert!(reason.contains("this is the database of "), "{reason}");
    set(1, 2);
    sidecar.await_drained();
    for node in &sharded.nodes {
        assert_eq!(events_of(node), 2);
    }
    sharded.assert_is_true();
}
