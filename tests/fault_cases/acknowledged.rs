//! Postgres rejects events that were acknowledged while it was away: everybody is told, nothing is
//! lost, and they are stored once the cause is gone.

use std::time::Duration;

use serde_json::Value;

use crate::fault_cases::stage::{Stage, light_load};
use crate::harness::{Batches, Driver, Flavour, Network, Sidecar, Site, Tally, await_until};

const LIMIT: Duration = Duration::from_mins(1);

pub(crate) fn by_the_extension() {
    rejected_then_replayed("rejected after all by the extension", Flavour::Extension);
}

pub(crate) fn by_plain_sql() {
    rejected_then_replayed("rejected after all by plain SQL", Flavour::PlainSql);
}

fn rejected_then_replayed(name: &str, flavour: Flavour) {
    let stage = Stage::of(flavour);
    let site = stage.site();
    let mut sidecar = site.start();
    let load = light_load(&[&site]);
    let (clients, batch_size) = (load.clients, load.batch_size);
    let driver = Driver::start(load);
    driver.await_acknowledged(5);
    stage.proxy.set(Network::Refuse);
    // At most so many were on their way.
    driver.await_acknowledged(2 * clients);
    let batch = driver.acknowledged() as u64 - 1;
    driver.await_acknowledged(2 * clients);
    let number = batch * batch_size + 7;
    let (id, trace_id) = (Batches::id(number), Batches::trace_id(number));
    let mut client = stage.database.connect();
    client
        .batch_execute(&format!(
            "CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
             CREATE TRIGGER reject BEFORE INSERT ON traces FOR EACH ROW
                 WHEN (NEW.trace_id = '{trace_id}') EXECUTE FUNCTION reject()"
        ))
        .expect("a trigger");
    stage.proxy.set(Network::Pass);
    await_until("the spool is empty", LIMIT, || {
        sidecar.get("/status").data()["spool"]["bytes"] == 0
    });
    let ledger = driver.stop();
    await_until("the spool is empty", LIMIT, || {
        sidecar.get("/status").data()["spool"]["bytes"] == 0
    });
    let tally = ledger.tally(&stage.database);
    println!("{name}: {tally:?}");
    // The trace has no others.
    let of_trace = |number: &u64| Batches::trace_id(*number) == trace_id;
    let missing = (batch * batch_size..(batch + 1) * batch_size).filter(of_trace).count() as u64;
    assert_eq!(tally, Tally { missing, stored: tally.acknowledged - missing, ..tally });
    assert_is_told(&site, &sidecar, missing);
    assert_is_kept(&mut client, &id, batch_size);
    assert_eq!(replay(&site), "stored 0, 1 remain\n");
    client.batch_execute("DROP TRIGGER reject ON traces").expect("no trigger");
    assert_eq!(replay(&site), "stored 1, 0 remain\n");
    ledger.assert_kept(&stage.database);
    assert_eq!(ledger.refusals().next(), None);
    assert!(sidecar.terminate().success());
    let sidecar = site.start();
    sidecar.await_drained();
    assert_eq!(status_by_the_doctor(&site), "ok");
}

fn assert_is_told(site: &Site, sidecar: &Sidecar, events: u64) {
    let error = "Postgres rejects what was acknowledged";
    sidecar.await_logged(error);
    let log = sidecar.log();
    let is_error = |line: &str| line.contains("ERROR") && line.contains(error);
    assert!(log.lines().any(is_error), "{log}");
    let ready = sidecar.get("/readyz").data();
    assert_eq!((&ready["ready"], &ready["degraded"]), (&true.into(), &true.into()), "{ready}");
    let reason = ready["reason"].as_str().expect("a reason");
    let expected = format!("Postgres has rejected {events} events that were acknowledged");
    assert!(reason.starts_with(&expected), "{reason}");
    assert_eq!(status_by_the_doctor(site), "problem");
}

fn status_by_the_doctor(site: &Site) -> String {
    let mut command = site.command();
    command.args(["doctor", "--json"]);
    let output = Sidecar::run(command);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut checks = report["checks"].as_array().expect("checks").iter();
    let check = checks.find(|check| check["name"] == "rejected").expect("a check");
    check["status"].as_str().expect("a status").to_owned()
}

/// With the events around it, as they were sent.
fn assert_is_kept(client: &mut postgres::Client, id: &str, events: u64) {
    let sql = "SELECT acknowledged, reason, event FROM raceway_rejected";
    let row = client.query_one(sql, &[]).expect("a row");
    assert_eq!(i64::from(row.get::<_, i32>(0)), i64::try_from(events).expect("few"));
    let reason: &str = row.get(1);
    assert!(reason.contains("not this one (SQLSTATE P0001)"), "{reason}");
    let body: Value = serde_json::from_str(row.get(2)).expect("JSON");
    let sent = body.as_array().expect("a list").iter();
    assert_eq!(sent.filter(|event| event["id"] == id).count(), 1, "{body}");
}

fn replay(site: &Site) -> String {
    let mut command = site.command();
    command.args(["quarantine", "replay"]);
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
