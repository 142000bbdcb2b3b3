//! Events on their way from one store to another: nothing is lost, changed or stored twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use libtest_mimic::Trial;
use raceway_model::json_equal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    Database, Flavour, Network, Sidecar, Site, await_until, comparable, documented_event, event,
    recorded_requests, sorted_events,
};
use crate::{Case, DatabaseCase, StoreKind, World, database_trials, empty};

const NOON: &str = "2026-11-22T12:00:00Z";

type StoreCase = fn(&World, StoreKind);

const OF_EACH_STORE: [(&str, StoreCase); 4] = [
    ("what_is_imported_is_exported_byte_by_byte", round_trip),
    ("an_event_is_a_line_however_it_was_sent", one_line),
    ("filters_choose_traces", filters),
    ("an_export_misses_nothing_while_others_write", concurrent_writers),
];

const OF_DATABASES: [DatabaseCase; 2] = [
    ("commands_reach_the_database_by_themselves", without_sidecar),
    ("who_may_only_read_may_export", reader),
];

const OTHERS: [Case; 10] = [
    ("events_outlive_a_move_to_postgres_and_back", there_and_back),
    ("files_are_compressed_by_their_names", compressed_files),
    ("every_packing_is_imported", every_packing),
    ("what_is_rejected_is_told", rejected),
    ("a_live_sidecar_is_moved", live_move),
    ("nothing_is_exported_while_events_wait", while_events_wait),
    ("an_export_that_breaks_off_is_no_export", breaks_off),
    ("what_cant_be_read_is_named_and_costs_no_other", unreadable),
    ("a_list_goes_on_after_a_trace_out_of_range", out_of_range),
    ("an_answer_is_compressed_for_those_who_accept_it", compressed_answer),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: StoreKind| {
        OF_EACH_STORE.map(|(name, case)| {
            let name = format!("transfer::{}::{name}", store.name());
            world.trial(&name, move |world| case(world, store))
        })
    };
    let mut trials: Vec<Trial> = world.stores().into_iter().flat_map(of_store).collect();
    trials.extend(database_trials(world, "transfer", empty, &OF_DATABASES));
    trials.extend(crate::trials(world, "transfer", &OTHERS));
    trials
}

fn folder() -> TempDir {
    TempDir::with_prefix("raceway-test-").expect("a folder")
}

/// A command of the program, run to its end.
fn run(mut program: Command, arguments: &[&str]) -> Output {
    Sidecar::run({
        program.args(arguments);
        program
    })
}

/// The same, which must succeed; returns what it prints.
fn succeed(program: Command, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", error_of(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Imports a file with this content into a running sidecar.
fn import(sidecar: &Sidecar, content: &[u8]) -> Output {
    let folder = folder();
    let file = folder.path().join("events");
    fs::write(&file, content).expect("a file");
    run(Sidecar::command(), &["import", "--url", sidecar.url(), path(&file)])
}

fn assert_imported(sidecar: &Sidecar, content: &str, summary: &str) {
    let output = import(sidecar, content.as_bytes());
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{summary}\n"), "{content}");
    assert!(output.status.success(), "{}", error_of(&output));
}

fn events_of(export: &str) -> Vec<Value> {
    export.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn ids_of(export: &str) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    events_of(export).iter().map(id).collect()
}

fn assert_same_events(read: &str, sent: &[Value]) {
    let (read, sent) = (sorted_events(&events_of(read)), sorted_events(sent));
    assert_eq!(read.len(), sent.len());
    for (read, sent) in read.iter().zip(&sent) {
        assert!(json_equal(&comparable(read), sent), "read {read}\nsent {sent}");
    }
}

/// The events of every recording, and some that are odd.
fn recorded_and_odd() -> Vec<Value> {
    let requests = recorded_requests();
    let requests = requests.iter().map(|body| serde_json::from_str(body).expect("JSON"));
    let recorded = requests.filter_map(|request: Value| request["events"].as_array().cloned());
    recorded.flatten().chain(odd_events()).collect()
}

fn odd_events() -> Vec<Value> {
    let values = r#"{
        "nul": "a\u0000b", "key\u0000": 1, "escape": "\u0010", "escaped": "\u00100\u0010\u0010",
        "backslashes": "\\u0000 \\\u0000 \\\\u0010", "breaks": "\n\r\u2028", "emoji": "\ud83d\ude80",
        "big": 1180591620717411303424, "point": 3.0, "small": 5e-324, "minus": -0.0,
        "digits": 0.1000000000000000055511151231257827, "null": null, "none": {}, "list": [[], [null]]
    }"#;
    let values: Value = serde_json::from_str(values).expect("JSON");
    let sdk = json!({
        "id": "id\u{10}", "trace_id": "odd \"trace\"", "timestamp": NOON, "parent_id": "p",
        "kind": { "Custom": values }, "metadata": { "service_name": "s\u{0}" },
        "causality_vector": [["a", 3], ["b\u{0}", u64::MAX]], "lock_set": null, "unplanned": [1]
    });
    let flat = json!({
        "event_id": "flat", "trace_id": "odd \"trace\"", "timestamp": NOON,
        "kind": "MemoryFence", "metadata": values, "location": "l".repeat(600), "parent_id": null
    });
    vec![sdk, flat, documented_event()]
}

