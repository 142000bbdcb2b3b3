//! Rejected events are kept until somebody has looked at them.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::{Database, Network, Sidecar, Site, event};
use crate::{DatabaseCase, World, database_trials, empty};

const NOON: &str = "2026-11-22T12:00:00Z";
const REASON: &str = "timestamp: expected an RFC 3339 date-time";

pub(super) const CASES: [DatabaseCase; 3] = [
    ("rejected_events_are_rows", rejected_events_are_rows),
    ("the_newest_rows_are_kept", the_newest_are_kept),
    ("the_command_lists_replays_and_clears", command_in_postgres),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "quarantine", empty, &CASES);
    trials.extend(crate::trials(
        world,
        "quarantine",
        &[
            ("the_command_knows_the_file_of_a_store_in_memory", command_in_memory),
            ("what_is_rejected_in_an_outage_is_kept_as_well", rejected_in_an_outage),
        ],
    ));
    trials
}

/// A good event and a bad one.
fn batch() -> String {
    json!([event("t", "good", NOON), bad_event()]).to_string()
}

fn bad_event() -> Value {
    event("t", "bad", "yesterday")
}

fn assert_is_bad(row: &postgres::Row) {
    assert_eq!(row.get::<_, &str>("event_id"), "bad");
    assert_eq!(row.get::<_, &str>("source"), "127.0.0.1");
    assert!(row.get::<_, &str>("reason").starts_with(REASON));
    let event: Value = serde_json::from_str(row.get("event")).expect("JSON");
    assert_eq!(event, bad_event());
    assert!(row.get::<_, bool>("is_of_now"));
}

const ROW: &str = "SELECT event_id, source, reason, event,
                          received_at BETWEEN now() - interval '1 minute' AND now() AS is_of_now
                   FROM raceway_rejected";

fn rejected_events_are_rows(database: &Database, client: &mut postgres::Client) {
    let sidecar = Sidecar::postgres(database);
    assert_eq!(sidecar.post(&batch()).data()["accepted"], 1);
    assert_is_bad(&client.query_one(ROW, &[]).expect("a row"));
}

fn the_newest_are_kept(_: &Database, client: &mut postgres::Client) {
    let entry =
        |id: usize| json!({ "received_at": NOON, "source": "s", "event_id": id, "reason": "r" });
    let entries = Value::from((0..20).map(entry).collect::<Vec<_>>()).to_string();
    client.execute("SELECT raceway_quarantine($1::text::jsonb, 5)", &[&entries]).expect("rows");
    let kept =
        client.query_one("SELECT array_agg(event_id) FROM raceway_rejected", &[]).expect("ids");
    assert_eq!(kept.get::<_, Vec<&str>>(0), ["15", "16", "17", "18", "19"]);
}

fn run(mut command: Command, arguments: &[&str]) -> String {
    command.arg("quarantine").args(arguments);
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The same for every store.
fn assert_the_command_works(sidecar: &Sidecar, command: impl Fn() -> Command) {
    assert_eq!(run(command(), &["list"]), "");
    assert_eq!(sidecar.post(&batch()).data()["accepted"], 1);
    let line = run(command(), &["list"]);
    assert!(line.contains("  127.0.0.1  bad  timestamp: expected"), "{line}");
    let entry: Value = serde_json::from_str(&run(command(), &["list", "--json"])).expect("JSON");
    assert_eq!(entry["event"], bad_event().to_string());
    assert_eq!(run(command(), &["replay"]), "stored 0, 1 remain\n");
    assert_eq!(run(command(), &["list"]).lines().count(), 1);
    assert_eq!(run(command(), &["clear"]), "forgot 1\n");
    assert_eq!(run(command(), &["list"]), "");
}

fn command_in_postgres(database: &Database, _: &mut postgres::Client) {
    let command = || Sidecar::command_on(&database.to_string());
    assert_the_command_works(&Sidecar::postgres(database), command);
}

fn command_in_memory(_: &World) {
    let site = Site::on("").with("STORAGE__BACKEND", "memory");
    assert_the_command_works(&site.start(), || site.command());
}

fn rejected_in_an_outage(world: &World) {
    let database = world.cluster().create_with(crate::harness::Flavour::PlainSql);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    proxy.set(Network::Refuse);
    let report = sidecar.post(&batch()).data();
    assert_eq!((&report["accepted"], &report["stored_in"]), (&json!(1), &json!("spool")));
    assert_eq!(report["rejected"][0]["id"], "bad");
    proxy.set(Network::Pass);
    sidecar.await_drained();
    assert_is_bad(&database.connect().query_one(ROW, &[]).expect("a row"));
}
