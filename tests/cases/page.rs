//! The page that shows why, as people see it: real browsers visit it on real sidecars (`tests/page/`).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use libtest_mimic::Trial;
use raceway_programs::{Style, body, classics};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::access::{KEY, PASSWORD};
use super::applications::application::{Application, expect_line};
use crate::harness::{Flavour, Network, Sidecar, Site, Visit, recorded_requests, visit, web};
use crate::{Case, StoreKind, World};

type OfStore = fn(&Sidecar);

const OF_STORES: [(&str, OfStore); 3] = [
    ("an_empty_store_leads_to_why_without_a_reload", first_use),
    ("the_overview_follows_what_happens", live),
    ("each_trace_opens", traces),
];

const CASES: [Case; 15] = [
    ("its_pieces_do_what_they_say", |_| pieces()),
    ("its_libraries_are_those_that_are_named", |_| libraries()),
    ("what_is_served_is_built_of_its_modules", |_| built()),
    ("its_modules_keep_the_types_that_they_name", |_| types()),
    ("it_is_small", |_| size()),
    ("the_first_view_is_light_and_fast", |_| figures()),
    ("everybody_can_use_each_screen", |_| screens()),
    ("an_empty_overview_is_for_everybody", |_| empty_screens()),
    ("firefox_shows_why", |_| firefox()),
    ("the_trace_screen_is_steered_by_keys_and_wheel", |_| steered()),
    ("a_trace_of_a_million_events_stays_usable", |_| long()),
    ("a_file_is_shown_and_not_stored", |_| opened()),
    ("a_session_expires_and_the_page_goes_on", |_| session()),
    ("a_key_lets_people_in", |_| key()),
    ("postgres_goes_away_and_comes_back", away),
];

/// Of all files of the page, compressed.
const MAX_BYTES: usize = 150_000;

/// Of a long trace, beside other tests; by itself and built for release it takes a tenth.
const FIRST_PICTURE_MS: &str = "20000";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: StoreKind| {
        OF_STORES.map(|(name, case)| {
            let name = format!("page::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        })
    };
    let mut trials: Vec<Trial> = world.stores().into_iter().flat_map(of_store).collect();
    trials.extend(crate::trials(world, "page", &CASES));
    trials
}

/// What is made of its modules for browsers.
fn build() -> PathBuf {
    web().join("dist")
}

fn libraries() {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    run(Command::new(web().join("vendor/build")).arg(folder.path()));
    for file in ["libs.js", "LICENSES"] {
        let built = fs::read(folder.path().join(file)).expect("a file");
        let committed = fs::read(web().join("vendor").join(file)).expect("a file");
        assert!(built == committed, "web/vendor/{file}: web/vendor/build makes another");
    }
}

fn pieces() {
    let folder = web().with_file_name("tests").join("page");
    let files = ["pieces.mjs", "diagram.mjs"].map(|file| folder.join(file));
    run(Command::new("node").arg("--test").args(files));
}

fn types() {
    run(&mut Command::new(web().join("check")));
}

fn run(command: &mut Command) {
    let output = command.output().expect("a script");
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&told));
}

fn built() {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    run(Command::new(web().join("build")).arg(folder.path()));
    run(Command::new("diff").arg("--recursive").arg(build()).arg(folder.path()));
}