fn store_all(sidecar: &Sidecar, events: &[Value]) {
    events.chunks(500).for_each(|events| sidecar.store(events));
}

fn round_trip(world: &World, store: StoreKind) {
    let (first, second) = (world.sidecar(store), world.sidecar(store));
    let events = recorded_and_odd();
    store_all(&first, &events);
    let exported = first.export("");
    assert_same_events(&exported, &events);
    let summary = |new, there| format!("{new} new, {there} there already, 0 rejected");
    assert_imported(&second, &exported, &summary(events.len(), 0));
    assert!(second.export("") == exported, "{exported}\n\n{}", second.export(""));
    assert_imported(&second, &exported, &summary(0, events.len()));
    assert!(second.export("") == exported);
}

fn one_line(world: &World, store: StoreKind) {
    let sidecar = world.sidecar(store);
    let sent = odd_events();
    for event in &sent {
        let pretty = serde_json::to_string_pretty(event).expect("JSON").replace('\n', "\r\n");
        assert_eq!(sidecar.post(&pretty).data()["accepted"], 1);
    }
    let exported = sidecar.export("");
    assert_eq!(exported.lines().count(), sent.len(), "{exported}");
    assert_same_events(&exported, &sent);
}

fn filters(world: &World, store: StoreKind) {
    let sidecar = world.sidecar(store);
    assert_eq!(sidecar.export(""), "");
    let mut of_shop = event("b", "3", "2026-11-22T12:00:01Z");
    of_shop["metadata"]["service_name"] = "shop".into();
    sidecar.store(&[
        event("c", "4", "2026-11-22T12:00:01Z"),
        event("a", "2", "2026-11-22T12:00:05Z"),
        of_shop,
        event("a", "1", NOON),
        event("d & e", "5", "2026-11-22T12:00:02Z"),
    ]);
    for (query, ids) in [
        ("", vec!["1", "2", "3", "4", "5"]),
        ("?from=2026-11-22T12:00:01Z", vec!["3", "4", "5"]),
        ("?until=2026-11-22T12:00:01Z", vec!["1", "2"]),
        ("?from=2026-11-22T12:00:00.000001Z&until=2026-11-22T12:00:01.000001Z", vec!["3", "4"]),
        ("?service=shop", vec!["3"]),
        ("?service=%00", vec![]),
        ("?trace_id=a", vec!["1", "2"]),
        ("?trace_id=a&service=shop", vec![]),
    ] {
        assert_eq!(ids_of(&sidecar.export(query)), ids, "{query}");
    }
    let error = sidecar.get("/api/export?from=yesterday").error(400);
    assert_eq!(error, "from: expected an RFC 3339 date-time");
    for (arguments, ids) in [
        (["--from", "2026-11-22T12:00:02Z"], vec!["5"]),
        (["--until", "2026-11-22T12:00:01Z"], vec!["1", "2"]),
        (["--service", "shop"], vec!["3"]),
        (["--trace-id", "d & e"], vec!["5"]),
    ] {
        let arguments = [&["export", "--url", sidecar.url()], &arguments[..]].concat();
        assert_eq!(ids_of(&succeed(Sidecar::command(), &arguments)), ids, "{arguments:?}");
    }
}

