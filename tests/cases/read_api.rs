//! What spans many traces, over HTTP: the same from every store, in the types that clients expect.

mod client;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use raceway_analysis::figures::Quantiles;
use raceway_model::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::client::{
    AllServices, Dependencies, Global, GlobalRaces, Health, Hotspots, Metrics, ServiceGraph,
    ServiceTraces,
};
use crate::World;
use crate::harness::{
    Flavour, HttpClient, Network, Sidecar, Site, await_until, event, percent_encoded,
    recorded_requests, requests_of,
};

const LIMIT: Duration = Duration::from_secs(30);

type Case = fn(&World, crate::StoreKind);

const CASES: [(&str, Case); 14] = [
    ("an_empty_store_has_every_key", empty),
    ("recorded_traffic_is_what_clients_read", recorded),
    ("an_unknown_service_has_nothing", unknown),
    ("a_wrong_parameter_is_told", wrong_parameter),
    ("a_wrong_method_is_told_in_json", wrong_method),
    ("pages_are_disjoint_and_complete", pages),
    ("durations_that_are_alike_or_nothing_give_numbers", alike_or_nothing),
    ("a_call_is_counted_once_wherever_it_is_counted", calls),
    ("health_is_by_the_last_event_of_each_service", health),
    ("performance_is_that_of_brute_force", performance),
    ("a_limit_is_honoured_each_time", limit),
    ("a_lost_update_of_two_traces_is_found", lost_update),
    ("a_window_ends_at_the_newest_event", window),
    ("what_took_longer_than_before_is_an_anomaly", anomalies),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: crate::StoreKind| {
        CASES.map(|(name, case)| {
            let name = format!("read_api::{}::{name}", store.name());
            world.trial(&name, move |world| case(world, store))
        })
    };
    let mut trials: Vec<Trial> = world.stores().into_iter().flat_map(of_store).collect();
    trials.extend(crate::trials(
        world,
        "read_api",
        &[
            ("stores_answer_alike", alike),
            ("answers_are_the_same_after_a_restart", restarted),
            ("what_is_deleted_is_not_counted", deleted),
            ("what_takes_long_is_given_again", given_again),
            ("what_waits_answers_while_postgres_is_away", away),
        ],
    ));
    trials
}

/// `data` of an answer that a client takes.
fn read<T: DeserializeOwned>(sidecar: &Sidecar, path: &str) -> T {
    let data = sidecar.get(path).data();
    serde_json::from_value(data.clone()).unwrap_or_else(|error| panic!("{path}: {error}\n{data}"))
}

/// Answers about all traces, and about one service.
#[derive(Debug, PartialEq)]
struct All {
    services: AllServices,
    edges: ServiceGraph,
    hotspots: Hotspots,
    races: GlobalRaces,
    global: Global,
    performance: Metrics,
}

fn all(sidecar: &Sidecar) -> All {
    All {
        services: read(sidecar, "/api/services"),
        edges: read(sidecar, "/api/distributed/edges"),
        hotspots: read(sidecar, "/api/distributed/hotspots"),
        races: read(sidecar, "/api/distributed/global-races"),
        global: read(sidecar, "/api/analyze/global"),
        performance: read(sidecar, "/api/performance/metrics"),
    }
}

fn dependencies(sidecar: &Sidecar, service: &str) -> Dependencies {
    read(sidecar, &format!("/api/services/{}/dependencies", percent_encoded(service)))
}

fn traces_of(sidecar: &Sidecar, service: &str) -> ServiceTraces {
    read(sidecar, &format!("/api/services/{}/traces", percent_encoded(service)))
}

fn send_recorded(sidecar: &Sidecar) {
    for body in recorded_requests() {
        sidecar.post(&body).data();
    }
}

fn empty(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    let all = all(&sidecar);
    assert_eq!((all.services.total_services, all.services.services.len()), (0, 0));
    assert_eq!((all.edges.total_edges, all.races.total_races), (0, 0));
    assert_eq!((all.global.total_traces, all.global.potential_races), (0, 0));
    assert!(all.hotspots.top_variables.is_empty() && all.hotspots.top_service_calls.is_empty());
    let Metrics { trace_latency, throughput, .. } = all.performance;
    let zeros = [trace_latency.avg_ms, trace_latency.p99_ms, throughput.time_range_seconds];
    assert!(zeros.iter().all(|&zero| is_near(zero, 0.0)), "{zeros:?}");
    assert_eq!(read::<Vec<Health>>(&sidecar, "/api/services/health"), []);
}

