//! What a sidecar says of itself to those who watch it: metrics, alerts, a dashboard, ids of requests, and a log.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::documentation::{blocks, root};
use crate::harness::{
    Database, Flavour, Metrics, Network, Prometheus, Sidecar, Site, await_until, event,
};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 9] = [
    ("each_metric_is_documented_and_named_by_the_rules", documented),
    ("the_sum_of_events_in_memory_is_zero", in_memory),
    ("the_sum_of_events_is_zero_over_an_outage_a_full_spool_and_a_restart", outage),
    ("what_retention_deletes_is_counted", retention),
    ("calls_connections_and_requests_are_counted", calls),
    ("alerts_fire_when_they_should", |_| alerts()),
    ("prometheus_answers_each_query_of_the_dashboard_and_the_alerts", prometheus),
    ("a_request_has_an_id_in_its_answer_and_in_the_log", |_| request_ids()),
    ("slow_requests_are_told", |_| slow_requests()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "watch", &CASES)
}

/// Three events of which one is known already and one is not valid.
fn post_mixed(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "known", NOON)]);
    let mixed =
        json!([event("t", "known", NOON), event("t", "new", NOON), event("t", "bad", "noon")]);
    let data = sidecar.post(&mixed.to_string()).data();
    assert_eq!(data["rejected"].as_array().map(Vec::len), Some(1), "{data}");
}

/// Totals of events: received, stored, duplicate, rejected.
fn events(metrics: &Metrics) -> [i64; 4] {
    ["received", "stored", "duplicate", "rejected"]
        .map(|name| metrics.count(&format!("raceway_events_{name}_total")))
}

fn assert_sum_is_zero(metrics: &Metrics) {
    assert_eq!(metrics.unaccounted(), 0, "{}", metrics.text);
}

/// Runs promtool in the root of the project; it must find nothing wrong.
fn promtool(arguments: &[&str], input: &str) {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(root()).stdin(Stdio::piped());
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("promtool");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("a reader");
    let output = process.wait_with_output().expect("promtool");
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?}: {printed}");
}

fn documented(world: &World) {
    let page = fs::read_to_string(root().join("docs/WATCH.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeMap<String, String> = rows
        .flat_map(|row| {
            let mut cells = row.split(" | ");
            let (names, kinds) = (cells.next().expect("names"), cells.next().expect("types"));
            let kinds = kinds.to_owned();
            let names = names.split("`, `").map(|name| name.trim_matches('`').to_owned());
            names.map(move |name| (name, kinds.clone())).collect::<Vec<_>>()
        })
        .collect();
    let database = world.cluster().create_with(Flavour::Extension);
    let mut there = BTreeMap::new();
    for sidecar in [Sidecar::memory(), Sidecar::postgres(&database)] {
        post_mixed(&sidecar);
        let metrics = Metrics::of(&sidecar);
        promtool(&["check", "metrics"], &metrics.text);
        there.extend(metrics.types());
    }
    let names =
        |metrics: &BTreeMap<String, String>| metrics.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&documented), names(&there));
    for (name, kind) in &there {
        assert!(documented[name].contains(kind.as_str()), "{name}: {kind}");
    }
}

fn in_memory(_: &World) {
    let sidecar = Site::memory().with("STORAGE__MEMORY__MAX_EVENTS", "100").start();
    post_mixed(&sidecar);
    let metrics = Metrics::of(&sidecar);
    assert_eq!(events(&metrics), [4, 2, 1, 1]);
    sidecar.post("no events").error(400);
    let refused = Metrics::of(&sidecar);
    assert_eq!(events(&refused), events(&metrics));
    assert!(refused.text.contains("raceway_bodies_refused_total{status=\"400\"} 1\n"));
    for trace in 0..200 {
        sidecar.store(&[event(&trace.to_string(), &trace.to_string(), NOON)]);
    }
    let metrics = Metrics::of(&sidecar);
    assert_sum_is_zero(&metrics);
    let evicted = metrics.count("raceway_events_evicted_total");
    assert!(evicted > 0, "{}", metrics.text);
    assert_eq!(metrics.count("raceway_memory_events") + evicted, 202);
}

