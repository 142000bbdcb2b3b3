//! A snapshot keeps the events of the store in memory over a restart.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::harness::{Sidecar, Site, SmallDisk, await_until, event, recorded_requests};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const FILE: &str = "events.ndjson.zst";
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 7] = [
    ("a_restart_keeps_every_event", restart),
    ("a_hangup_keeps_every_event", hangup),
    ("a_crash_costs_what_came_since_the_last_snapshot", crash),
    ("a_damaged_snapshot_is_kept", damaged),
    ("a_snapshot_with_events_that_are_rejected_now_is_kept", rejected),
    ("a_snapshot_that_is_not_whole_replaces_none", full_disk),
    ("a_snapshot_that_can_not_be_written_is_told", not_writable),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "snapshot", &CASES)
}

fn site() -> Site {
    Site::memory().with("STORAGE__MEMORY__SNAPSHOT", FILE)
}

/// A sidecar that has read its snapshot.
fn started(site: &Site) -> Sidecar {
    let sidecar = site.start();
    await_until("the snapshot is read", LIMIT, || sidecar.get("/readyz").status == 200);
    sidecar
}

fn restart(_: &World) {
    let site = site();
    let mut sidecar = started(&site);
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    let events = sidecar.export("");
    assert!(sidecar.terminate().success());
    let mut sidecar = started(&site);
    assert_eq!(sidecar.export(""), events);
    // What came after the start is kept as well, and so is what was there before.
    sidecar.store(&[event("later", "e", NOON)]);
    assert!(sidecar.terminate().success());
    let sidecar = started(&site);
    assert_eq!(sidecar.get("/status").data()["events_captured"], 1560);
    assert_eq!(sidecar.events("later").len(), 1);
    let entries = fs::read_dir(site.path(".")).expect("the folder");
    assert_eq!(entries.count(), 1, "nothing but the snapshot is left behind");
}

fn hangup(_: &World) {
    let site = site();
    // Whoever runs the tests may have it ignored.
    let mut sidecar = started_by(&site, &["env", "--default-signal=HUP"]);
    sidecar.store(&[event("kept", "e", NOON)]);
    assert!(sidecar.hang_up().success(), "{}", sidecar.log());
    let mut sidecar = started_by(&site, &["nohup"]);
    sidecar.send("HUP");
    assert_eq!(sidecar.events("kept").len(), 1);
    assert!(!sidecar.log().contains("shutting down"), "{}", sidecar.log());
    assert!(sidecar.terminate().success());
}

/// Started by a program that decides on signals.
fn started_by(site: &Site, program: &[&str]) -> Sidecar {
    let started = site.command();
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(started.get_program());
    command.envs(started.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command.current_dir(site.path("."));
    let sidecar = Sidecar::start(command);
    await_until("the snapshot is read", LIMIT, || sidecar.get("/readyz").status == 200);
    sidecar
}

fn crash(_: &World) {
    let site = site().with("STORAGE__MEMORY__SNAPSHOT_INTERVAL", "1s");
    let mut sidecar = started(&site);
    sidecar.store(&[event("kept", "e", NOON)]);
    await_until("there is a snapshot", LIMIT, || site.path(FILE).exists());
    sidecar.kill();
    assert_eq!(started(&site).events("kept").len(), 1);
}

fn damaged(_: &World) {
    let site = site();
    let mut sidecar = started(&site);
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    sidecar.terminate();
    let bytes = fs::read(site.path(FILE)).expect("the snapshot");
    let half = &bytes[..bytes.len() / 2];
    fs::write(site.path(FILE), half).expect("the snapshot");

    for kept in ["old", "old.1"] {
        let mut sidecar = started(&site);
        sidecar.await_logged("the snapshot can't be read to its end, and is kept");
        let read = sidecar.get("/status").data()["events_captured"].clone();
        assert!(read.as_u64().expect("a number") > 100, "what can be read is there: {read}");
        // After a crash it is there as it was.
        sidecar.kill();
        let mut sidecar = started(&site);
        assert_eq!(sidecar.get("/status").data()["events_captured"], read);
        assert!(sidecar.terminate().success());
        let old = fs::read(site.path(&format!("{FILE}.{kept}"))).expect("the damaged snapshot");
        assert_eq!(old, half);
        assert_eq!(started(&site).get("/status").data()["events_captured"], read);
        fs::write(site.path(FILE), half).expect("the snapshot");
    }
}

/// An event that is no event for this version, and a line that a crash has cut off.
fn rejected(_: &World) {
    let file = "events.ndjson";
    let site = Site::memory().with("STORAGE__MEMORY__SNAPSHOT", file);
    let cut = event("t", "cut", NOON).to_string();
    let lines = [
        event("t", "good", NOON).to_string(),
        event("t", "bad", "10000-01-01T00:00:00Z").to_string(),
        cut[..cut.len() / 2].to_owned(),
    ];
    let snapshot = lines.join("\n");
    fs::write(site.path(file), &snapshot).expect("a snapshot");
    let mut sidecar = started(&site);
    sidecar.await_logged("rejected now, and is kept");
    assert!(sidecar.log().contains("rejected=2"), "{}", sidecar.log());
    assert!(sidecar.terminate().success());
    let old = site.path("events.ndjson.old");
    assert_eq!(fs::read_to_string(&old).expect("the snapshot that was there"), snapshot);
    let mut sidecar = started(&site);
    assert_eq!(sidecar.events("t").len(), 1);
    sidecar.store(&[event("t", "more", NOON)]);
    assert!(sidecar.terminate().success());
    assert_eq!(fs::read_to_string(site.path(file)).expect("the snapshot").lines().count(), 2);
    assert_eq!(fs::read_to_string(&old).expect("the snapshot that was there"), snapshot);
    assert!(!site.path("events.ndjson.old.1").exists(), "the new one has all there is");
}

fn full_disk(_: &World) {
    let disk = SmallDisk::mount("2m", 0);
    let file = disk.path().join("events.ndjson");
    let site = Site::memory()
        .with("STORAGE__MEMORY__SNAPSHOT", file.to_str().expect("UTF-8"))
        .with("STORAGE__MEMORY__SNAPSHOT_INTERVAL", "100ms");
    let mut sidecar = started(&site);
    sidecar.store(&[event("small", "e", NOON)]);
    await_until("there is a snapshot", LIMIT, || file.exists());
    let snapshot = fs::read(&file).expect("the snapshot");
    let mut large = event("large", "e", NOON);
    large["note"] = "x".repeat(4 << 20).into();
    sidecar.store(&[large]);
    sidecar.await_logged("no snapshot");
    assert_eq!(fs::read(&file).expect("the snapshot"), snapshot);
    assert_eq!(sidecar.terminate().code(), Some(1));
    assert_eq!(fs::read(&file).expect("the snapshot"), snapshot);
    assert_eq!(fs::read_dir(disk.path()).expect("the disk").count(), 1, "no part is left");
    assert_eq!(started(&site).events("small").len(), 1);
}

fn not_writable(_: &World) {
    let site = Site::memory().with("STORAGE__MEMORY__SNAPSHOT", "no/such/folder/events.ndjson");
    let mut sidecar = started(&site);
    sidecar.store(&[event("lost", "e", NOON)]);
    assert_eq!(sidecar.terminate().code(), Some(1));
    sidecar.await_logged("no/such/folder/events.ndjson");
}