fn recorded(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    send_recorded(&sidecar);
    let found = all(&sidecar);
    assert_eq!(found, all(&sidecar), "asked twice");
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let listed = list["traces"].as_array().expect("traces");
    let counts = sidecar.get("/status").data();
    let events: u64 = found.services.services.iter().map(|service| service.event_count).sum();
    assert_eq!(events, counts["events_captured"]);
    let health: Vec<Health> = read(&sidecar, "/api/services/health?time_window_minutes=10000000");
    assert_eq!(health.len() as u64, found.services.total_services);
    for (service, health) in found.services.services.iter().zip(&health) {
        assert_eq!((&service.name, service.trace_count), (&health.name, health.trace_count));
        assert!(Timestamp::parse(&health.last_activity).is_some(), "{health:?}");
        let events = health.avg_events_per_trace * trace_count(health);
        assert!((events - count(service.event_count)).abs() < 1e-6, "{health:?}");
        let with_service = |trace: &&Value| {
            trace["services"].as_array().expect("services").contains(&json!(service.name))
        };
        if service.name != "unknown" {
            let traces = traces_of(&sidecar, &service.name);
            assert_eq!((&traces.service_name, traces.page_size), (&service.name, 100));
            assert_eq!(traces.total_traces, service.trace_count);
            assert_eq!(traces.traces.len(), listed.iter().filter(with_service).count().min(100));
        }
    }
    assert!(found.races.total_races > 0 && found.performance.event_performance.by_type.len() > 2);
    assert!(found.hotspots.top_variables.len() <= 10);
    let hottest: Vec<u64> =
        found.hotspots.top_variables.iter().map(|variable| variable.access_count).collect();
    assert!(hottest.is_sorted_by(|one, other| one >= other), "{hottest:?}");
}

