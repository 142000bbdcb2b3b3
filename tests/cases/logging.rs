//! A log that can't be written stops nobody.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::json;

use crate::harness::{
    Flavour, HttpClient, LogReader, Network, Sidecar, Site, await_until, event, send_signal,
};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 4] = [
    ("a_log_whose_reader_is_gone_stops_nobody", |_| reader_is_gone()),
    ("a_log_that_nobody_reads_stops_nobody", |_| nobody_reads()),
    ("a_log_on_a_full_disk_stops_nobody", |_| full_disk()),
    ("the_drain_goes_on_when_the_log_is_dead", drain),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "logging", &CASES)
}

/// A quarantine that can't be written: each rejected event makes a line in the log, of some size.
fn talkative() -> Site {
    Site::memory().with("STORAGE__QUARANTINE__PATH", &"none/".repeat(800))
}

/// One good event and one bad.
fn post(sidecar: &Sidecar, id: &str) {
    let data = sidecar.post(&json!([{"id": "bad"}, event("t", id, NOON)]).to_string()).data();
    assert_eq!(data["accepted"], 1, "{data}");
    assert_eq!(data["rejected"].as_array().map(Vec::len), Some(1), "{data}");
}

fn lost_lines(sidecar: &Sidecar) -> u64 {
    sidecar.get("/status").data()["lost_log_lines"].as_u64().expect("a number")
}

fn reader_is_gone() {
    let mut sidecar = talkative().start();
    sidecar.set_log_reader(LogReader::Gone);
    for n in 0..20 {
        post(&sidecar, &n.to_string());
    }
    await_until("lines are lost", LIMIT, || lost_lines(&sidecar) > 0);
    assert_eq!(sidecar.events("t").len(), 20);
    assert!(sidecar.terminate().success());
}

fn nobody_reads() {
    const PROMPT: Duration = Duration::from_secs(2);
    let mut sidecar = talkative().start();
    sidecar.set_log_reader(LogReader::Waits);
    let mut posted = 0;
    await_until("lines are lost", LIMIT, || {
        let start = Instant::now();
        post(&sidecar, &posted.to_string());
        assert!(start.elapsed() < PROMPT, "post {posted}: {:?}", start.elapsed());
        posted += 1;
        lost_lines(&sidecar) > 0
    });
    assert_eq!(sidecar.events("t").len(), posted);
    sidecar.set_log_reader(LogReader::Reads);
    await_until("the log is written again", LIMIT, || {
        post(&sidecar, &posted.to_string());
        posted += 1;
        sidecar.log().contains("lines of the log were lost before this one")
    });
    sidecar.set_log_reader(LogReader::Waits);
    assert!(sidecar.terminate().success());
}

fn full_disk() {
    let site = talkative();
    let full = || File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut process = site.command().stdout(full()).stderr(full()).spawn().expect("a sidecar");
    let client = HttpClient::new(Some(LIMIT));
    let body = json!([{"id": "bad"}, event("t", "e", NOON)]).to_string();
    let mut answer = None;
    await_until("it answers", LIMIT, || {
        assert_eq!(process.try_wait().expect("wait"), None, "it has ended");
        answer = client.try_post(&format!("{}/events", site.url()), body.as_bytes(), &[]).ok();
        answer.is_some()
    });
    assert_eq!(answer.expect("an answer").data()["accepted"], 1);
    send_signal("TERM", process.id());
    assert_eq!(process.wait().expect("wait").code(), Some(0));
    // What it can't say, the status says.
    let mut wrong = site.command();
    wrong.env("RACEWAY_SERVER__PORT", "none").stdout(full()).stderr(full());
    assert_eq!(wrong.status().expect("a sidecar").code(), Some(1));
}

fn drain(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    sidecar.set_log_reader(LogReader::Gone);
    for outage in 0..3 {
        proxy.set(Network::Refuse);
        let report = sidecar.post(&event("t", &outage.to_string(), NOON).to_string()).data();
        assert_eq!(report["stored_in"], "spool", "{report}");
        proxy.set(Network::Pass);
        sidecar.await_drained_within(LIMIT);
    }
    await_until("lines are lost", LIMIT, || lost_lines(&sidecar) > 0);
    assert_eq!(sidecar.events("t").len(), 3);
}