fn outage(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let site = site.with("STORAGE__FALLBACK__MAX_BYTES", "100000");
    let mut sidecar = site.start();
    post_mixed(&sidecar);
    let before = Metrics::of(&sidecar);
    assert_eq!(events(&before), [4, 2, 1, 1]);
    assert_sum_is_zero(&before);
    proxy.set(Network::Refuse);
    let post = |id: i32| sidecar.post(&event("t", &id.to_string(), NOON).to_string()).status;
    let acknowledged = (0..10_000).find(|&id| post(id) != 200).expect("a full spool").into();
    let full = Metrics::of(&sidecar);
    assert_sum_is_zero(&full);
    let is = |metrics: &Metrics, name, value: i64| {
        assert_eq!(metrics.count(name), value, "{name}: {}", metrics.text);
    };
    for (name, value) in [
        ("raceway_spool_events", acknowledged),
        ("raceway_events_spooled_total", acknowledged),
        ("raceway_spool_full", 1),
        ("raceway_circuit_open", 1),
        ("raceway_outages_total", 1),
        ("raceway_degraded", 1),
        ("raceway_ready", 0),
        ("raceway_bodies_refused_total", 1),
    ] {
        is(&full, name, value);
    }
    assert!(full.total("raceway_spool_oldest_age_seconds") > 0.0, "{}", full.text);
    assert!(full.count("raceway_spool_bytes") > 50_000, "{}", full.text);
    // The next process finds them.
    assert!(sidecar.terminate().success());
    let sidecar = site.start();
    await_until("what waits is counted", LIMIT, || {
        Metrics::of(&sidecar).count("raceway_spool_events") >= acknowledged
    });
    let found = Metrics::of(&sidecar);
    is(&found, "raceway_spool_events_found_total", acknowledged);
    assert_sum_is_zero(&found);
    proxy.set(Network::Pass);
    sidecar.await_drained();
    let drained = Metrics::of(&sidecar);
    for (name, value) in [
        ("raceway_events_drained_total", acknowledged),
        ("raceway_events_stored_total", acknowledged),
        ("raceway_spool_events", 0),
        ("raceway_circuit_open", 0),
        ("raceway_spool_events_lost_total", 0),
    ] {
        is(&drained, name, value);
    }
    assert_sum_is_zero(&drained);
}

fn retention(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let site = Site::on(&database.to_string()).with("RETENTION__KEEP", "30 days");
    let sidecar = site.with("RETENTION__INTERVAL", "1 s").start();
    sidecar.store(&[event("t", "old", "2020-01-01T12:00:00Z")]);
    let sql = "UPDATE stored_events SET created_at = '2020-01-01'";
    let mut client = database.for_superuser().connect();
    client.batch_execute(&format!("SET raceway.internal = on; {sql}")).expect("an older event");
    await_until("it is deleted", LIMIT, || {
        Metrics::of(&sidecar).count("raceway_events_deleted_total") > 0
    });
    let metrics = Metrics::of(&sidecar);
    assert_eq!(metrics.count("raceway_traces_deleted_total"), 1, "{}", metrics.text);
}