#[expect(clippy::cast_precision_loss, reason = "few")]
fn count(count: u64) -> f64 {
    count as f64
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

fn trace_count(health: &Health) -> f64 {
    count(health.trace_count)
}

fn unknown(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    sidecar.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    let long = "l".repeat(255);
    for name in ["nobody", "a/b", "50%", "größe.π", "\0", &long] {
        let Dependencies { service_name, calls_to, called_by, .. } = dependencies(&sidecar, name);
        assert_eq!((&*service_name, calls_to.len(), called_by.len()), (name, 0, 0));
        let traces = traces_of(&sidecar, name);
        assert_eq!((&*traces.service_name, traces.total_traces), (name, 0));
        assert_eq!((traces.page, traces.total_pages, traces.traces.len()), (1, 0, 0));
    }
    assert!(sidecar.get("/api/services/bank").error(404).contains("no such route"));
    assert_eq!(traces_of(&sidecar, "bank").total_traces, 1);
    let past: ServiceTraces = read(&sidecar, "/api/services/bank/traces?page=9&page_size=1");
    assert_eq!((past.page, past.page_size, past.total_pages, past.traces.len()), (9, 1, 1, 0));
}

fn wrong_parameter(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    for (path, name) in [
        ("services/health", "time_window_minutes"),
        ("performance/metrics", "limit"),
        ("performance/metrics", "window_minutes"),
        ("services/bank/traces", "page"),
        ("services/bank/traces", "page_size"),
        ("traces", "page"),
        ("traces", "page_size"),
    ] {
        for wrong in ["0", "-1", "abc", "1.5", "", "1000000000000"] {
            let error = sidecar.get(&format!("/api/{path}?{name}={wrong}")).error(400);
            assert!(
                error.starts_with(&format!("{name}: expected a whole number from 1")),
                "{error}"
            );
        }
        let error = sidecar.get(&format!("/api/{path}?{name}=1&{name}=2")).error(400);
        assert!(error.contains("expected once"), "{error}");
        sidecar.get(&format!("/api/{path}?{name}=4294967295")).data();
    }
    for wrong in ["-1", "abc", "1000000000000", "1&min_events=2"] {
        let error = sidecar.get(&format!("/api/traces?min_events={wrong}")).error(400);
        assert!(error.starts_with("min_events: expected "), "{error}");
    }
    for (path, expected) in [
        ("services?page=1", "page: expected no parameters"),
        ("services/bank/dependencies?page=1", "page: expected no parameters"),
        ("services/bank/traces?service=shop", "service: expected in the path alone"),
        ("services/%FF/traces", "service: expected UTF-8"),
        ("distributed/edges?x=1", "x: expected no parameters"),
        ("distributed/hotspots?x=1", "x: expected no parameters"),
        ("distributed/global-races?from=today", "from: expected an RFC 3339"),
        ("analyze/global?since=x", "since: no such parameter: expected from, until"),
    ] {
        let error = sidecar.get(&format!("/api/{path}")).error(400);
        assert!(error.contains(expected), "{path}: {error}");
    }
}

fn wrong_method(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    let client = HttpClient::new(None);
    for path in [
        "/api/traces",
        "/api/traces/t",
        "/api/traces/t/critical-path",
        "/api/traces/t/anomalies",
        "/api/traces/t/dependencies",
        "/api/traces/t/audit-trail",
        "/api/traces/t/audit-trail/x",
        "/api/analyze/global",
        "/api/services",
        "/api/services/health",
        "/api/services/bank/traces",
        "/api/services/bank/dependencies",
        "/api/performance/metrics",
        "/api/distributed/edges",
        "/api/distributed/hotspots",
        "/api/distributed/global-races",
        "/api/export",
        "/status",
        "/openapi.json",
    ] {
        let answer = client.try_post(&format!("{}{path}", sidecar.url()), b"[]", &[]);
        assert!(answer.expect("an answer").error(405).contains("method not allowed"), "{path}");
    }
}

fn pages(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    // Some start at the same instant.
    let trace = |number: u32| {
        let start = format!("2026-11-22T12:00:{:02}Z", number / 3);
        event(&format!("trace {number:02}"), "e", &start)
    };
    sidecar.store(&(0..23).map(trace).collect::<Vec<_>>());
    for (path, usual) in [("/api/traces", 20), ("/api/services/bank/traces", 100)] {
        assert_eq!(sidecar.get(path).data()["page_size"], usual);
        for size in [1, 5, 22, 23, 24] {
            let pages = 23_usize.div_ceil(size);
            let mut seen = Vec::new();
            for page in 1..=pages + 1 {
                let data = sidecar.get(&format!("{path}?page={page}&page_size={size}")).data();
                assert_eq!(
                    (&data["total_traces"], &data["total_pages"]),
                    (&json!(23), &json!(pages))
                );
                let traces = data["traces"].as_array().expect("traces");
                assert_eq!(traces.is_empty(), page > pages, "{path}, {page} of {size}");
                seen.extend(traces.iter().map(|trace| trace["trace_id"].to_string()));
            }
            assert_eq!(seen.len(), 23, "{path}, {size}");
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 23, "{path}, {size}");
        }
    }
}

/// Where a mean or a deviation is nothing, a quotient would be no number.
fn alike_or_nothing(world: &World, store: crate::StoreKind) {
    for milliseconds in [0.0, 5.0] {
        let sidecar = world.sidecar(store);
        for number in 0..30 {
            sidecar.store(&[call(&format!("t{number}"), "e", number, milliseconds)]);
        }
        sidecar.store(&[call("last", "e", 31, milliseconds), call("last", "f", 31, 9.0)]);
        let found = all(&sidecar);
        let average = found.performance.event_performance.by_type[0].avg_duration_ms;
        assert!((average - milliseconds).abs() < 0.5, "{average}");
        assert!(is_near(found.performance.trace_latency.p99_ms, 0.0));
        let anomalies = sidecar.get("/api/traces/last").data()["anomalies"].take();
        let [anomaly] = &**anomalies.as_array().expect("anomalies") else { panic!("{anomalies}") };
        assert_eq!((&anomaly["event_id"], &anomaly["severity"]), (&json!("f"), &json!("Critical")));
        assert!(anomaly["std_dev_from_mean"].as_f64().expect("a number") <= 1000.0, "{anomaly}");
    }
}

/// The recorded traffic of an SDK, in which a service calls itself: each request that is called gets a service
/// of its own.
fn between_services(sdk: &str) -> Vec<String> {
    let renamed = |body: String| {
        let mut body: Value = serde_json::from_str(&body).expect("JSON");
        for event in body["events"].as_array_mut().expect("events") {
            let upstream = event["metadata"]["upstream_span_id"].as_str();
            if let Some(span) = upstream.filter(|_| event["parent_id"].is_null()) {
                event["metadata"]["service_name"] = format!("called by {span}").into();
            }
        }
        body.to_string()
    };
    requests_of(sdk).into_iter().map(renamed).collect()
}

