//! Traces as files for other programs: what opens them, and who may ask for what.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Sidecar, event, percent_encoded, recorded_requests};
use crate::{Case, StoreKind, World};

const FORMATS: [&str; 4] = ["perfetto", "shiviz", "jaeger", "otlp"];

const CASES: [Case; 6] = [
    ("files_are_opened_by_other_programs", opened),
    ("a_file_is_the_same_from_every_store", same),
    ("a_time_of_a_trace_is_taken_along", of_a_time),
    ("a_long_trace_is_taken_as_it_was_sent_or_by_time", long),
    ("what_cannot_be_taken_along_is_told", refused),
    ("the_command_writes_what_the_sidecar_answers", command),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "takeout", &CASES)
}

fn path(trace_id: &str, query: &str) -> String {
    format!("/api/traces/{}/export{query}", percent_encoded(trace_id))
}

/// With the traffic of all SDKs, and the ids of its traces.
fn fill(sidecar: &Sidecar) -> Vec<String> {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let traces = list["traces"].as_array().expect("traces");
    let id = |trace: &Value| trace["trace_id"].as_str().expect("an id").to_owned();
    traces.iter().map(id).collect()
}

fn opened(_: &World) {
    let sidecar = Sidecar::memory();
    let trace_ids = fill(&sidecar);
    for format in ["perfetto", "otlp"] {
        let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
        let files = trace_ids.iter().enumerate().map(|(place, trace_id)| {
            let file = folder.path().join(format!("{place}.json"));
            let body = sidecar.get_bytes(&path(trace_id, &format!("?format={format}")));
            fs::write(&file, body).expect("a file");
            file
        });
        open(format, files.collect());
    }
}

/// By the programs that `tests/run` installs.
fn open(format: &str, files: Vec<PathBuf>) {
    let installed = std::env::var("TEST_TAKEOUT");
    let installed = installed.expect("TEST_TAKEOUT: run the suite with tests/run");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("takeout/opened.py");
    let mut python = Command::new(Path::new(&installed).join("bin/python"));
    let output = python.arg("-B").arg(script).arg(format).args(files).output().expect("python");
    assert!(output.status.success(), "{format}: {}", String::from_utf8_lossy(&output.stderr));
}

fn same(world: &World) {
    let mut known: Option<Vec<Vec<u8>>> = None;
    for store in world.stores() {
        let sidecar = world.sidecar(store);
        let mut trace_ids = fill(&sidecar);
        trace_ids.sort();
        let files: Vec<Vec<u8>> = trace_ids
            .iter()
            .flat_map(|id| FORMATS.map(|format| path(id, &format!("?format={format}"))))
            .map(|path| sidecar.get_bytes(&path))
            .collect();
        assert!(!files.is_empty() && files.iter().all(|file| !file.is_empty()));
        for (ours, theirs) in files.iter().zip(known.get_or_insert_with(|| files.clone())) {
            // In plain SQL, exponents of numbers are written out, and zero has no sign.
            let spelled = |file: &[u8]| {
                let file = String::from_utf8_lossy(file);
                file.replace("1e+21", "1000000000000000000000").replace("-0.0", "0.0")
            };
            let [ours, theirs] = [ours, &*theirs].map(|file| spelled(file));
            assert_eq!(ours, theirs, "{}", store.name());
        }
        for trace_id in &trace_ids {
            let lines = sidecar.get_bytes(&path(trace_id, ""));
            let lines = String::from_utf8(lines).expect("UTF-8");
            let events = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            assert_eq!(events.collect::<Vec<Value>>(), sidecar.sent(trace_id));
        }
    }
}

/// The ids of the events that an export in Jaeger's format has.
fn ids(sidecar: &Sidecar, path: &str) -> Vec<String> {
    let file: Value = serde_json::from_slice(&sidecar.get_bytes(path)).expect("JSON");
    let lists = file["data"][0]["spans"].as_array().expect("spans").iter().flat_map(|span| {
        let logs = span["logs"].as_array().expect("logs").iter().map(|log| &log["fields"]);
        logs.chain([&span["tags"]]).collect::<Vec<_>>()
    });
    let tags = lists.flat_map(|list| list.as_array().expect("tags"));
    let ids = tags.filter(|tag| tag["key"] == "raceway.event_id");
    let mut ids: Vec<String> =
        ids.map(|tag| tag["value"].as_str().expect("an id").into()).collect();
    ids.sort();
    ids
}

fn at(second: u64) -> String {
    format!("2026-11-22T12:{:02}:{:02}.000000Z", second / 60 % 60, second % 60)
}