/// Others add traces, and to the traces that there are events which are older than all before:
/// they move ahead in the order.
fn concurrent_writers(world: &World, store: StoreKind) {
    const TRACES: usize = 1200;
    let sidecar = world.sidecar(store);
    let trace = |n: usize| format!("trace-{n}");
    let stored: Vec<Value> = (0..TRACES).map(|n| event(&trace(n), &format!("{n}"), NOON)).collect();
    store_all(&sidecar, &stored);
    let ids: BTreeSet<String> = ids_of(&sidecar.export("")).into_iter().collect();
    assert_eq!(ids.len(), TRACES);
    let is_over = AtomicBool::new(false);
    let write = |writer: usize| {
        for round in 1.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            let older = |n: usize| {
                let time = format!("2026-11-22T11:{:02}:{:02}Z", 59 - round / 60 % 60, round % 60);
                let trace = (writer + n * 7 + round * 11) % TRACES;
                event(&format!("trace-{trace}"), &format!("{writer}-{round}-{n}"), &time)
            };
            let mut events: Vec<Value> = (0..20).map(older).collect();
            events.push(event(
                &format!("new-{writer}-{round}"),
                &format!("{writer}-{round}"),
                NOON,
            ));
            sidecar.store(&events);
        }
    };
    thread::scope(|scope| {
        for writer in 0..2 {
            scope.spawn(move || write(writer));
        }
        let _over = Over(&is_over);
        for _ in 0..5 {
            let exported = ids_of(&sidecar.export(""));
            let unique: BTreeSet<&String> = exported.iter().collect();
            let missing: Vec<_> = ids.iter().filter(|id| !unique.contains(id)).collect();
            assert!(missing.is_empty(), "{missing:?}");
            assert_eq!(unique.len(), exported.len(), "something came twice");
        }
    });
}

/// Says that it is over when dropped, however that comes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn without_sidecar(database: &Database, _: &mut postgres::Client) {
    let folder = folder();
    let (file, again) = (folder.path().join("in.ndjson"), folder.path().join("out.ndjson"));
    let events = recorded_and_odd();
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n")).expect("a file");
    let program = || Sidecar::command_on(&database.to_string());
    let summary = format!("{} new, 0 there already, 0 rejected\n", events.len());
    assert_eq!(succeed(program(), &["import", path(&file)]), summary);
    assert_eq!(succeed(program(), &["export", path(&again)]), "");
    assert_same_events(&fs::read_to_string(&again).expect("a file"), &events);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "no other file is left");
    let sidecar = Sidecar::postgres(database);
    assert_eq!(sidecar.export(""), succeed(program(), &["export"]));
}

fn reader(database: &Database, client: &mut postgres::Client) {
    let reader = database.for_new_role("reader");
    let sql = format!("GRANT SELECT ON traces, frames, stored_events TO {}", reader.user);
    client.batch_execute(&sql).expect("GRANT");
    crate::harness::ingest(client, &event("t", "e", NOON).to_string());
    let program = Sidecar::command_on(&reader.to_string());
    assert_eq!(ids_of(&succeed(program, &["export"])), ["e"]);
}

