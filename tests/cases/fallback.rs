//! While Postgres is away: where events go, what is read, and what the sidecar says of itself.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::{
    Database, Flavour, Network, Proxy, Sidecar, Site, await_until, event, ingest,
};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 9] = [
    ("what_waits_is_read_and_marked", what_waits_is_read),
    ("what_waits_survives_a_restart", what_waits_survives),
    ("a_fallback_in_memory_is_not_durable", fallback_in_memory),
    ("without_a_fallback_clients_are_told_to_try_again", no_fallback),
    ("a_full_spool_tells_clients_when_to_try_again", full_spool),
    ("a_body_that_postgres_fails_over_gives_way_to_others", held_trace),
    ("what_postgres_does_not_let_be_stored_waits_and_is_told", denied),
    ("a_spool_belongs_to_one_sidecar", one_sidecar),
    ("a_sidecar_without_its_schema_is_not_ready", no_schema),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "fallback", &CASES)
}

/// An empty store, the network in front of it, and where a sidecar runs.
fn stage(world: &World) -> (Database, Proxy, Site) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    (database, proxy, site)
}

fn post(sidecar: &Sidecar, trace_id: &str, id: &str) -> Value {
    sidecar.post(&event(trace_id, id, NOON).to_string()).data()
}

fn assert_stored_in(report: &Value, stored_in: &str, durable: bool) {
    assert_eq!(report["accepted"], 1, "{report}");
    assert_eq!((&report["stored_in"], &report["durable"]), (&json!(stored_in), &json!(durable)));
}

fn ids(sidecar: &Sidecar, trace_id: &str) -> Vec<String> {
    let events = sidecar.events(trace_id);
    events.iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

fn what_waits_is_read(world: &World) {
    let (database, proxy, site) = stage(world);
    let sidecar = site.start();
    assert_stored_in(&post(&sidecar, "t", "before"), "postgres", true);
    assert_eq!(sidecar.get("/api/traces/t").json.get("degraded"), None);
    proxy.set(Network::Refuse);
    assert_stored_in(&post(&sidecar, "t", "meanwhile"), "spool", true);
    assert_stored_in(&post(&sidecar, "u", "meanwhile"), "spool", true);
    assert_eq!(ids(&sidecar, "t"), ["meanwhile"]);
    for path in ["/api/traces/t", "/api/traces/t/dependencies", "/api/traces", "/status", "/health"]
    {
        let answer = sidecar.get(path);
        assert_eq!((answer.status, &answer.json["degraded"]), (200, &json!(true)), "{path}");
    }
    assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 2);
    // Only Postgres knows whether there is such a trace.
    sidecar.get("/api/traces/unknown").error(503);
    assert_eq!(sidecar.get("/readyz").data()["degraded"], true);
    assert_eq!(sidecar.get("/livez").status, 200);
    proxy.set(Network::Pass);
    sidecar.await_drained();
    assert_eq!(ids(&sidecar, "t"), ["before", "meanwhile"]);
    assert_eq!(sidecar.get("/api/traces/t").json.get("degraded"), None);
    assert_eq!(
        sidecar.get("/readyz").data(),
        json!({"ready": true, "degraded": false, "reason": null})
    );
    database.assert_traces_are_true();
}

fn what_waits_survives(world: &World) {
    let (database, proxy, site) = stage(world);
    proxy.set(Network::Refuse);
    let mut sidecar = site.start();
    assert_stored_in(&post(&sidecar, "t", "waits"), "spool", true);
    assert!(sidecar.terminate().success());
    let sidecar = site.start();
    await_until("it is read", LIMIT, || sidecar.get("/api/traces/t").status == 200);
    assert_eq!(ids(&sidecar, "t"), ["waits"]);
    proxy.set(Network::Pass);
    await_until("it is ready", LIMIT, || sidecar.get("/readyz").json["data"]["degraded"] == false);
    let sql = "SELECT event_id FROM events WHERE trace_id = 't'";
    assert_eq!(database.connect().query_one(sql, &[]).expect("one").get::<_, &str>(0), "waits");
}

fn fallback_in_memory(world: &World) {
    let (database, proxy, site) = stage(world);
    let site = site.with("STORAGE__FALLBACK__MODE", "memory");
    let sidecar = site.start();
    proxy.set(Network::Refuse);
    assert_stored_in(&post(&sidecar, "t", "e"), "memory", false);
    assert_eq!(ids(&sidecar, "t"), ["e"]);
    proxy.set(Network::Pass);
    sidecar.await_drained();
    let count = database.connect().query_one("SELECT count(*) FROM events", &[]).expect("a count");
    assert_eq!(count.get::<_, i64>(0), 1);
}

fn no_fallback(world: &World) {
    let (_, proxy, site) = stage(world);
    let site = site.with("STORAGE__FALLBACK__MODE", "off");
    let sidecar = site.start();
    proxy.set(Network::Refuse);
    let refused = sidecar.post(&event("t", "e", NOON).to_string());
    assert_eq!(refused.retry_after.as_deref(), Some("1"));
    refused.error(503);
    for path in ["/readyz", "/health", "/api/traces"] {
        sidecar.get(path).error(503);
    }
    proxy.set(Network::Pass);
    await_until("it is ready", LIMIT, || sidecar.get("/readyz").status == 200);
    assert_stored_in(&post(&sidecar, "t", "e"), "postgres", true);
}

