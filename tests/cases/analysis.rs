//! What events mean, asked in SQL: what the crate finds in the same events. (That it finds what is true, its
//! own tests show.)

use std::collections::BTreeMap;
use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;
use postgres::error::SqlState;
use raceway_analysis::audit::audit_trails;
use raceway_analysis::contention::contention;
use raceway_analysis::critical_path::critical_path;
use raceway_analysis::dependencies::trace_dependencies;
use raceway_analysis::interleavings::{Scope, Window};
use raceway_analysis::lock_order::LockOrder;
use raceway_analysis::races::races;
use raceway_analysis::serializability::serializability;
use raceway_analysis::trace::traces;
use raceway_analysis::{Causality, Options};
use raceway_model::{EventView, unescape_json};
use raceway_programs::{Style, Told, batches, body, classics, generate, run, write};
use serde_json::json;

use super::truth::ingest_recorded_traffic;
use crate::harness::{Flavour, ingest};
use crate::{Case, World};

const OF_EXTENSION: [Case; 5] = [
    ("recorded_traffic_means_in_sql_what_it_means", recorded),
    ("generated_programs_mean_in_sql_what_they_mean", generated),
    ("the_classics_mean_in_sql_what_they_mean", textbook),
    ("what_is_gone_is_not_counted", deleted),
    ("an_analysis_does_what_is_set", settings),
];

const OF_PLAIN_SQL: [Case; 1] = [("plain_sql_says_what_is_expected", plain_sql)];

/// Seeds of generated programs.
const PROGRAMS: u64 = 150;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = Vec::new();
    if world.flavours().contains(&Flavour::Extension) {
        trials.extend(crate::trials(world, "analysis", &OF_EXTENSION));
    }
    if world.flavours().contains(&Flavour::PlainSql) {
        trials.extend(crate::trials(world, "analysis", &OF_PLAIN_SQL));
    }
    trials
}

fn recorded(world: &World) {
    let mut client = world.cluster().create_with(Flavour::Extension).connect();
    ingest_recorded_traffic(&mut client);
    assert_means(&mut client);
}

/// In batches with random borders, in random order, each sent twice.
fn generated(world: &World) {
    let mut client = world.cluster().create_with(Flavour::Extension).connect();
    for seed in 0..PROGRAMS {
        let execution = run(&generate(seed), seed);
        let styles = Style::ALL.iter().copied();
        let style = styles.cycle().nth(usize::try_from(seed).expect("few")).expect("a style");
        let Some(told) = Told::of(&execution, style) else { continue };
        send(&mut client, &write(&execution, &told, style, seed), &format!("{seed}-"), seed);
    }
    assert_means(&mut client);
}

fn textbook(world: &World) {
    let mut client = world.cluster().create_with(Flavour::Extension).connect();
    for (place, classic) in classics::all().iter().enumerate() {
        send(&mut client, &classic.events(Style::ALL[1]), &format!("{place}-"), 1);
    }
    assert_means(&mut client);
    let error = client.query("SELECT FROM raceway_interleavings(of_pattern => 'any')", &[]);
    let error = error.expect_err("a pattern that is none");
    let message = error.as_db_error().expect("an error of the server").message();
    assert!(message.starts_with("of_pattern: expected one of lost update, "), "{message}");
    let lost = "SELECT DISTINCT pattern, reason FROM raceway_lost_updates()";
    let lost = client.query(lost, &[]).expect("raceway_lost_updates");
    assert!(!lost.is_empty());
    for row in lost {
        assert_eq!(row.get::<_, &str>(0), "lost update");
        assert!(row.get::<_, &str>(1).contains("is lost"));
    }
}

fn deleted(world: &World) {
    let mut client = world.cluster().create_with(Flavour::Extension).connect();
    ingest_recorded_traffic(&mut client);
    client.execute("DELETE FROM traces", &[]).expect("DELETE");
    for found in [
        "raceway_services()",
        "raceway_service_health('1 year')",
        "raceway_edges()",
        "raceway_hotspots()",
        "raceway_interleavings()",
        "raceway_lock_order()",
        "raceway_variable_history('orders', 'alice.balance')",
        "raceway_races('trace-123')",
        "raceway_critical_path('trace-123')",
    ] {
        let count = client.query_one(&format!("SELECT count(*) FROM {found}"), &[]).expect(found);
        assert_eq!(count.get::<_, i64>(0), 0, "{found}");
    }
}