fn there_and_back(world: &World) {
    let events = recorded_and_odd();
    let memory = Sidecar::memory();
    store_all(&memory, &events);
    let mut from = memory.url().to_owned();
    let mut passed = Vec::new();
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let (postgres, back) = (Sidecar::postgres(&database), Sidecar::memory());
        for to in [&postgres, &back] {
            let printed = succeed(Sidecar::command(), &["move", "--from", &from, "--to", to.url()]);
            assert!(printed.starts_with(&format!("pass 1: {} new, 0 ", events.len())), "{printed}");
            assert!(printed.contains("\npass 2: 0 new, "), "{printed}");
            assert_same_events(&to.export(""), &events);
            to.url().clone_into(&mut from);
        }
        database.assert_traces_are_true();
        passed.push((postgres, back));
    }
}

fn compressed_files(_: &World) {
    let folder = folder();
    let (from, to) = (Sidecar::memory(), Sidecar::memory());
    let events = recorded_and_odd();
    store_all(&from, &events);
    let mut sizes = BTreeMap::new();
    let others = ["e.ndjson.gz", "e.ndjson.zst", "E.NDJSON.GZ", "E.NDJSON.ZST"];
    let others = others.map(|name| (name, false));
    for (name, is_new) in [("e.ndjson", true)].into_iter().chain(others) {
        let file = folder.path().join(name);
        succeed(Sidecar::command(), &["export", "--url", from.url(), path(&file)]);
        sizes.insert(name, fs::metadata(&file).expect("a file").len());
        let (new, there) = if is_new { (events.len(), 0) } else { (0, events.len()) };
        let summary = format!("{new} new, {there} there already, 0 rejected\n");
        assert_eq!(
            succeed(Sidecar::command(), &["import", "--url", to.url(), path(&file)]),
            summary
        );
    }
    let compressed = sizes.iter().filter(|&(name, _)| *name != "e.ndjson");
    assert!(compressed.clone().all(|(_, size)| size * 5 < sizes["e.ndjson"]), "{sizes:?}");
    let cut: PathBuf = folder.path().join("cut.zst");
    let whole = fs::read(folder.path().join("e.ndjson.zst")).expect("a file");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    let output = run(Sidecar::command(), &["import", "--url", to.url(), path(&cut)]);
    assert!(!output.status.success() && error_of(&output).contains("cut.zst"), "{output:?}");
}

fn every_packing(_: &World) {
    let sidecar = Sidecar::memory();
    let event = |n: usize| event("t", &format!("{n}"), NOON);
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let one = "1 new, 0 there already, 0 rejected";
    let two = "2 new, 0 there already, 0 rejected";
    assert_imported(&sidecar, &event(0).to_string(), one);
    assert_imported(&sidecar, &pretty(&event(1)), one);
    assert_imported(&sidecar, &json!([event(2), event(3)]).to_string(), two);
    assert_imported(&sidecar, &pretty(&json!([event(4), event(5)])), two);
    assert_imported(&sidecar, &json!({ "events": [event(6), event(7)] }).to_string(), two);
    assert_imported(&sidecar, &format!("\n{}\r\n\n[{}]", event(8), event(9)), two);
    // As jq prints them, after what some programs put at the start of a file.
    let several = format!("\u{feff}{}\n{}\n", pretty(&event(10)), pretty(&event(11)));
    assert_imported(&sidecar, &several, two);
    let output = import(&sidecar, format!("{{\"id\": [1,\n{}\n{{\n", event(12)).as_bytes());
    assert_eq!(output.stdout, b"1 new, 0 there already, 2 rejected\n", "{output:?}");
    assert_imported(&sidecar, "", "0 new, 0 there already, 0 rejected");
    // An answer of the API, as it is and as a person might have kept it.
    let all = sidecar.get("/api/traces/t").json;
    for answer in [all.to_string(), pretty(&all), format!("{all}\n{all}")] {
        let other = Sidecar::memory();
        let output = import(&other, answer.as_bytes());
        assert!(output.status.success(), "{}", error_of(&output));
        assert!(output.stdout.starts_with(b"13 new, "), "{output:?}");
        assert_eq!(other.events("t"), sidecar.events("t"));
    }
    let many: Vec<Value> = (0..3000).map(event).collect();
    let other = Sidecar::memory();
    assert_imported(
        &other,
        &Value::from(many).to_string(),
        "3000 new, 0 there already, 0 rejected",
    );
}