fn full_spool(world: &World) {
    let (database, proxy, site) = stage(world);
    let site = site.with("STORAGE__FALLBACK__MAX_BYTES", "100000");
    let sidecar = site.start();
    proxy.set(Network::Refuse);
    let answers = (0..).map(|id| sidecar.post(&event("t", &format!("{id}"), NOON).to_string()));
    let mut accepted = 0;
    let refused = answers.inspect(|_| accepted += 1).find(|answer| answer.status != 200);
    let refused = refused.expect("an end");
    let seconds = refused.retry_after.clone().expect("Retry-After");
    assert!(seconds.parse::<u32>().expect("seconds") >= 1);
    assert!(refused.error(503).contains("the spool is full"));
    for path in ["/readyz", "/health"] {
        sidecar.get(path).error(503);
    }
    proxy.set(Network::Pass);
    sidecar.await_drained();
    assert_eq!(sidecar.get("/readyz").status, 200);
    let count = database.connect().query_one("SELECT count(*) FROM events", &[]).expect("a count");
    assert_eq!(count.get::<_, i64>(0), accepted - 1);
}

/// Its row is locked by a session that is in no hurry; Postgres serves everybody else.
fn held_trace(world: &World) {
    let (database, _proxy, site) = stage(world);
    let mut holder = database.connect();
    ingest(&mut holder, &event("held", "first", NOON).to_string());
    let site = site.with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
    let sidecar = site.start();
    holder
        .batch_execute("BEGIN; SELECT FROM traces WHERE trace_id = 'held' FOR UPDATE")
        .expect("lock");
    assert_stored_in(&post(&sidecar, "held", "second"), "spool", true);
    let mut others = 0;
    await_until("others are stored in Postgres", LIMIT, || {
        others += 1;
        post(&sidecar, "free", &others.to_string())["stored_in"] == "postgres"
    });
    await_until("those that waited behind it are, too", LIMIT, || {
        let sql = "SELECT event_count FROM traces WHERE trace_id = 'free'";
        database.connect().query_one(sql, &[]).is_ok_and(|row| row.get::<_, i64>(0) == others)
    });
    holder.batch_execute("COMMIT").expect("COMMIT");
    sidecar.await_drained();
    assert_eq!(ids(&sidecar, "held"), ["first", "second"]);
    database.assert_traces_are_true();
}

fn one_sidecar(world: &World) {
    let (database, _proxy, site) = stage(world);
    let _running = site.start();
    for (path, expected) in [
        (site.spool(), "another raceway-sidecar uses it"),
        ("/proc/nowhere".into(), "expected a folder that can be written"),
    ] {
        let mut command = Sidecar::command_on(&database.to_string());
        command.env("RACEWAY_STORAGE__FALLBACK__PATH", path);
        let output = Sidecar::run(command);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && message.contains(expected), "{message}");
    }
}

fn no_schema(world: &World) {
    let database = world.cluster().create_for(Flavour::Extension);
    let site = Site::on(&database.to_string()).with("STORAGE__POSTGRES__AUTO_MIGRATE", "false");
    let sidecar = site.start();
    let reason = sidecar.get("/readyz").error(503);
    assert!(reason.contains("raceway-sidecar migrate"), "{reason}");
    // What is sent all the same waits for the schema.
    assert_stored_in(&post(&sidecar, "t", "e"), "spool", true);
    let mut command = Sidecar::command_on(&database.to_string());
    command.arg("migrate");
    assert!(Sidecar::run(command).status.success());
    sidecar.await_drained();
    await_until("it is ready", LIMIT, || sidecar.get("/readyz").status == 200);
    assert_eq!(ids(&sidecar, "t"), ["e"]);
}

/// Postgres answers, so it is not away: reads go on, and the log says once what has to be mended.
fn denied(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let sidecar = Sidecar::postgres(&database);
    assert_stored_in(&post(&sidecar, "t", "before"), "postgres", true);
    let mut owner = database.for_superuser().connect();
    owner.batch_execute("ALTER TABLE traces OWNER TO postgres").expect("ALTER TABLE");
    owner.batch_execute("GRANT SELECT ON traces TO owner").expect("GRANT");
    for id in ["a", "b", "c"] {
        assert_stored_in(&post(&sidecar, "t", id), "spool", true);
    }
    let told = "Postgres answers, but what waits can't be stored";
    sidecar.await_logged(told);
    let reason = sidecar.get("/readyz").data()["reason"].to_string();
    assert!(reason.contains("permission denied for table traces"), "{reason}");
    assert!(reason.contains("raceway-sidecar doctor"), "{reason}");
    assert_eq!(ids(&sidecar, "t"), ["a", "b", "before", "c"]);
    let log = sidecar.log();
    assert_eq!(log.matches(told).count(), 1, "{log}");
    assert!(!log.contains("Postgres is away"), "{log}");
    owner.batch_execute("ALTER TABLE traces OWNER TO owner").expect("ALTER TABLE");
    sidecar.await_drained();
    assert_stored_in(&post(&sidecar, "t", "after"), "postgres", true);
    database.assert_traces_are_true();
}