fn size() {
    let files = files(&build());
    assert!(files.len() > 5, "{files:?}");
    let bytes: usize = files.iter().map(|file| compressed(&fs::read(file).expect("a file"))).sum();
    assert!(bytes <= MAX_BYTES, "{bytes} bytes in {} files", files.len());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let entries = entries.map(|entry| entry.expect("a file").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn compressed(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").len()
}

/// From events that are there.
fn figures() {
    let sidecar = Sidecar::memory();
    store_recorded(&sidecar);
    visit("figures.mjs", &[sidecar.url()]);
}

/// With a browser that waits for the first events, which a program with an SDK sends.
fn lead_to_why(sidecar: &Sidecar, browser: &str) {
    let mut visit = Visit::start("first.mjs", &[browser, sidecar.url()]);
    visit.await_said("waits");
    visit.say("racing");
    let arguments = [sidecar.url(), "first", "threads", "nested"];
    let (application, mut lines) = Application::start("counter", &arguments);
    expect_line(&mut lines, "total ");
    application.end();
    visit.await_said("took ");
    visit.end();
}

fn first_use(sidecar: &Sidecar) {
    lead_to_why(sidecar, "chromium");
}

fn firefox() {
    lead_to_why(&Sidecar::memory(), "firefox");
}

fn live(sidecar: &Sidecar) {
    visit("live.mjs", &[sidecar.url()]);
}

fn store_recorded(sidecar: &Sidecar) {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
}

fn store_classics(sidecar: &Sidecar) {
    for classic in classics::all() {
        sidecar.post(&body(&classic.events(Style::ALL[1])).to_string()).data();
    }
}

/// Some of those that SDKs have recorded, and all of the textbooks.
fn traces(sidecar: &Sidecar) {
    const EACH: usize = 8;
    store_recorded(sidecar);
    let recorded = sidecar.get("/api/traces?page_size=1000").data();
    let recorded = recorded["traces"].as_array().expect("traces").iter().step_by(EACH);
    let recorded = recorded.map(|trace| trace["trace_id"].as_str().expect("an id"));
    store_classics(sidecar);
    let classics = classics::all();
    let classics = classics.iter().map(|classic| classic.name);
    let arguments: Vec<&str> =
        [sidecar.url()].into_iter().chain(recorded).chain(classics).collect();
    visit("traces.mjs", &arguments);
}

/// An access of the account that requests share, so many milliseconds after noon.
fn access(trace: &str, milliseconds: u32, access: &str, old: Option<i32>, new: i32) -> Value {
    json!({
        "trace_id": trace, "event_id": format!("{trace}-{milliseconds}"), "kind": "StateChange",
        "timestamp": format!("2026-01-01T12:00:00.{milliseconds:03}Z"), "location": "bank.rs:10",
        "metadata": { "variable": "account", "access_type": access, "old_value": old, "new_value": new,
            "service_name": "bank", "thread_id": trace, "process_id": 1 },
    })
}

/// Two requests of which one loses the other's update, and a third.
fn store_collision(sidecar: &Sidecar) {
    sidecar.store(&[
        access("alice", 1, "Read", None, 100),
        access("bob", 2, "Read", None, 100),
        access("bob", 3, "Write", Some(100), 70),
        access("alice", 4, "Write", Some(100), 50),
        access("carol", 50, "Read", None, 50),
    ]);
}

fn screens() {
    let sidecar = Sidecar::memory();
    store_classics(&sidecar);
    store_collision(&sidecar);
    visit(
        "screens.mjs",
        &[
            sidecar.url(),
            "overview=/",
            "nothing-found=/?text=nothing+like+it",
            "trace=/traces/lost-update",
            "trace-without-findings=/traces/fork-and-join",
            "variables=/variable",
            "variable=/variable?name=account&service=bank",
            "compare=/compare",
            "compared=/compare?a=alice&b=bob",
            "open=/open",
        ],
    );
}

fn empty_screens() {
    visit(
        "screens.mjs",
        &[Sidecar::memory().url(), "first-use=/", "no-variables=/variable", "no-traces=/compare"],
    );
}

fn steered() {
    visit("steer.mjs", &[Sidecar::memory().url()]);
}

/// Of a trace with a million events: a request each millisecond, of ten services.
fn long() {
    const EVENTS: u32 = 1_000_000;
    const AT_ONCE: u32 = 20_000;
    let sidecar = Sidecar::memory();
    for first in (0..EVENTS / AT_ONCE).map(|part| part * AT_ONCE) {
        let events: Vec<Value> = (first..first + AT_ONCE).map(of_long).collect();
        sidecar.store(&events);
    }
    visit("long.mjs", &[sidecar.url(), "long", FIRST_PICTURE_MS]);
}

fn of_long(number: u32) -> Value {
    let (second, millisecond) = (number / 1000 % 60, number % 1000);
    let timestamp = format!("2026-01-01T12:{:02}:{second:02}.{millisecond:03}Z", number / 60_000);
    let access = if number.is_multiple_of(2) { "Read" } else { "Write" };
    json!({
        "trace_id": "long", "event_id": number.to_string(), "kind": "StateChange", "timestamp": timestamp,
        "metadata": { "variable": "total", "access_type": access, "new_value": number / 2,
            "service_name": format!("service {}", number % 10), "thread_id": format!("{}", number / 100 % 50) },
    })
}

fn opened() {
    let other = Sidecar::memory();
    store_classics(&other);
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let file = folder.path().join("lost-update.ndjson");
    fs::write(&file, other.export("?trace_id=lost-update")).expect("a file");
    visit("open.mjs", &[Sidecar::memory().url(), file.to_str().expect("UTF-8")]);
}

fn session() {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__UI_PASSWORD", PASSWORD);
    let sidecar = Sidecar::start(command);
    store_collision(&sidecar);
    visit("session.mjs", &[sidecar.url(), PASSWORD]);
}

fn key() {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__AUTH_ENABLED", "true").env("RACEWAY_SERVER__API_KEYS", KEY);
    visit("key.mjs", &[Sidecar::start(command).url(), KEY]);
}

fn away(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    let mut visit = Visit::start("away.mjs", &[sidecar.url()]);
    visit.await_said("open");
    proxy.set(Network::Refuse);
    visit.say("away");
    visit.await_said("seen");
    proxy.set(Network::Pass);
    visit.say("back");
    visit.end();
}