/// Of the recorded traffic of each SDK, sent twice.
fn calls(world: &World, store: crate::StoreKind) {
    for (sdk, expected) in [("go", 9), ("python", 3), ("rust", 6), ("typescript", 3)] {
        let sidecar = world.sidecar(store);
        let bodies = between_services(sdk);
        for body in bodies.iter().chain(&bodies) {
            sidecar.post(body).data();
        }
        let All { services, edges, hotspots, .. } = all(&sidecar);
        assert_eq!(edges.total_edges, edges.edges.len());
        let of_edges: u64 = edges.edges.iter().map(|edge| edge.call_count).sum();
        assert_eq!(of_edges, expected, "{sdk}: {edges:?}");
        let of_hotspots: u64 = hotspots.top_service_calls.iter().map(|call| call.call_count).sum();
        assert_eq!(of_hotspots, expected, "{sdk}");
        let list = sidecar.get("/api/traces?page_size=1000").data();
        let of_traces: u64 = list["traces"]
            .as_array()
            .expect("traces")
            .iter()
            .map(|trace| {
                let id = trace["trace_id"].as_str().expect("an id");
                let path = format!("/api/traces/{}/dependencies", percent_encoded(id));
                let calls = sidecar.get(&path).data()["dependencies"].take();
                let calls = calls.as_array().expect("calls").iter();
                calls.map(|call| call["call_count"].as_u64().expect("a count")).sum::<u64>()
            })
            .sum();
        assert_eq!(of_traces, expected, "{sdk}");
        let (mut out, mut into) = (0, 0);
        for service in &services.services {
            let Dependencies { calls_to, called_by, .. } = dependencies(&sidecar, &service.name);
            for neighbour in calls_to.iter().chain(&called_by) {
                assert_ne!(neighbour.to, service.name);
                assert!((1..=neighbour.total_calls).contains(&neighbour.trace_count));
            }
            out += calls_to.iter().map(|neighbour| neighbour.total_calls).sum::<u64>();
            into += called_by.iter().map(|neighbour| neighbour.total_calls).sum::<u64>();
        }
        assert_eq!((out, into), (expected, expected), "{sdk}");
    }
}

/// So many seconds before now.
fn ago(seconds: i64) -> String {
    let now = chrono::Utc::now().timestamp_micros();
    Timestamp::nearest(now - seconds * 1_000_000).to_string()
}

fn of_service(service: &str, timestamp: &str) -> Value {
    let mut event = event(&format!("of {service}"), &format!("e {timestamp}"), timestamp);
    event["metadata"]["service_name"] = service.into();
    event
}

fn health(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    // Some seconds may pass until they are asked for.
    let services = [
        ("a", 300 - 20, "healthy"),
        ("b", 300, "warning"),
        ("c", 1800 - 20, "warning"),
        ("d", 1800, "critical"),
        ("e", -600, "healthy"),
        ("f", 7200, "critical"),
    ];
    for (service, seconds, _) in services {
        sidecar.store(&[
            of_service(service, &ago(seconds)),
            of_service(service, &ago(seconds + 7200)),
        ]);
    }
    let found: Vec<Health> = read(&sidecar, "/api/services/health?time_window_minutes=60");
    assert_eq!(found.len(), services.len());
    for ((service, seconds, status), health) in services.into_iter().zip(found) {
        assert_eq!((&*health.name, &*health.status), (service, status), "{health:?}");
        let recent = u32::from(seconds < 3600);
        assert_eq!(health.trace_count, u64::from(recent), "{health:?}");
        assert!(is_near(health.avg_events_per_trace, f64::from(recent)), "{health:?}");
        let minutes = f64::from(i32::try_from(seconds.max(0)).expect("few")) / 60.0;
        let late = health.minutes_since_last_activity - minutes;
        assert!((0.0..0.3).contains(&late), "{health:?}");
    }
}