fn rejected(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let (good, bad) = (event("t", "good", NOON), event("t", "bad", "yesterday"));
    let content = format!("nonsense\n{bad}\n{good}\n");
    let mut content = content.into_bytes();
    content.extend_from_slice(b"{\"id\":\"\xff\"}\n");
    let folder = folder();
    let file = folder.path().join("events");
    fs::write(&file, &content).expect("a file");
    let sidecar = Sidecar::memory();
    for output in [
        import(&sidecar, &content),
        run(Sidecar::command_on(&database.to_string()), &["import", path(&file)]),
    ] {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1 new, 0 there already, 3 rejected\n");
        assert_eq!(output.status.code(), Some(1));
        let reasons = error_of(&output);
        for expected in ["timestamp: expected", "event: expected", "UTF-8", "3 events were"] {
            assert!(reasons.contains(expected), "{expected}: {reasons}");
        }
    }
    let absent =
        run(Sidecar::command(), &["import", "--url", "http://127.0.0.1:9", "no such file"]);
    assert!(!absent.status.success() && error_of(&absent).contains("no such file"));
    let wrong = run(Sidecar::command(), &["move", "--from", "ftp://x", "--to", sidecar.url()]);
    assert!(
        error_of(&wrong).contains("expected http://host:port, https://host:port or postgres://"),
        "{wrong:?}"
    );
}

fn live_move(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let proxy = world.cluster().proxy();
    let to = database.url(proxy.port());
    let sidecar = Sidecar::memory();
    let stored: Vec<Value> =
        (0..5000).map(|n| event(&format!("t{}", n % 700), &format!("{n}"), NOON)).collect();
    store_all(&sidecar, &stored);
    let arguments = ["move", "--from", sidecar.url(), "--to", &to];
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..500 {
                sidecar.store(&[event(&format!("t{n}"), &format!("late-{n}"), NOON)]);
            }
        });
        let output = run(Sidecar::command(), &arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(printed.starts_with("pass 1: 5"), "{printed}{}", error_of(&output));
        assert!(printed.contains("\npass 2: "), "{printed}");
    });
    let printed = succeed(Sidecar::command(), &arguments);
    assert!(printed.contains(": 0 new, 5500 there already, 0 rejected\n"), "{printed}");
    let moved = Sidecar::postgres(&database).export("");
    assert_same_events(&moved, &events_of(&sidecar.export("")));
    database.assert_traces_are_true();
}

fn while_events_wait(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    sidecar.store(&[event("t", "stored", NOON)]);
    proxy.set(Network::Refuse);
    sidecar.store(&[event("t", "waits", NOON)]);
    sidecar.get("/api/export").error(503);
    let output = run(Sidecar::command(), &["export", "--url", sidecar.url()]);
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    proxy.set(Network::Pass);
    sidecar.await_drained();
    await_until("it is exported", Duration::from_secs(10), || {
        ids_of(&sidecar.export("")) == ["stored", "waits"]
    });
}

/// More than is read ahead, so that the rest is still to come when Postgres goes away.
fn breaks_off(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let proxy = world.cluster().proxy();
    let sidecar = Site::on(&database.through(&[&proxy])).start();
    let mut large = event("t", "0", NOON);
    large["note"] = "x".repeat(5_000_000).into();
    for id in 0..8 {
        large["id"] = id.to_string().into();
        sidecar.store(&[large.clone()]);
    }
    let url = format!("{}/api/export", sidecar.url());
    let mut answer = ureq::get(&url).call().expect("an answer").into_body().into_reader();
    answer.read_exact(&mut [0; 1000]).expect("a beginning");
    proxy.set(Network::Refuse);
    let end = answer.read_to_end(&mut Vec::new());
    assert!(end.is_err(), "a part looks like the whole");
    sidecar.await_logged("cut off");
}

