//! Whether kept figures are those of the events.

use std::time::Duration;

use postgres::{Client, GenericClient};
use serde_json::Value;

use crate::sidecar::percent_encoded;
use crate::{Database, Flavour, Sidecar, await_until};

/// All answers that are made of kept figures.
const ANSWERS: &str = "
    SELECT 'service ' || found::text FROM raceway_services() AS found
    UNION ALL
    SELECT concat_ws(' ', 'health', name, trace_count, last_activity, avg_events_per_trace)
    FROM raceway_service_health('1000 years')
    UNION ALL SELECT 'edge ' || found::text FROM raceway_edges() AS found
    UNION ALL SELECT 'hotspot ' || found::text FROM raceway_hotspots(1000) AS found
    UNION ALL SELECT 'performance ' || found::text FROM raceway_performance(1000, '1000 years') AS found
    UNION ALL SELECT 'of a second ' || found::text FROM raceway_performance(1, '1 second') AS found
    UNION ALL
    SELECT concat_ws(' ', 'anomalies', trace_id, found)
    FROM (SELECT trace_id FROM traces ORDER BY trace_id
          -- From the events, each reads all of them: not of so many.
          LIMIT (SELECT CASE WHEN sum(event_count) > 500000 THEN 0 ELSE 5 END FROM traces)) AS trace,
         raceway_anomalies(trace_id) AS found";

/// Makes figures be counted from the events.
const ANEW: &str = "
    TRUNCATE raceway_counted, raceway_figures;
    INSERT INTO raceway_uncounted (trace_nos)
    SELECT array_agg(trace_no) FROM traces HAVING count(*) > 0";

/// The same by HTTP.
const PATHS: [&str; 6] = [
    "/api/services",
    "/api/services/health?time_window_minutes=10000000",
    "/api/distributed/edges",
    "/api/distributed/hotspots",
    "/api/performance/metrics?window_minutes=10000000",
    "/api/performance/metrics?window_minutes=1",
];

/// Nobody counts while somebody holds it.
const LOCK: &str = "SELECT pg_advisory_lock('raceway_figures'::regclass::oid::bigint)";

/// The version of Postgres on which plain SQL is always looked at: a sidecar that counts and answers takes a
/// second. Of the others, each has a case that does.
const ALWAYS_BY_HTTP: i32 = 15;

/// Kept figures, whether traces that have changed are counted or still to be counted, answer as events do.
/// True of a database of an older release, which keeps none.
pub(crate) fn assert_true(database: &Database) {
    let database = database.for_superuser();
    let mut superuser = database.connect();
    let sql =
        "SELECT CASE WHEN to_regclass('raceway_figures') IS NOT NULL THEN raceway_flavour() END,
                      current_setting('server_version_num')::integer / 10000";
    let row = superuser.query_one(sql, &[]).expect("a catalog");
    let (flavour, major): (Option<String>, i32) = (row.get(0), row.get(1));
    match flavour.as_deref() {
        Some(name) if name == Flavour::Extension.name() => assert_by_sql(&mut superuser),
        Some(_) if major == ALWAYS_BY_HTTP => assert_by_http(&database),
        None | Some(_) => {}
    }
}

fn assert_by_sql(superuser: &mut Client) {
    let before = answers(superuser);
    superuser.execute("SELECT raceway_update_figures()", &[]).expect("raceway_update_figures");
    assert_eq!(answers(superuser), before, "figures before and after traces were counted");
    let mut transaction = superuser.transaction().expect("a transaction");
    transaction.batch_execute(ANEW).expect(ANEW);
    assert_eq!(before, answers(&mut transaction), "kept figures and those of the events");
}

fn answers(client: &mut impl GenericClient) -> Vec<String> {
    let answers = client.query(ANSWERS, &[]).expect(ANSWERS);
    answers.iter().map(|row| row.get(0)).collect()
}

/// In plain SQL, where sidecars count. All of it is still to be counted afterwards.
pub(crate) fn assert_by_http(database: &Database) {
    let sidecar = Sidecar::postgres(database);
    let mut superuser = database.for_superuser().connect();
    let paths = paths(&mut superuser);
    let before = told(&sidecar, &paths);
    await_counted(&mut superuser);
    assert_eq!(told(&sidecar, &paths), before, "figures before and after traces were counted");
    superuser.batch_execute(&format!("{LOCK}; {ANEW}")).expect(ANEW);
    assert_eq!(before, told(&sidecar, &paths), "kept figures and those of the events");
    assert!(!sidecar.log().contains("kept figures can't be read"), "{}", sidecar.log());
}

/// Of a minute's events of eight sessions: a debug build needs more than a minute.
const COUNT_LIMIT: Duration = Duration::from_mins(5);

/// Waits until a sidecar has counted all that has changed.
pub fn await_counted(client: &mut Client) {
    let sql = "SELECT NOT EXISTS (SELECT FROM raceway_uncounted)";
    await_until("traces are counted", COUNT_LIMIT, || {
        client.query_one(sql, &[]).expect(sql).get(0)
    });
}

/// All questions, of some traces also which anomalies they have.
fn paths(client: &mut Client) -> Vec<String> {
    let sql = "SELECT trace_id FROM traces WHERE event_count BETWEEN 1 AND 100
               ORDER BY trace_id LIMIT 5";
    let traces = client.query(sql, &[]).expect(sql);
    let anomalies = |id: &str| format!("/api/traces/{}/anomalies", percent_encoded(id));
    let traces = traces.iter().map(|row| anomalies(row.get(0)));
    PATHS.iter().map(ToString::to_string).chain(traces).collect()
}

/// The answers, without what depends on when they were asked for.
fn told(sidecar: &Sidecar, paths: &[String]) -> Vec<Value> {
    paths.iter().map(|path| timeless(sidecar.get(path).data())).collect()
}

fn timeless(mut answer: Value) -> Value {
    for service in answer.as_array_mut().into_iter().flatten() {
        if let Some(service) = service.as_object_mut() {
            service.remove("status");
            service.remove("minutes_since_last_activity");
        }
    }
    answer
}