/// Traces that end in the last hour, one a minute, with some events of known durations.
fn timed(number: i64) -> Vec<Value> {
    let start =
        Timestamp::parse("2026-11-22T12:00:00Z").expect("noon").micros() + number * 60_000_000;
    let took = 1_000 * (number % 7) * (number % 11);
    let event = |id: &str, micros: i64, service: &str, kind: &str, duration: Option<i64>| {
        json!({
            "id": format!("{number} {id}"), "trace_id": format!("trace {number:02}"),
            "parent_id": null, "timestamp": Timestamp::nearest(micros).to_string(),
            "kind": { kind: {} }, "causality_vector": [], "lock_set": [],
            "metadata": { "thread_id": "t", "service_name": service, "duration_ns": duration }
        })
    };
    vec![
        event("a", start, "web", "FunctionCall", Some(number * 1_000)),
        event("b", start, "web", "FunctionCall", None),
        event(
            "c",
            start + took,
            ["bank", "shop"][usize::from(number % 2 == 0)],
            "DatabaseQuery",
            Some(0),
        ),
    ]
}

fn performance(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    for number in 0..60 {
        sidecar.store(&timed(number));
    }
    // Of the newest event's 30 minutes.
    let found: Metrics = read(&sidecar, "/api/performance/metrics?window_minutes=30&limit=5");
    let newest = 59 * 60_000_000 + 1_000 * (59 % 7) * (59 % 11);
    let numbers: Vec<i64> = (0..60)
        .filter(|number| {
            number * 60_000_000 + 1_000 * (number % 7) * (number % 11) >= newest - 1_800_000_000
        })
        .collect();
    let took = |number: i64| f64::from(i32::try_from((number % 7) * (number % 11)).expect("few"));
    let mut durations: Vec<f64> = numbers.iter().map(|&number| took(number)).collect();
    durations.sort_by(f64::total_cmp);
    let latency = &found.trace_latency;
    let average = durations.iter().sum::<f64>() / count(durations.len() as u64);
    assert!(is_near(latency.avg_ms, average), "{latency:?}");
    for (share, found) in [(0.5, latency.p50_ms), (0.95, latency.p95_ms), (0.99, latency.p99_ms)] {
        let exact = percentile(&durations, share);
        let error = (found - exact).abs();
        assert!(error <= exact * Quantiles::RELATIVE_ERROR + 1e-9, "{share}: {found}, not {exact}");
    }
    let mut slowest: Vec<_> = numbers.clone();
    slowest.sort_by(|&one, &other| took(other).total_cmp(&took(one)).then(one.cmp(&other)));
    let ids: Vec<String> = slowest[..5].iter().map(|number| format!("trace {number:02}")).collect();
    let found_ids: Vec<_> =
        latency.slowest_traces.iter().map(|trace| trace.trace_id.clone()).collect();
    assert_eq!(found_ids, ids);
    assert!(is_near(latency.slowest_traces[0].duration_ms, took(slowest[0])));
    let first = &latency.slowest_traces[0].services;
    assert_eq!(first, &[["bank", "shop"][usize::from(slowest[0] % 2 == 0)], "web"]);

    // Of these events: a trace that begins before the window may end in it.
    let first_in = |number: &&i64| **number * 60_000_000 >= newest - 1_800_000_000;
    let begun: Vec<i64> = numbers.iter().filter(first_in).copied().collect();
    let microseconds = begun.iter().sum::<i64>();
    let by_type = &found.event_performance.by_type;
    let kinds: Vec<_> = by_type.iter().map(|of| (&*of.r#type, of.count)).collect();
    assert_eq!(
        kinds,
        [("FunctionCall", begun.len() as u64), ("DatabaseQuery", numbers.len() as u64)]
    );
    let expected =
        f64::from(i32::try_from(microseconds).expect("few")) / 1e3 / count(begun.len() as u64);
    assert!(is_near(by_type[0].avg_duration_ms, expected), "{by_type:?}");
    let services: Vec<_> = found.service_latency.iter().map(|of| &*of.service).collect();
    assert_eq!(services, ["web", "bank", "shop"]);
    let range = found.throughput.time_range_seconds;
    let events = count((2 * begun.len() + numbers.len()) as u64);
    assert!(is_near(found.throughput.events_per_second, events / range));
    let traces = count(numbers.len() as u64);
    assert!(is_near(found.throughput.traces_per_second, traces / range));
}

/// As `percentile_cont` has it.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * count(sorted.len() as u64 - 1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and not negative"
    )]
    let below = place.floor() as usize;
    let above = sorted.get(below + 1).copied().unwrap_or(sorted[below]);
    sorted[below] + (above - sorted[below]) * place.fract()
}