/// Somebody has written into the table what is no JSON, or too little for its frame.
fn unreadable(world: &World) {
    const TRACES: usize = 1300;
    const BROKEN: [&str; 2] = ["trace-77", "trace-1200"];
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let proxy = world.cluster().proxy();
        let sidecar = Sidecar::postgres(&database);
        let trace = |n: usize| event(&format!("trace-{n}"), &format!("{n}"), NOON);
        store_all(&sidecar, &(0..TRACES).map(trace).collect::<Vec<Value>>());
        let sql = "UPDATE stored_events SET \"values\" = $1
                   FROM traces WHERE traces.trace_no = stored_events.trace_no AND trace_id = $2";
        for (trace_id, values) in BROKEN.iter().zip(["{", "1\u{1f}2"]) {
            let mut client = database.for_superuser().connect();
            assert_eq!(client.execute(sql, &[&values, trace_id]).expect("UPDATE"), 1);
        }
        let assert_all_others = |export: &str| {
            let ids: BTreeSet<String> = ids_of(export).into_iter().collect();
            assert_eq!((ids.len(), export.lines().count()), (TRACES - 2, TRACES - 2));
            assert!(!ids.contains("77") && !ids.contains("1200"));
        };

        assert_eq!(sidecar.try_export(""), None, "a part looks like the whole");
        for id in BROKEN {
            sidecar.await_logged(&format!("trace_id=\"{id}\""));
        }
        sidecar.get("/api/traces/trace-77").error(500);
        assert_eq!(sidecar.events("trace-78").len(), 1);

        let folder = folder();
        let file = folder.path().join("events.ndjson");
        let output = run(Sidecar::command_on(&database.to_string()), &["export", path(&file)]);
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(BROKEN.iter().all(|id| error.contains(&format!("\"{id}\""))), "{error}");
        assert!(!file.exists(), "a part has the name of the whole");
        let partial = folder.path().join("events.ndjson.partial");
        assert_all_others(&fs::read_to_string(partial).expect("what could be read"));

        let to = Sidecar::memory();
        let from = database.url(proxy.port());
        let output = run(Sidecar::command(), &["move", "--from", &from, "--to", to.url()]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed, format!("pass 1: {} new, 0 there already, 0 rejected\n", TRACES - 2));
        assert!(error_of(&output).contains("can't read these traces: \"trace-"), "{output:?}");
        assert_all_others(&to.export(""));
    }
}

/// Somebody has written into the table what nobody can send.
fn out_of_range(world: &World) {
    const TRACES: usize = 30;
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let sidecar = Sidecar::postgres(&database);
        let trace = |n: usize| event(&format!("trace-{n}"), &format!("{n}"), NOON);
        store_all(&sidecar, &(0..TRACES).map(trace).collect::<Vec<Value>>());
        let mut client = database.for_superuser().connect();
        for (number, time) in ["infinity", "10000-01-01Z", "-infinity"].iter().enumerate() {
            let sql = format!(
                "UPDATE traces SET start_time = '{time}', end_time = '{time}'
                 WHERE trace_id = 'trace-{number}'"
            );
            client.batch_execute(&sql).expect("UPDATE");
        }
        let mut ids = BTreeSet::new();
        let mut query = "page_size=7".to_owned();
        loop {
            let page = sidecar.get(&format!("/api/traces?{query}")).data();
            let traces = page["traces"].as_array().expect("traces");
            ids.extend(traces.iter().map(|trace| trace["trace_id"].to_string()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("page_size=7&cursor={cursor}");
        }
        assert_eq!(ids.len(), TRACES, "{ids:?}");
    }
}

fn compressed_answer(_: &World) {
    let sidecar = Sidecar::memory();
    store_all(&sidecar, &recorded_and_odd());
    let mut exported = String::new();
    let answer = sidecar.export_gzip();
    GzDecoder::new(&answer[..]).read_to_string(&mut exported).expect("gzip");
    assert_eq!(exported, sidecar.export(""));
}