/// A service reads and writes a row, and 5 ms from both another one writes it.
fn settings(world: &World) {
    let mut client = world.cluster().create_with(Flavour::Extension).connect();
    let event = |id: &str, access_type: &str, service: &str, milliseconds: u32| {
        json!({
            "trace_id": "t", "event_id": id, "kind": "StateChange",
            "timestamp": format!("2026-01-31T12:00:00.{milliseconds:03}Z"),
            "metadata": {
                "variable": "row", "access_type": access_type, "service_name": service,
                "thread_id": service, "process_id": 1,
            },
        })
    };
    let events = [
        event("a1", "Read", "bank", 0),
        event("b1", "Write", "shop", 5),
        event("a2", "Write", "bank", 10),
    ];
    ingest(&mut client, &json!({ "events": events }).to_string());
    let shared = "shared_variables => '{other, row}'";
    let near = "clock_skew => '4 milliseconds'";
    let apart = "atomic_within => '9 milliseconds'";
    for (found, count) in [
        ("races('t')".to_owned(), 0),
        ("races('t', '{other}')".to_owned(), 0),
        (format!("races('t', {shared})"), 2),
        (format!("interleavings({near})"), 0),
        (format!("interleavings({shared})"), 0),
        (format!("interleavings({shared}, {near})"), 1),
        (format!("interleavings({shared}, {near}, service => 'bank')"), 1),
        (format!("interleavings({shared}, {near}, {apart})"), 0),
        (format!("lost_updates({shared}, {near})"), 1),
        (format!("lost_updates({shared}, clock_skew => '5 milliseconds')"), 0),
        (format!("lost_updates({shared}, {near}, {apart})"), 0),
        (format!("serializability('t', {near})"), 0),
        (format!("serializability('t', {shared})"), 0),
        (format!("serializability('t', {shared}, {near})"), 1),
        ("variable_history('bank', 'row')".to_owned(), 2),
        (format!("variable_history('bank', 'row', {shared})"), 3),
        ("audit_trail('t', 'row') WHERE is_race".to_owned(), 0),
        (format!("audit_trail('t', 'row', {shared}) WHERE is_race"), 3),
    ] {
        let sql = format!("SELECT count(*)::text FROM raceway_{found}");
        assert_eq!(all(&mut client, &sql), [count.to_string()], "{found}");
    }
    assert_expects(&mut client);
}

/// What makes no sense is refused by name.
fn assert_expects(client: &mut Client) {
    for (function, parameter, value) in [
        ("races('t', ", "shared_variables", "NULL"),
        ("races('t', ", "shared_variables", "'{row, NULL}'"),
        ("audit_trail('t', 'row', ", "shared_variables", "NULL"),
        ("variable_history('bank', 'row', ", "shared_variables", "NULL"),
        ("serializability('t', ", "clock_skew", "'-1 microsecond'"),
        ("interleavings(", "clock_skew", "NULL"),
        ("interleavings(", "clock_skew", "'-1 year 360 days'"),
        ("interleavings(", "atomic_within", "'-1 second'"),
        ("lost_updates(", "atomic_within", "'1001 years'"),
        ("lost_updates(", "atomic_within", "NULL"),
    ] {
        let sql = format!("SELECT FROM raceway_{function}{parameter} => {value})");
        let error = client.query(&sql, &[]).expect_err(&sql);
        let error = error.as_db_error().expect("an error of the server");
        assert_eq!(error.code(), &SqlState::INVALID_PARAMETER_VALUE, "{sql}");
        let expects = format!("{parameter}: expected ");
        assert!(error.message().starts_with(&expects), "{sql}: {error:?}");
    }
}

fn plain_sql(world: &World) {
    let mut client = world.cluster().create_with(Flavour::PlainSql).connect();
    ingest_recorded_traffic(&mut client);
    for asked in ["raceway_races('trace-123')", "raceway_lost_updates()", "raceway_services()"] {
        let error = client.query(&format!("SELECT * FROM {asked}"), &[]).expect_err(asked);
        let error = error.as_db_error().expect("an error of the server");
        assert!(error.message().starts_with("expected the extension raceway"), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("raceway-sidecar")), "{error:?}");
    }
    assert_expects(&mut client);
}

/// Sends events of one trace or several, whose ids get this prefix.
fn send(client: &mut Client, events: &[raceway_programs::Written], prefix: &str, seed: u64) {
    for batch in batches(events, seed) {
        let mut body = body(batch);
        for event in body["events"].as_array_mut().expect("events") {
            let trace_id = event["trace_id"].as_str().expect("a trace id");
            event["trace_id"] = format!("{prefix}{trace_id}").into();
        }
        let body = body.to_string();
        ingest(client, &body);
        ingest(client, &body);
    }
}