fn calls(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    sidecar.store(&[event("t", "e", NOON)]);
    sidecar.get("/api/traces/t").data();
    sidecar.request("GET /nowhere", &[], b"");
    let text = Metrics::of(&sidecar).text;
    for series in [
        "raceway_postgres_call_duration_seconds_count{call=\"ingest\",result=\"ok\",server=\"primary\"} 1\n",
        "raceway_http_request_duration_seconds_count{method=\"POST\",route=\"/events\",status=\"2xx\"} 1\n",
        "raceway_http_request_duration_seconds_count{method=\"GET\",route=\"/api/traces/{trace_id}\",status=\"2xx\"} 1\n",
        "raceway_http_request_duration_seconds_count{method=\"GET\",route=\"other\",status=\"4xx\"} 1\n",
        "raceway_postgres_connections{server=\"primary\",state=\"idle\"} ",
        "raceway_http_requests_in_flight 1\n",
        &format!("raceway_build_info{{version=\"{}\"}} 1\n", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(text.contains(series), "{series}: {text}");
    }
}

fn alerts() {
    let [configuration] = &blocks("docs/WATCH.md", "yaml")[..] else { panic!("other blocks") };
    let file = NamedTempFile::new().expect("a file");
    fs::write(&file, configuration).expect("a file");
    let path = file.path().to_str().expect("UTF-8");
    promtool(&["check", "config", "--syntax-only", path], "");
    promtool(&["check", "rules", "docs/watch/alerts.yml"], "");
    promtool(&["test", "rules", "tests/watch/alerts.yml"], "");
}

/// The targets of all panels.
fn targets() -> Vec<Value> {
    let text = fs::read_to_string(root().join("docs/watch/dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let of_panel = |panel: &Value| panel["targets"].as_array().cloned().unwrap_or_default();
    panels.iter().flat_map(of_panel).collect()
}

fn prometheus(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let sidecars = [Sidecar::memory(), Sidecar::postgres(&database)];
    for sidecar in &sidecars {
        post_mixed(sidecar);
        sidecar.get("/api/traces/t").data();
    }
    let prometheus = Prometheus::of(&sidecars.each_ref());
    let known: BTreeSet<String> =
        sidecars.iter().flat_map(|sidecar| Metrics::of(sidecar).types().into_keys()).collect();
    for rule in prometheus.rules() {
        assert_eq!(rule["health"], "ok", "{rule}");
        assert_names_are_known(rule["query"].as_str().expect("a query"), &known);
    }
    let mut queries = 0;
    for target in targets() {
        if let Some(sql) = target["rawSql"].as_str() {
            answer_in_postgres(&database, sql);
            continue;
        }
        let query = target["expr"].as_str().expect("a query").replace("$__rate_interval", "1m");
        assert_names_are_known(&query, &known);
        assert!(!prometheus.values(&query).is_empty(), "{query}");
        queries += 1;
    }
    assert!(queries > 20, "{queries}");
}

/// A metric of another name would have no values, which is no error.
fn assert_names_are_known(query: &str, known: &BTreeSet<String>) {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for word in words.filter(|word| word.starts_with("raceway_") || word.starts_with("process_")) {
        let name = ["_bucket", "_count"].iter().find_map(|suffix| word.strip_suffix(suffix));
        assert!(known.contains(name.unwrap_or(word)), "{word} in {query}");
    }
}

fn answer_in_postgres(database: &Database, sql: &str) {
    database.connect().simple_query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// For a sidecar whose log has JSON.
fn logging_json() -> Site {
    Site::memory().with("LOGGING__FORMAT", "json")
}

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn request_ids() {
    let mut sidecar = logging_json().with("LOGGING__LEVEL", "debug").start();
    let answer = sidecar.request("GET /livez", &[("x-request-id", "from-the-client")], b"");
    assert_eq!(answer.header("x-request-id"), "from-the-client");
    let made = sidecar.request("GET /nowhere", &[], b"").header("x-request-id").to_owned();
    assert!(!made.is_empty());
    let lines = lines(&sidecar.log_to_the_end());
    for (id, path, status) in [("from-the-client", "/livez", 200), (&made, "/nowhere", 404)] {
        let of_request = |line: &&Value| {
            line["span"]["request_id"] == id && line["message"] == "request" && line["path"] == path
        };
        let line = lines.iter().find(of_request).unwrap_or_else(|| panic!("{id}: {lines:#?}"));
        assert_eq!((&line["status"], &line["level"]), (&json!(status), &json!("DEBUG")), "{line}");
    }
}

fn slow_requests() {
    let mut sidecar = logging_json().with("LOGGING__SLOW_REQUEST_MS", "0").start();
    sidecar.get("/livez").data();
    let lines = lines(&sidecar.log_to_the_end());
    let slow = lines.iter().find(|line| line["message"] == "slow request").expect("a line");
    assert_eq!((&slow["level"], &slow["path"]), (&json!("WARN"), &json!("/livez")));
    assert!(slow["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{slow}");
}
