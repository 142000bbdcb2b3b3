//! `GET /api/stream`: what happens is told to whoever listens.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use raceway_programs::{Style, body, classics};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    Flavour, Listener, Metrics, Network, Sidecar, Site, await_until, event, ingest,
};
use crate::{Case, StoreKind, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);
/// For what is to be at once: far less than the time that requests have to be finished.
const AT_ONCE: Duration = Duration::from_secs(5);

type OfStore = fn(&Sidecar);

const OF_STORES: [(&str, OfStore); 4] = [
    ("a_trace_that_is_new_or_changes_is_told", traces),
    ("what_is_found_in_a_quiet_trace_is_told_once", findings),
    ("listeners_choose_events_and_a_service", filters),
    ("who_comes_back_learns_what_was_missed", comes_back),
];

const CASES: [Case; 10] = [
    ("extension::what_others_write_is_told", |world| others(world, Flavour::Extension)),
    ("plain_sql::what_others_write_is_told", |world| others(world, Flavour::PlainSql)),
    ("while_postgres_is_away_that_is_told_and_what_waits", outage),
    ("a_slow_listener_is_told_how_much_it_missed_and_takes_no_memory", |_| slow()),
    ("who_may_read_may_listen", |_| access()),
    ("so_many_may_listen_and_no_more", |_| crowd()),
    ("a_shutdown_ends_streams_at_once", |_| shutdown()),
    ("a_stream_is_no_slow_request", |_| slow_request()),
    ("a_silent_stream_says_that_it_goes_on", |_| silent()),
    ("what_is_no_parameter_is_refused", |_| wrong()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: StoreKind| {
        OF_STORES.map(|(name, case)| {
            let name = format!("stream::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        })
    };
    let mut trials: Vec<Trial> = world.stores().into_iter().flat_map(of_store).collect();
    trials.extend(crate::trials(world, "stream", &CASES));
    trials
}

fn of_service(trace_id: &str, id: &str, service: &str) -> Value {
    let mut event = event(trace_id, id, NOON);
    event["metadata"] = json!({ "service_name": service });
    event
}

fn traces(sidecar: &Sidecar) {
    sidecar.store(&[event("before", "e", NOON)]);
    let mut listener = sidecar.listen("", &[]);
    let state = listener.next_event().expect("the state");
    assert_eq!((&*state.name, &state.data["ready"]), ("state", &json!(true)));
    sidecar.store(&[event("t", "1", NOON), event("t", "2", NOON)]);
    let told = listener.await_trace("t", 2);
    assert_eq!(told, sidecar.get("/api/traces").data()["traces"][0]);
    // One of the newest, and one that nobody was told of.
    sidecar.store(&[event("t", "3", NOON), event("before", "f", NOON)]);
    listener.await_trace("before", 2);
    sidecar.store(&[event("t", "4", NOON)]);
    listener.await_trace("t", 4);
    // What is stored already changes nothing.
    sidecar.post(&event("t", "4", NOON).to_string()).data();
    sidecar.store(&[event("last", "e", NOON)]);
    listener.await_trace("last", 1);
    let told = listener.heard.iter().filter(|told| told.name == "trace");
    let mut told: Vec<_> =
        told.map(|told| told.data["trace_id"].as_str().expect("an id")).collect();
    told.sort_unstable();
    assert_eq!(told, ["before", "last", "t", "t", "t"]);
}

/// The races that were told of a trace: the ids of their events.
fn races(listener: &Listener, trace_id: &str) -> Vec<(String, String)> {
    let of_trace = listener.heard.iter().filter(|told| {
        told.name == "finding" && told.data["trace_id"] == trace_id && told.data["kind"] == "race"
    });
    of_trace.map(|told| pair(&told.data)).collect()
}

fn pair(race: &Value) -> (String, String) {
    let id = |name: &str| race[name].as_str().expect("an id").to_owned();
    (id("event1_id"), id("event2_id"))
}

/// Waits until all that was quiet before has been looked into.
fn await_looked_into(sidecar: &Sidecar, listener: &mut Listener) {
    for marker in ["one", "another"] {
        let trace_id = format!("{marker}-{}", listener.heard.len());
        let write = |id: &str| {
            let mut event = event(&trace_id, id, NOON);
            event["kind"] = json!({ "StateChange": {
                "variable": "x", "new_value": 1, "access_type": "Write" } });
            event["metadata"] = json!({ "service_name": "bank", "thread_id": id });
            event
        };
        sidecar.store(&[write("1"), write("2")]);
        let is_it = |finding: &Value| finding["trace_id"] == *trace_id;
        listener.await_event("the marker's race", "finding", is_it);
    }
}

fn findings(sidecar: &Sidecar) {
    let mut listener = sidecar.listen("?events=trace,finding", &[]);
    let all = classics::all();
    for classic in &all {
        sidecar.post(&body(&classic.events(Style::ALL[1])).to_string()).data();
    }
    await_looked_into(sidecar, &mut listener);
    // They change, and nothing more is found in them.
    for classic in &all {
        sidecar.store(&[event(classic.name, "late", NOON)]);
    }
    await_looked_into(sidecar, &mut listener);
    let mut found = 0;
    for classic in &all {
        let trace = sidecar.get(&format!("/api/traces/{}", classic.name)).data();
        let details = trace["analysis"]["race_details"].as_array().expect("races");
        let expected: BTreeSet<_> = details.iter().map(pair).collect();
        let told = races(&listener, classic.name);
        assert_eq!(told.len(), expected.len(), "{}: {told:?}", classic.name);
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), expected, "{}", classic.name);
        found += expected.len();
    }
    assert!(found > 0);
    // In the shape of the read API, beside the trace and the kind.
    let race = listener.heard.iter().find(|told| told.data["kind"] == "race").expect("a race");
    let trace = race.data["trace_id"].as_str().expect("an id");
    let details = sidecar.get(&format!("/api/traces/{trace}")).data();
    let shape = |race: &Value| -> BTreeSet<String> {
        race.as_object().expect("an object").keys().cloned().collect()
    };
    let mut expected = shape(&details["analysis"]["race_details"][0]);
    expected.extend(["kind".to_owned(), "trace_id".to_owned()]);
    assert_eq!(shape(&race.data), expected);
    assert!(traces_of(&listener, "lost_update").contains(&"lost-update".to_owned()));
    assert_eq!(traces_of(&listener, "deadlock"), ["dining-philosophers"]);
}

/// The traces of the findings of a kind, as they were told.
fn traces_of(listener: &Listener, kind: &str) -> Vec<String> {
    let of_kind = listener.heard.iter().filter(|told| told.data["kind"] == kind);
    of_kind.map(|told| told.data["trace_id"].as_str().expect("an id").to_owned()).collect()
}

fn filters(sidecar: &Sidecar) {
    let mut of_bank = sidecar.listen("?events=trace&service=bank", &[]);
    let mut all = sidecar.listen("", &[]);
    sidecar.store(&[of_service("a", "1", "api"), of_service("b", "1", "bank")]);
    all.await_trace("a", 1);
    assert_eq!(of_bank.next_event().expect("a trace").data["trace_id"], "b");
    sidecar.store(&[of_service("a", "2", "bank")]);
    assert_eq!(of_bank.next_event().expect("a trace").data["trace_id"], "a");
    assert_eq!(of_bank.heard.len(), 2);
}

fn comes_back(sidecar: &Sidecar) {
    let mut listener = sidecar.listen("", &[]);
    let mut leaver = sidecar.listen("", &[]);
    sidecar.store(&[event("t", "1", NOON)]);
    let is_it = |trace: &Value| trace["trace_id"] == "t";
    let id = leaver.await_event("the trace", "trace", is_it).id.expect("an id");
    let last_seen = [("last-event-id", &*id)];
    let nothing = sidecar.listen("", &last_seen).next_event().expect("the state");
    assert_eq!(nothing.name, "state", "nothing was missed");
    drop(leaver);
    sidecar.store(&[event("u", "1", NOON)]);
    let next = listener.await_event("u", "trace", |trace| trace["trace_id"] == "u");
    let missed = sidecar.listen("", &last_seen).next_event().expect("an event");
    assert_eq!((&*missed.name, missed.data), ("missed", json!({ "events": 1 })));
    let number = |id: &str| id.rsplit('-').next().expect("a number").parse::<u64>().ok();
    assert_eq!(next.number(), number(&id).map(|number| number + 1));
    for of_another in ["1-1", "what?"] {
        let mut listener = sidecar.listen("?events=trace", &[("last-event-id", of_another)]);
        let missed = listener.next_event().expect("an event");
        assert_eq!((&*missed.name, missed.data), ("missed", json!({ "events": null })));
    }
}

fn others(world: &World, flavour: Flavour) {
    let database = world.cluster().create_with(flavour);
    let (sidecar, other) = (Sidecar::postgres(&database), Sidecar::postgres(&database));
    let mut client = database.connect();
    ingest(&mut client, &event("before", "1", NOON).to_string());
    let mut listener = sidecar.listen("?events=trace", &[]);
    other.store(&[event("of-another", "1", NOON)]);
    listener.await_trace("of-another", 1);
    ingest(&mut client, &event("of-sql", "1", NOON).to_string());
    listener.await_trace("of-sql", 1);
    ingest(&mut client, &event("before", "2", NOON).to_string());
    listener.await_trace("before", 2);
    client.execute("DELETE FROM events WHERE event_id = '2'", &[]).expect("DELETE");
    listener.await_trace("before", 1);
}

fn outage(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    let mut listener = sidecar.listen("", &[]);
    let state = listener.next_event().expect("the state").data;
    assert_eq!((&state["storage"], &state["degraded"]), (&json!("postgres"), &json!(false)));
    proxy.set(Network::Refuse);
    sidecar.store(&[event("waits", "1", NOON)]);
    let is_away = |state: &Value| state["storage"] == "spool" && state["degraded"] == true;
    let away = listener.await_event("Postgres is away", "state", is_away).data;
    assert!(away["reason"].is_string(), "{away}");
    if !listener.heard.iter().any(|told| told.data["trace_id"] == "waits") {
        listener.await_trace("waits", 1);
    }
    // Who comes now is told the same.
    assert!(is_away(&sidecar.listen("", &[]).next_event().expect("the state").data));
    proxy.set(Network::Pass);
    let is_back = |state: &Value| state["storage"] == "postgres" && state["degraded"] == false;
    listener.await_event("Postgres is back", "state", is_back);
    sidecar.store(&[event("after", "1", NOON)]);
    listener.await_trace("after", 1);
}

/// Of a flood.
const TRACES: u64 = 4000;

/// Traces of which each takes some 3 KB to tell.
fn flood(sidecar: &Sidecar, round: u64) {
    const AT_ONCE: u64 = 500;
    let long = "\u{1f40e}".repeat(250);
    for first in (0..TRACES / AT_ONCE).map(|part| part * AT_ONCE) {
        let numbers = first..first + AT_ONCE;
        let events: Vec<Value> = numbers
            .map(|number| of_service(&format!("{long}{number}"), &round.to_string(), &long))
            .collect();
        sidecar.store(&events);
    }
}

/// Waits until so many events were told in all.
fn await_number(listener: &mut Listener, number: u64) {
    while listener.next_event().expect("an event").number() < Some(number) {}
}

fn slow() {
    let sidecar = Sidecar::memory();
    let mut quick = sidecar.listen("?events=trace", &[]);
    let slow = sidecar.open_stream("", &[], Some(4096));
    flood(&sidecar, 0);
    await_number(&mut quick, TRACES);
    let mut slow = Listener::of(slow);
    let missed = slow.await_event("it has missed something", "missed", |_| true);
    let events = missed.data["events"].as_u64().expect("a number");
    assert!(events > 500, "{events}");
    let stuck = sidecar.open_stream("", &[], Some(4096));
    let mut resident = Vec::new();
    for round in 1..=5 {
        flood(&sidecar, round);
        await_number(&mut quick, (round + 1) * TRACES);
        resident.push(sidecar.resident_bytes());
    }
    drop(stuck);
    // What is told in four rounds takes 50 MB.
    let grown = resident[4].saturating_sub(resident[0]);
    assert!(grown < 32 << 20, "{resident:?}");
}

fn access() {
    let mut command = Sidecar::command();
    command
        .env("RACEWAY_SERVER__AUTH_ENABLED", "true")
        .env("RACEWAY_SERVER__API_KEYS", "key")
        .env("RACEWAY_SERVER__UI_PASSWORD", "open sesame");
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let role =
        |name| format!("[[server.keys]]\nname = {name:?}\nrole = {name:?}\nkey = {name:?}\n");
    let keys = [role("read"), role("ingest")].concat();
    fs::write(folder.path().join("raceway.toml"), keys).expect("a file");
    command.current_dir(folder.path());
    let sidecar = Sidecar::start(command);
    let login = json!({ "password": "open sesame" }).to_string();
    let login = sidecar.request("POST /auth/login", &[], login.as_bytes());
    let cookie = login.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    for (header, status) in [
        (("x-raceway-key", "key"), 200),
        (("authorization", "Bearer key"), 200),
        (("cookie", &*cookie), 200),
        (("x-raceway-key", "read"), 200),
        (("x-raceway-key", "ingest"), 403),
        (("x-raceway-key", "guess"), 401),
        (("accept", "text/event-stream"), 401),
    ] {
        assert_eq!(sidecar.listen("", &[header]).status, status, "{header:?}");
    }
}

fn crowd() {
    let sidecar = Sidecar::memory();
    let mut crowd: Vec<Listener> = (0..100).map(|_| sidecar.listen("", &[])).collect();
    assert_eq!(crowd.iter().filter(|listener| listener.status == 200).count(), 100);
    assert_eq!(Metrics::of(&sidecar).count("raceway_stream_listeners"), 100);
    let refused = sidecar.request("GET /api/stream", &[], b"");
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    crowd.pop();
    await_until("somebody has gone", LIMIT, || sidecar.listen("", &[]).status == 200);
    drop(crowd);
    await_until("all have gone", LIMIT, || {
        Metrics::of(&sidecar).count("raceway_stream_listeners") == 0
    });
}

fn shutdown() {
    let mut sidecar = Sidecar::memory();
    let mut listener = sidecar.listen("?events=trace", &[]);
    // One that reads nothing, for which more waits than the system takes.
    let stuck: TcpStream = sidecar.open_stream("", &[], Some(4096));
    flood(&sidecar, 0);
    await_number(&mut listener, TRACES);
    let start = Instant::now();
    assert!(sidecar.terminate().success());
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    while listener.next_event().is_some() {}
    drop(stuck);
}

fn slow_request() {
    let mut command = Sidecar::command();
    command.env("RACEWAY_LOGGING__SLOW_REQUEST_MS", "1000");
    let mut sidecar = Sidecar::start(command);
    let start = Instant::now();
    let mut listener = sidecar.listen("?events=trace", &[]);
    for number in 0.. {
        sidecar.store(&[event("t", &number.to_string(), NOON)]);
        listener.next_event().expect("a trace");
        if start.elapsed() > Duration::from_secs(2) {
            break;
        }
    }
    let metrics = Metrics::of(&sidecar).text;
    let series = "raceway_http_request_duration_seconds_bucket{method=\"GET\",route=\"/api/stream\",\
                  status=\"2xx\",le=\"1\"} 1\n";
    assert!(metrics.contains(series), "{metrics}");
    assert!(metrics.contains("raceway_http_requests_in_flight 1\n"), "{metrics}");
    drop(listener);
    let log = sidecar.log_to_the_end();
    assert!(!log.contains("slow request"), "{log}");
}

fn silent() {
    let sidecar = Sidecar::memory();
    let mut listener = sidecar.listen("?events=trace", &[]);
    listener.await_comment();
    sidecar.store(&[event("t", "1", NOON)]);
    listener.await_trace("t", 1);
}

fn wrong() {
    let sidecar = Sidecar::memory();
    for (query, expected) in [
        ("?events=", "events: expected some of trace, finding, state, with commas between them"),
        ("?event=trace", "event: no such parameter: expected events, service"),
    ] {
        assert_eq!(sidecar.get(&format!("/api/stream{query}")).error(400), expected);
    }
}