fn limit(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    for number in 0..60 {
        sidecar.store(&timed(number));
    }
    let slowest = |query: &str| {
        let found: Metrics = read(&sidecar, &format!("/api/performance/metrics{query}"));
        found.trace_latency.slowest_traces.len()
    };
    let queries = ["?limit=3", "?limit=7", "?limit=3", "", "?limit=4294967295"];
    assert_eq!(queries.map(slowest), [3, 7, 3, 50, 60]);
}

/// A request that reads and writes, and one of another trace that writes in between.
fn interrupted(second: u32) -> [Value; 3] {
    let of = |trace: &str, id: &str, at: u32, parent: Option<&str>, access: &str, value: i64| {
        let mut event = event(trace, id, &format!("2026-11-22T12:00:{at:02}Z"));
        event["parent_id"] = json!(parent);
        event["causality_vector"] = json!([]);
        event["kind"]["StateChange"] = json!({
            "variable": "balance", "access_type": access, "new_value": value, "location": "a.rs:1"
        });
        event
    };
    [
        of("aaaaaaaa-1", "00000000-a1", second, None, "Read", 100),
        of("bbbbbbbb-2", "11111111-b", second + 1, None, "Write", 70),
        of("aaaaaaaa-1", "22222222-a2", second + 2, Some("00000000-a1"), "Write", 50),
    ]
}

fn lost_update(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    sidecar.store(&interrupted(1));
    let global: Global = read(&sidecar, "/api/analyze/global");
    assert_eq!((global.total_traces, global.total_events), (2, 3));
    assert_eq!((global.potential_races, global.concurrent_events, global.is_exact), (1, 1, true));
    let [race] = &*global.race_details else { panic!("{global:?}") };
    assert_eq!((&*race.severity, &*race.variable), ("Critical", "balance"));
    assert_eq!((&*race.trace1_id, &*race.trace2_id), ("aaaaaaaa-1", "bbbbbbbb-2"));
    assert_eq!((&*race.event1_id, &*race.event2_id), ("22222222-a2", "11111111-b"));
    assert_eq!(
        global.anomalies,
        [
            "🚨 CRITICAL RACE on balance (lost update)",
            "   Event 1: 22222222 @ a.rs:1 [t-1]",
            "   Trace aaaaaaaa",
            "   Event 2: 11111111 @ a.rs:1 [t-1]",
            "   Trace bbbbbbbb",
        ]
    );
    let races: GlobalRaces = read(&sidecar, "/api/distributed/global-races");
    let [race] = &*races.races else { panic!("{races:?}") };
    assert_eq!((&*race.variable, &*race.severity, races.total_races), ("balance", "CRITICAL", 1));
    assert_eq!((race.trace_count, race.access_count, race.thread_count), (2, 3, 2));
    assert_eq!(race.access_types, ["Read", "Write"]);
    assert_eq!(race.trace_ids, ["aaaaaaaa-1", "bbbbbbbb-2"]);
}

fn window(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    sidecar.store(&interrupted(1));
    let found = |query: &str| {
        let global: Global = read(&sidecar, &format!("/api/analyze/global{query}"));
        let races: GlobalRaces = read(&sidecar, &format!("/api/distributed/global-races{query}"));
        (global.total_traces, global.potential_races, races.total_races)
    };
    assert_eq!(found(""), (2, 1, 1));
    assert_eq!(found("?from=2026-11-22T12:00:03Z"), (1, 0, 0));
    assert_eq!(found("?from=2026-11-22T12:00:03.000001Z"), (0, 0, 0));
    assert_eq!(found("?until=2026-11-22T12:00:02Z"), (1, 0, 0));
    assert_eq!(found("?until=2026-11-22T12:00:02.000001Z"), (2, 1, 1));
    assert_eq!(found("?until=2026-11-23T12:00:01Z"), (2, 1, 1));
    assert_eq!(found("?until=2026-11-24T12:00:01Z"), (0, 0, 0));
    assert_eq!(found("?from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z"), (2, 1, 1));
    assert_eq!(found("?from=2026-11-23T00:00:00Z&until=2026-11-22T00:00:00Z"), (0, 0, 0));
    // A day later, it has passed; a wrong clock hides nothing.
    sidecar.store(&[event("later", "l", "2026-11-23T12:00:04Z")]);
    assert_eq!(found(""), (1, 0, 0));
    sidecar.store(&[event("wrong", "w", "2999-01-01T00:00:00Z")]);
    assert_eq!(found("?from=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z"), (2, 1, 1));
}