/// What SQL says of every trace, and of all of them together.
fn assert_means(client: &mut Client) {
    let rows = client.query("SELECT event::text FROM events", &[]).expect("events");
    let sent: Vec<String> = rows.iter().map(|row| unescape_json(row.get(0)).into_owned()).collect();
    let views = sent.iter().map(|event| EventView::parse(event).expect("an event"));
    let causalities: BTreeMap<String, Causality> = traces(views)
        .into_iter()
        .map(|(id, trace)| (id, Causality::of(trace).expect("a small trace")))
        .collect();
    assert!(causalities.len() > 10, "{} traces", causalities.len());
    for (id, causality) in &causalities {
        assert_trace_means(client, id, causality);
    }
    assert_all_mean(client, &causalities);
}

fn assert_trace_means(client: &mut Client, id: &str, causality: &Causality) {
    let options = Options::default();
    let races = races(causality, &options).expect("few locks");
    let expected: Vec<String> = (races.shown.iter())
        .map(|race| {
            format!(
                "{} {} {} {}",
                race.first.event_id, race.second.event_id, race.reason, races.found
            )
        })
        .collect();
    let sql = "SELECT concat_ws(' ', first_event_id, second_event_id, reason, found) FROM raceway_races($1)";
    assert_eq!(texts(client, sql, id), expected, "races of {id}");

    for (variable, trail) in audit_trails(causality, &races) {
        let expected: Vec<String> = (trail.iter())
            .map(|access| format!("{} {}", access.event_id, access.is_race))
            .collect();
        let sql = "SELECT concat(event_id, ' ', is_race::text) FROM raceway_audit_trail($1, $2)";
        let rows = client.query(sql, &[&id, &variable]).expect("raceway_audit_trail");
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(found, expected, "trail of {variable} in {id}");
    }

    let found = serializability(causality, &options);
    let expected: Vec<String> = found.violations.iter().map(|of| of.reason.clone()).collect();
    let sql = "SELECT reason FROM raceway_serializability($1)";
    assert_eq!(texts(client, sql, id), expected, "serializability of {id}");

    let locks = contention(causality);
    let expected: Vec<String> =
        locks.iter().map(|lock| format!("{} {} {}", lock.service, lock.lock, lock.waits)).collect();
    let sql = "SELECT concat_ws(' ', service, lock_id, waits) FROM raceway_contention($1)";
    assert_eq!(texts(client, sql, id), expected, "contention in {id}");

    let Causality { trace, strands, calls, order, .. } = causality;
    let path = critical_path(trace, strands, calls, Some(order)).expect("a path");
    let expected: Vec<String> = path.path.iter().map(|step| step.id.clone()).collect();
    let sql = "SELECT event_id FROM raceway_critical_path($1) ORDER BY place";
    assert_eq!(texts(client, sql, id), expected, "critical path of {id}");

    let calls = trace_dependencies(trace, calls).dependencies;
    let expected: Vec<String> =
        calls.iter().map(|call| format!("{} {} {}", call.from, call.to, call.call_count)).collect();
    let sql =
        "SELECT concat_ws(' ', from_service, to_service, call_count) FROM raceway_dependencies($1)";
    assert_eq!(texts(client, sql, id), expected, "dependencies of {id}");
}

fn assert_all_mean(client: &mut Client, causalities: &BTreeMap<String, Causality>) {
    let mut window = Window::new(&Options::default(), Scope::default());
    let mut order = LockOrder::default();
    for causality in causalities.values() {
        window.add(causality);
        order.add(causality);
    }
    let found = window.find();
    let expected: Vec<String> = found.shown.iter().map(|shown| shown.reason.clone()).collect();
    assert_eq!(all(client, "SELECT reason FROM raceway_interleavings()"), expected);
    let expected: Vec<String> =
        order.find().deadlocks.iter().map(|deadlock| deadlock.reason.clone()).collect();
    assert_eq!(all(client, "SELECT reason FROM raceway_lock_order()"), expected);
    let counted = "SELECT concat_ws(' ', coalesce(service_name, 'unknown'), count(*), count(DISTINCT trace_id))
                   FROM events GROUP BY coalesce(service_name, 'unknown')
                   ORDER BY coalesce(service_name, 'unknown') COLLATE \"C\"";
    let services = "SELECT concat_ws(' ', name, event_count, trace_count) FROM raceway_services()";
    assert_eq!(all(client, services), all(client, counted));
    let edges = "SELECT coalesce(sum(call_count), 0)::text FROM raceway_edges()";
    let dependencies = "SELECT coalesce(sum(call_count), 0)::text
                        FROM traces, raceway_dependencies(trace_id)";
    assert_eq!(all(client, edges), all(client, dependencies));
}

fn texts(client: &mut Client, sql: &str, trace_id: &str) -> Vec<String> {
    client.query(sql, &[&trace_id]).expect(sql).iter().map(|row| row.get(0)).collect()
}

fn all(client: &mut Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).expect(sql).iter().map(|row| row.get(0)).collect()
}