fn of_a_time(world: &World) {
    for store in world.stores() {
        let sidecar = world.sidecar(store);
        let events: Vec<Value> =
            (0..6).map(|second| event("a b", &format!("e{second}"), &at(second))).collect();
        sidecar.store(&events);
        for (query, expected) in [
            ("", &["e0", "e1", "e2", "e3", "e4", "e5"][..]),
            ("&from=2026-11-22T12:00:02Z", &["e2", "e3", "e4", "e5"]),
            ("&until=2026-11-22T12:00:02Z", &["e0", "e1"]),
            ("&from=2026-11-22T12:00:01Z&until=2026-11-22T12:00:03Z", &["e1", "e2"]),
            ("&from=2026-11-22T13:00:00Z", &[]),
        ] {
            let found = ids(&sidecar, &path("a b", &format!("?format=jaeger{query}")));
            assert_eq!(found, expected, "{query}");
            let lines = sidecar.get_bytes(&path("a b", &format!("?format=ndjson{query}")));
            let lines = String::from_utf8(lines).expect("UTF-8");
            let events =
                lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            let found: Vec<String> =
                events.map(|event| event["id"].as_str().expect("an id").to_owned()).collect();
            assert_eq!(found, expected, "{query}");
        }
        let answer = sidecar.request(&format!("GET {}", path("a b", "?format=shiviz")), &[], b"");
        let disposition = "attachment; filename=\"raceway-a_b.shiviz.log\"";
        assert_eq!(answer.header("content-disposition"), disposition);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert!(!answer.header("etag").is_empty());
        let answer = sidecar.request(&format!("GET {}", path("a b", "")), &[], b"");
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
    }
}

fn long(world: &World) {
    const EVENTS: u64 = 4500;
    for store in [StoreKind::Memory, world.stores()[1]] {
        let sidecar = world.sidecar(store);
        let events = (0..EVENTS).map(|n| event("t", &format!("e{n}"), &at(n / 10)));
        let events: Vec<Value> = events.collect();
        for part in events.chunks(1500) {
            sidecar.store(part);
        }
        let lines = sidecar.get_bytes(&path("t", "?format=ndjson"));
        let lines = String::from_utf8(lines).expect("UTF-8");
        assert_eq!(lines.lines().count() as u64, EVENTS);
        for format in FORMATS {
            let error = sidecar.get(&path("t", &format!("?format={format}"))).error(413);
            assert!(error.contains("more than 4000 events"), "{error}");
        }
        let time = "?format=jaeger&from=2026-11-22T12:01:00Z&until=2026-11-22T12:01:02Z";
        let expected: Vec<String> = (600..620).map(|n| format!("e{n}")).collect();
        assert_eq!(ids(&sidecar, &path("t", time)), expected);
    }
}

fn refused(_: &World) {
    let sidecar = Sidecar::memory();
    sidecar.store(&[event("t", "e", &at(0))]);
    for format in FORMATS {
        sidecar.get(&path("other", &format!("?format={format}"))).error(404);
    }
    sidecar.get(&path("other", "")).error(404);
    let error = sidecar.get(&path("t", "?format=pdf")).error(400);
    assert_eq!(error, "format: expected ndjson, perfetto, shiviz, jaeger or otlp");
    sidecar.get(&path("t", "?from=noon")).error(400);
    sidecar.get(&path("t", "?limit=1")).error(400);
    // Each task starts another one and one that ends at once: the last knows of all that began before it.
    let task = |id: String, parent: Option<String>, place: u64| {
        let mut task = event("wide", &id, &at(place));
        task["parent_id"] = json!(parent);
        task["metadata"]["thread_id"] = json!(id);
        task["causality_vector"] = json!([]);
        task
    };
    let tasks = (1..800).flat_map(|place| {
        let parent = || Some(format!("a{}", place - 1));
        [task(format!("a{place}"), parent(), place), task(format!("b{place}"), parent(), place)]
    });
    let first = task("a0".to_owned(), None, 0);
    sidecar.store(&[first].into_iter().chain(tasks).collect::<Vec<_>>());
    let error = sidecar.get(&path("wide", "?format=shiviz")).error(413);
    assert!(error.contains("more than 500000 components"), "{error}");
}

fn command(world: &World) {
    for store in world.stores() {
        let (sidecar, database) = match store {
            StoreKind::Memory => (Sidecar::memory(), None),
            StoreKind::Postgres(flavour) => {
                let database = world.cluster().create_with(flavour);
                (Sidecar::postgres(&database), Some(database))
            }
        };
        let trace_ids = fill(&sidecar);
        for format in FORMATS {
            let answered = sidecar.get_bytes(&path(&trace_ids[0], &format!("?format={format}")));
            let of_url = || {
                let mut command = Sidecar::command();
                command.args(["export", "--url", sidecar.url()]);
                command
            };
            let of_database = database.as_ref().map(|database| {
                let mut command = Sidecar::command_on(&database.to_string());
                command.arg("export");
                command
            });
            for mut command in [Some(of_url()), of_database].into_iter().flatten() {
                command.args(["--format", format, "--trace-id", &trace_ids[0]]);
                let output = Sidecar::run(command);
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                assert!(output.stdout == answered, "{format} of {}", store.name());
            }
            let mut missing = of_url();
            missing.args(["--format", format]);
            let output = Sidecar::run(missing);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1));
            assert!(error.contains("expected one trace by --trace-id"), "{error}");
            let mut unknown = of_url();
            unknown.args(["--format", format, "--trace-id", "unheard of"]);
            let output = Sidecar::run(unknown);
            assert_eq!(output.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&output.stderr).contains("no trace \"unheard of\""));
        }
    }
}