fn call(trace: &str, id: &str, second: u32, milliseconds: f64) -> Value {
    let mut event = event(trace, id, &format!("2026-11-22T12:00:{second:02}Z"));
    event["kind"] = json!({ "FunctionCall": { "function_name": "pay" } });
    event["metadata"]["duration_ns"] = json!(milliseconds * 1e6);
    event
}

fn anomalies(world: &World, store: crate::StoreKind) {
    let sidecar = world.sidecar(store);
    let of = |trace: &str| {
        let path = format!("/api/traces/{trace}");
        let whole = sidecar.get(&path).data()["anomalies"].take();
        let alone = sidecar.get(&format!("{path}/anomalies")).data();
        assert_eq!(alone["anomalies"], whole);
        assert_eq!(alone["anomaly_count"], whole.as_array().expect("anomalies").len());
        whole
    };
    let durations = [0.0, 120.0, 120.001, 130.001, 150.0, 150.001];
    let slow: Vec<Value> = (0..)
        .zip(durations)
        .map(|(number, took)| call("slow", &format!("s{number}"), 30, took))
        .collect();
    sidecar.store(&slow);
    for number in 0..19 {
        let took = if number < 10 { 90.0 } else { 110.0 };
        sidecar.store(&[call(&format!("before {number}"), "e", number, took)]);
    }
    assert_eq!(of("slow"), json!([]), "19 samples are too few");
    sidecar.store(&[call("before 19", "e", 19, 110.0)]);
    let found = of("slow");
    let severities: Vec<(&str, &str)> = found
        .as_array()
        .expect("anomalies")
        .iter()
        .map(|found| {
            (found["event_id"].as_str().expect("an id"), found["severity"].as_str().expect("one"))
        })
        .collect();
    assert_eq!(
        severities,
        [("s2", "Minor"), ("s3", "Warning"), ("s4", "Warning"), ("s5", "Critical")]
    );
    assert_eq!(
        (&found[0]["expected_duration_ms"], &found[0]["event_kind"]),
        (&json!(100.0), &json!("FunctionCall(pay)"))
    );
    sidecar.store(&[call("after", "e", 40, 10_000.0)]);
    assert_eq!(of("slow"), found, "newer traces change nothing");
}

/// Answers by their paths, and the health of services but for the time since.
type Recorded = (BTreeMap<String, Vec<u8>>, Vec<Health>);

/// Everything that is asked of recorded traffic, as it is answered.
fn answers(sidecar: &Sidecar) -> BTreeMap<String, Vec<u8>> {
    let AllServices { services, .. } = read(sidecar, "/api/services");
    let list = sidecar.get("/api/traces?page_size=1000").data();
    let services = services.iter().map(|service| percent_encoded(&service.name));
    let services: Vec<String> = services.collect();
    let mut paths: BTreeSet<String> = [
        "/api/services",
        "/api/distributed/edges",
        "/api/distributed/hotspots",
        "/api/distributed/global-races",
        "/api/distributed/global-races?from=2000-01-01T00:00:00Z",
        "/api/analyze/global",
        "/api/analyze/global?from=2000-01-01T00:00:00Z",
        "/api/performance/metrics",
        "/api/performance/metrics?window_minutes=4294967295&limit=7",
    ]
    .map(str::to_owned)
    .into();
    for service in &services {
        paths.insert(format!("/api/services/{service}/dependencies"));
        paths.insert(format!("/api/services/{service}/traces"));
    }
    for trace in list["traces"].as_array().expect("traces") {
        let id = percent_encoded(trace["trace_id"].as_str().expect("an id"));
        paths.insert(format!("/api/traces/{id}/anomalies"));
    }
    let answer = |path: String| {
        let body = sidecar.get_bytes(&path);
        assert_eq!(body, sidecar.get_bytes(&path), "{path}, asked twice");
        (path, body)
    };
    paths.into_iter().map(answer).collect()
}

