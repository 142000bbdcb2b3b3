//! The same events in a cluster and in one database: whatever is asked, the answers are equal.

use raceway_programs::{Style, Told, batches, body, classics, generate, run, write};
use serde_json::Value;

use crate::harness::{Flavour, Servers, Sharded, Sidecar, percent_encoded, recorded_requests};

/// What is asked of all traces.
const PATHS: [&str; 15] = [
    "/status",
    "/api/traces?page_size=1000",
    "/api/traces?page_size=7",
    "/api/traces?page_size=7&page=3",
    "/api/traces?min_events=3&page_size=5&page=2",
    "/api/services",
    "/api/services/health?time_window_minutes=10000000",
    "/api/distributed/edges",
    "/api/distributed/hotspots",
    "/api/distributed/global-races",
    "/api/distributed/global-races?start_time=2020-01-01T00:00:00Z&end_time=2030-01-01T00:00:00Z",
    "/api/analyze/global",
    "/api/performance/metrics?window_minutes=10000000",
    "/api/performance/metrics?window_minutes=1",
    "/api/services/orders/traces",
];

/// And of each.
const OF_TRACE: [&str; 5] = ["", "/critical-path", "/anomalies", "/dependencies", "/audit-trail"];

pub(super) fn recorded(servers: &Servers) {
    let bodies = recorded_requests();
    compare(servers, &bodies, &[]);
}

/// Such as race with each other, in one trace or between many.
pub(super) fn programs(servers: &Servers) {
    let mut bodies = Vec::new();
    for seed in 0..60 {
        let execution = run(&generate(seed), seed);
        let style = Style::ALL[usize::try_from(seed).expect("few") % Style::ALL.len()];
        let Some(told) = Told::of(&execution, style) else { continue };
        let events = write(&execution, &told, style, seed);
        bodies.extend(batches(&events, seed).into_iter().map(|batch| body(batch).to_string()));
    }
    for classic in classics::all() {
        let events = classic.events(Style::ALL[1]);
        bodies.extend(batches(&events, 1).into_iter().map(|batch| body(batch).to_string()));
    }
    compare(servers, &bodies, &["raceway_races", "raceway_critical_path", "raceway_contention"]);
}

/// By HTTP, and by functions of a trace in SQL; before traces are counted in kept figures, and after.
fn compare(servers: &Servers, bodies: &[String], functions: &[&str]) {
    let sharded = Sharded::on(servers);
    let single = servers.all()[0].create_with(Flavour::Extension);
    let sidecars = [sharded.sidecar(), Sidecar::postgres(&single)];
    for body in bodies {
        let [one, other] = sidecars.each_ref().map(|sidecar| sidecar.post(body).data());
        assert_eq!(one, other);
    }
    let listed = sidecars[1].get("/api/traces?page_size=1000").data();
    let ids: Vec<&str> = listed["traces"]
        .as_array()
        .expect("traces")
        .iter()
        .map(|trace| trace["trace_id"].as_str().expect("an id"))
        .collect();
    let of_traces = ids.iter().step_by(1 + ids.len() / 40).flat_map(|id| {
        let id = percent_encoded(id);
        OF_TRACE.map(|part| format!("/api/traces/{id}{part}"))
    });
    let paths: Vec<String> = PATHS.iter().map(ToString::to_string).chain(of_traces).collect();
    for is_counted in [false, true] {
        if is_counted {
            let count = "SELECT raceway_update_figures(1000)";
            sharded.connect().query(count, &[]).expect(count);
            single.connect().query(count, &[]).expect(count);
        }
        for path in &paths {
            let [one, other] = sidecars.each_ref().map(|sidecar| {
                let answer = sidecar.get(path);
                (answer.status, timeless(answer.json))
            });
            assert_eq!(one, other, "{path}, counted: {is_counted}");
        }
    }
    let [one, other] = sidecars.each_ref().map(|sidecar| sidecar.export(""));
    assert_eq!(one, other, "exports");
    for function in functions {
        let sql = format!(
            "SELECT count(*), md5(string_agg(found::text, E'\\n' ORDER BY id, found::text))
             FROM unnest($1::text[]) AS id, {function}(id) AS found"
        );
        let [one, other] = [&sharded.proxies[1], &single].map(|database| {
            let row = database.connect().query_one(&sql, &[&ids]).expect(function);
            (row.get::<_, i64>(0), row.get::<_, Option<String>>(1))
        });
        assert!(one.0 > 0, "{function} finds nothing");
        assert_eq!(one, other, "{function}");
    }
    sharded.assert_is_true();
}

/// Without what depends on when it was asked for.
fn timeless(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(members) => {
            for name in ["status", "minutes_since_last_activity", "uptime_seconds"] {
                members.remove(name);
            }
            members.values_mut().for_each(|value| *value = timeless(value.take()));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = timeless(value.take())),
        _ => {}
    }
    answer
}