fn alike(world: &World) {
    let mut expected: Option<Recorded> = None;
    for store in world.stores() {
        let sidecar = world.sidecar(store);
        send_recorded(&sidecar);
        sidecar.store(&interrupted(1));
        let mut health: Vec<Health> =
            read(&sidecar, "/api/services/health?time_window_minutes=4294967295");
        for of_service in &mut health {
            of_service.minutes_since_last_activity = 0.0;
        }
        let found = (answers(&sidecar), health);
        let Some(expected) = &expected else {
            expected = Some(found);
            continue;
        };
        for (path, body) in &found.0 {
            let text = String::from_utf8_lossy(body);
            let other = expected.0.get(path).map(|body| String::from_utf8_lossy(body));
            assert_eq!(Some(text), other, "{}: {path}", store.name());
        }
        assert_eq!(found.0.len(), expected.0.len());
        assert_eq!(found.1, expected.1, "{}", store.name());
    }
}

fn deleted(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let sidecar = Sidecar::postgres(&database);
        let nothing = all(&sidecar);
        send_recorded(&sidecar);
        assert_ne!(all(&sidecar), nothing);
        let mut client = database.for_superuser().connect();
        client.execute("DELETE FROM traces WHERE trace_id < 'd'", &[]).expect("DELETE");
        let services: AllServices = read(&sidecar, "/api/services");
        let events: u64 = services.services.iter().map(|service| service.event_count).sum();
        assert_eq!(events, sidecar.get("/status").data()["events_captured"]);
        client.execute("DELETE FROM traces", &[]).expect("DELETE");
        assert_eq!(all(&sidecar), nothing);
        assert_eq!(read::<Vec<Health>>(&sidecar, "/api/services/health"), []);
    }
}

fn restarted(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let mut first = Sidecar::postgres(&database);
        send_recorded(&first);
        let before = all(&first);
        assert!(first.terminate().success());
        assert_eq!(all(&Sidecar::postgres(&database)), before, "{flavour:?}");
    }
}

/// For a minute: whoever asks in between is told how old it is, or asks for a new one.
fn given_again(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    send_recorded(&sidecar);
    for path in ["/api/distributed/global-races", "/api/analyze/global"] {
        let url = format!("{}{path}", sidecar.url());
        let ask = || ureq::get(&url).call().expect("an answer");
        let mut holder = database.connect();
        holder.batch_execute("BEGIN; LOCK TABLE traces").expect("LOCK");
        let (asked, mut first) = thread::scope(|scope| {
            let asking = scope.spawn(|| (Instant::now(), ask()));
            database.await_a_waiting_session();
            holder.execute("SELECT pg_sleep(0.6)", &[]).expect("pg_sleep");
            holder.batch_execute("COMMIT").expect("COMMIT");
            asking.join().expect("an answer")
        });
        assert_eq!(first.headers().get("age"), None);
        sidecar.post(&event(path, "e", "2026-11-22T12:00:00Z").to_string()).data();
        let mut again = ask();
        assert_eq!(first.body_mut().read_to_string().ok(), again.body_mut().read_to_string().ok());
        let age = again.headers().get("age").and_then(|age| age.to_str().ok()?.parse().ok());
        assert!(age.is_some_and(|age| Duration::from_secs(age) <= asked.elapsed()), "{again:?}");
        let newer = ureq::get(&url).header("cache-control", "no-cache").call().expect("an answer");
        assert_eq!(newer.headers().get("age"), None);
    }
}

fn away(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let proxy = world.cluster().proxy();
    let site = Site::on(&database.through(&[&proxy]));
    let sidecar = site.start();
    let is_degraded = |path: &str| sidecar.get(path).json["degraded"] == true;
    assert!(!is_degraded("/api/services"));
    proxy.set(Network::Refuse);
    sidecar.post(&interrupted(1)[0].to_string()).data();
    for path in [
        "/api/services",
        "/api/services/health",
        "/api/services/bank/traces",
        "/api/services/bank/dependencies",
        "/api/performance/metrics",
        "/api/distributed/edges",
        "/api/distributed/hotspots",
        "/api/distributed/global-races",
        "/api/analyze/global",
        "/api/traces/aaaaaaaa-1/anomalies",
    ] {
        assert!(is_degraded(path), "{path}");
    }
    let all = all(&sidecar);
    assert_eq!((all.services.total_services, all.global.total_events), (1, 1));
    assert_eq!(all.hotspots.top_variables.len(), 1);
    proxy.set(Network::Pass);
    sidecar.await_drained();
    await_until("an answer of Postgres", LIMIT, || !is_degraded("/api/services"));
    assert_eq!(read::<AllServices>(&sidecar, "/api/services").total_services, 1);
}
