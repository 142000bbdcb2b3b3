//! The three stores against each other: the same traffic, the same answers.
//!
//! A random case that fails is not shrunk: the stores remember what they were sent before.

use std::sync::Arc;

use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use raceway_model::{json_equal, parse_batch};
use serde_json::{Map, Value, json};

use crate::harness::{Flavour, Sidecar, recorded_requests};
use crate::{Case, World};

const OF_STORES: [Case; 2] = [
    ("the_stores_answer_recorded_traffic_alike", recorded_traffic),
    ("the_stores_answer_random_batches_alike", random_batches),
];

const OF_FLAVOURS: [Case; 4] = [
    ("both_flavours_tell_events_apart_as_the_model_does", equal_parts),
    ("both_flavours_refuse_one_event_that_is_too_deep", too_deep),
    ("both_flavours_store_equal_rows", equal_rows),
    ("both_flavours_report_on_each_request_alike", equal_reports),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = crate::trials(world, "parity", &OF_STORES);
    if world.flavours() == Flavour::ALL {
        trials.extend(crate::trials(world, "parity", &OF_FLAVOURS));
    }
    trials
}

/// One of each store that there is, the one in memory first.
fn sidecars(world: &World) -> Vec<Sidecar> {
    world.stores().into_iter().map(|store| world.sidecar(store)).collect()
}

fn recorded_traffic(world: &World) {
    let sidecars = sidecars(world);
    let [memory, others @ ..] = &sidecars[..] else { unreachable!("a store in memory") };
    for body in recorded_requests() {
        let report = |sidecar: &Sidecar| {
            let mut report = sidecar.post(&body).data();
            let fields = report.as_object_mut().expect("data");
            fields.retain(|key, _| key != "durable" && key != "stored_in");
            report
        };
        let expected = report(memory);
        for other in others {
            assert_eq!(report(other), expected);
        }
    }
    let mut paths: Vec<String> =
        (1..=9).map(|page| format!("/api/traces?page={page}&page_size=20")).collect();
    let all = memory.get("/api/traces?page_size=1000").data();
    let traces = all["traces"].as_array().expect("traces");
    paths.extend(
        traces.iter().map(|t| format!("/api/traces/{}", t["trace_id"].as_str().expect("id"))),
    );
    assert_eq!(paths.len(), 9 + 160);
    for path in paths {
        let expected = memory.get(&path).data();
        for other in others {
            let answer = other.get(&path).data();
            assert!(json_equal(&answer, &expected), "{path}: {answer}\nmemory: {expected}");
        }
    }
}

/// Batches of odd events, many of them invalid, posted as they are.
fn random_batches(world: &World) {
    let sidecars = sidecars(world);
    let mut runner =
        TestRunner::new(Config { cases: 400, max_shrink_iters: 0, ..Config::default() });
    let batches = prop::collection::vec(odd_event(), 1..12);
    let outcome = runner.run(&batches, |events| {
        let body = Value::from(events).to_string();
        let mut reports: Vec<Value> = Vec::new();
        for sidecar in &sidecars {
            let answer = sidecar.post(&body);
            prop_assert_eq!(answer.status, 200, "{}\n{}", body, sidecar.log());
            reports.push(answer.data());
        }
        for report in &reports {
            for field in ["accepted", "duplicates", "rejected"] {
                prop_assert_eq!(&report[field], &reports[0][field], "{}", body);
            }
        }
        Ok(())
    });
    outcome.expect("the stores report alike");
    let lists: Vec<Value> =
        sidecars.iter().map(|s| s.get("/api/traces?page_size=1000").data()).collect();
    assert!(lists[0]["total_traces"].as_u64() > Some(3), "{}", lists[0]);
    for trace in lists[0]["traces"].as_array().expect("traces") {
        let id = trace["trace_id"].as_str().expect("an id");
        let [memory, others @ ..] = &sidecars[..] else { unreachable!("a store in memory") };
        let expected = Value::from(memory.events(id));
        for other in others {
            let read = Value::from(other.events(id));
            assert!(json_equal(&read, &expected), "{read}\nmemory: {expected}");
        }
    }
    for list in &lists {
        assert_eq!(list, &lists[0]);
    }
}

/// The SQL function itself, on text that the sidecar would not pass on: each flavour must reject
/// the same events and write the same rows.
fn equal_rows(world: &World) {
    let databases = Flavour::ALL.map(|flavour| world.cluster().create_with(flavour));
    let mut clients = databases.each_ref().map(crate::harness::Database::connect);
    let mut runner =
        TestRunner::new(Config { cases: 300, max_shrink_iters: 0, ..Config::default() });
    let batches = prop::collection::vec(odd_event(), 1..8);
    let seen = std::cell::RefCell::new(&mut clients);
    let outcome = runner.run(&batches, |events| {
        let batch = Value::from(events).to_string();
        let mut clients = seen.borrow_mut();
        let [extension, plain_sql] = clients.each_mut().map(|client| {
            let row = client
                .query_one(
                    "SELECT accepted, duplicates, rejected, errors::text FROM raceway_ingest($1::text)",
                    &[&batch],
                )
                .expect("raceway_ingest");
            (row.get::<_, i32>(0), row.get::<_, i32>(1), row.get::<_, i32>(2), row.get::<_, String>(3))
        });
        prop_assert_eq!(&extension, &plain_sql, "{}", batch);
        let model = parse_batch(&batch).expect("a batch");
        prop_assert_eq!(extension.2, i32::try_from(model.rejected).expect("few"));
        Ok(())
    });
    outcome.expect("the flavours report alike");
    for table in ["events", "traces"] {
        let columns = format!(
            "SELECT coalesce(jsonb_agg(to_jsonb(t) - '{{created_at,trace_no}}'::text[] ORDER BY to_jsonb(t) - '{{created_at,trace_no}}'::text[]), '[]')::text FROM {table} AS t"
        );
        let [extension, plain_sql] = clients
            .each_mut()
            .map(|client| client.query_one(&columns, &[]).expect("rows").get::<_, String>(0));
        let rows = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert!(rows(&extension).as_array().is_some_and(|rows| rows.len() > 3));
        assert!(json_equal(&rows(&extension), &rows(&plain_sql)), "{extension}\n{plain_sql}");
    }
}

/// Bodies that are not JSON as a whole: what one part of them has wrong costs no other, and whoever
/// judges tells the same parts apart.
fn equal_parts(world: &World) {
    let databases = Flavour::ALL.map(|flavour| world.cluster().create_with(flavour));
    let mut clients = databases.each_ref().map(crate::harness::Database::connect);
    let seen = std::cell::RefCell::new(&mut clients);
    let mut runner =
        TestRunner::new(Config { cases: 250, max_shrink_iters: 0, ..Config::default() });
    let outcome = runner.run(&prop::collection::vec(pieces(), 1..20), |bodies| {
        let mut clients = seen.borrow_mut();
        let expected: Vec<Report> = bodies.iter().map(|body| judged(body)).collect();
        for (client, flavour) in clients.iter_mut().zip(Flavour::ALL) {
            let reports = reports(client, &bodies);
            prop_assert_eq!(reports.len(), bodies.len());
            for ((report, expected), body) in reports.iter().zip(&expected).zip(&bodies) {
                prop_assert_eq!(report, expected, "{}: {:?}", flavour.name(), body);
            }
        }
        Ok(())
    });
    outcome.expect("one decision");
}

/// Also where something else is wrong with it, which alone would have it rejected.
fn too_deep(world: &World) {
    let of = |levels: usize, value: &str| {
        let list = "[".repeat(levels - 1) + &"]".repeat(levels - 1);
        format!("{{\"id\":\"deep\",\"value\":{value},\"list\":{list}}}")
    };
    let values = ["1", "1e999999", r#""\ud800""#];
    let events = [1000, 1001].map(|levels| values.map(|value| of(levels, value))).concat();
    let shapes = [("", ""), ("[", "]"), ("{\"events\":[", "]}"), ("{}\n", "")];
    let in_shapes = |(start, end): (&str, &str)| {
        events.iter().map(|event| format!("{start}{event}{end}")).collect::<Vec<_>>()
    };
    let bodies = shapes.map(in_shapes).concat();
    let expected: Vec<Report> = bodies.iter().map(|body| judged(body)).collect();
    assert_eq!(expected.iter().filter(|report| report.is_err()).count(), values.len());
    for flavour in Flavour::ALL {
        let mut client = world.cluster().create_with(flavour).connect();
        for (report, expected) in reports(&mut client, &bodies).iter().zip(&expected) {
            assert_eq!(report, expected, "{}", flavour.name());
        }
    }
}

/// How many events are valid, how many are not, indexes and ids of the first of these; the reason
/// where the body is refused, as far as it does not speak of a parser.
type Report = Result<(usize, usize, Vec<(usize, Option<String>, String)>), String>;

fn judged(body: &str) -> Report {
    let batch = parse_batch(body).map_err(|error| without_detail(&error.to_string()))?;
    let rejections = batch.rejections.into_iter();
    let told = rejections.map(|r| (r.index, r.id, without_detail(&r.reason)));
    Ok((batch.events.len(), batch.rejected, told.collect()))
}

fn without_detail(reason: &str) -> String {
    for general in
        ["event: expected JSON that Postgres can hold", "expected JSON, or newline-delimited JSON"]
    {
        if reason.starts_with(general) {
            return general.to_owned();
        }
    }
    reason.to_owned()
}

fn reports(client: &mut postgres::Client, bodies: &[String]) -> Vec<Report> {
    let rows = client.query(
        "SELECT accepted + duplicates, rejected, errors::text, refusal FROM raceway_ingest_batches($1)",
        &[&bodies],
    );
    let report = |row: &postgres::Row| {
        if let Some(refusal) = row.get::<_, Option<String>>(3) {
            return Err(without_detail(&refusal));
        }
        let count = |column| usize::try_from(row.get::<_, i32>(column)).expect("a count");
        let errors = raceway_model::unescape_json(row.get(2)).into_owned();
        let errors: Vec<raceway_model::Rejection> = serde_json::from_str(&errors).expect("errors");
        let told = errors.into_iter().map(|r| (r.index, r.id, without_detail(&r.reason)));
        Ok((count(0), count(1), told.collect()))
    };
    rows.expect("raceway_ingest_batches").iter().map(report).collect()
}

/// Texts of pieces that mean something to whoever reads JSON, sound events among them.
fn pieces() -> impl Strategy<Value = String> {
    const SDK: &str = r#"{"id":"a","trace_id":"t1","kind":{"K":{}},"timestamp":"2026-11-22T12:00:00Z","metadata":{}}"#;
    const FLAT: &str =
        r#"{"event_id":"b","trace_id":"t2","kind":"K","timestamp":"2026-11-22 12:00:00+00"}"#;
    let deep = format!("{{\"id\":\"deep\",\"a\":{}1{}}}", "[".repeat(126), "]".repeat(126));
    let deeper = format!("{{\"id\":\"deep\",\"a\":{}1{}}}", "[".repeat(127), "]".repeat(127));
    let long = format!("{{\"id\":\"long\",\"a\":1{}}}", "0".repeat(999));
    let longer = format!("{{\"id\":\"long\",\"a\":1{}}}", "0".repeat(1000));
    let deeper_list = format!("[{deep}]");
    let mut pieces: Vec<String> = [deep, deeper, deeper_list, long, longer].into();
    pieces.extend([
        "[", "]", "{", "}", ",", ":", "\n", "\r\n", " ", "\t", "\"", "\\", "\u{feff}", "\u{a0}", "x", "1",
        "NaN", "null", "{}", "[]", "\"events\"", "\"ev\\u0065nts\":[", "{\"events\":[", "{\"events\":5}",
        "{\"events\":[{\"a\":NaN}],\"events\":[", "\"id\":1", "{\"id\":\"\\ud800\",\"a\":\"\\ud83d\\ude00\"}",
        "{\"id\":\"n\\u0000\",\"a\":1e999}", "{\"id\":\"e\",\"a\":1e1000}", "{\"a\":1e-1001}",
        "{\"a\":0e99999}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"traceId\":\"1\",\"id\":\"2\"}",
        "{\"resourceSpans\":[]}", "{\"ph\":\"X\",\"ts\":1}", "é", "{\"id\":\"it's \\\" ] }\"}",
        "{\"id\":\"no offset\",\"trace_id\":\"t\",\"kind\":\"K\",\"timestamp\":\"2026-11-22T12:00:00\"}",
        "{\"id\":\"leap\",\"trace_id\":\"t\",\"kind\":\"K\",\"timestamp\":\"9999-12-31T23:59:60Z\"}",
    ].map(str::to_owned));
    let piece = prop_oneof![
        2 => prop::sample::select(vec![SDK.to_owned(), FLAT.to_owned()]),
        3 => prop::sample::select(pieces),
        3 => prop::sample::select(["{", "}", "[", "]", ",", "\n", "\n"].map(str::to_owned).to_vec()),
    ];
    let loose = prop::collection::vec(piece, 0..14);
    let frame =
        prop::sample::select(vec![("", ""), ("[", "]"), ("{\"events\":[", "]}"), ("", "\n")]);
    (loose, frame, prop::sample::select(vec!["", ",", "\n", ",\n"]))
        .prop_map(|(pieces, (start, end), between)| format!("{start}{}{end}", pieces.join(between)))
}

/// Many requests in one call, some of which hold no events: a row for each, and an event that is in
/// two of them is a duplicate in the second.
fn equal_reports(world: &World) {
    let databases = Flavour::ALL.map(|flavour| world.cluster().create_with(flavour));
    let mut clients = databases.each_ref().map(crate::harness::Database::connect);
    let seen = std::cell::RefCell::new(&mut clients);
    let request = prop_oneof![
        8 => prop::collection::vec(odd_event(), 0..5).prop_map(|events| Value::from(events).to_string()),
        1 => prop::sample::select(vec!["", "nonsense", "5", "[]", "{\"events\": 5}", "[5, null]"])
            .prop_map(str::to_owned),
    ];
    let mut runner =
        TestRunner::new(Config { cases: 150, max_shrink_iters: 0, ..Config::default() });
    let outcome = runner.run(&prop::collection::vec(request, 0..6), |requests| {
        let mut clients = seen.borrow_mut();
        let [extension, plain_sql] = clients.each_mut().map(|client| {
            let reports = client.query(
                "SELECT accepted, duplicates, rejected, errors::text, refusal IS NULL
                 FROM raceway_ingest_batches($1)",
                &[&requests],
            );
            let report = |row: &postgres::Row| {
                let counts = [row.get::<_, i32>(0), row.get(1), row.get(2)];
                (counts, row.get::<_, String>(3), row.get::<_, bool>(4))
            };
            reports.expect("raceway_ingest_batches").iter().map(report).collect::<Vec<_>>()
        });
        prop_assert_eq!(extension.len(), requests.len());
        prop_assert_eq!(extension, plain_sql, "{:?}", requests);
        Ok(())
    });
    outcome.expect("the flavours report alike");
}

/// An event in either dialect, or nearly: few ids, so that duplicates and shared traces occur,
/// fields left out, and values of every kind where others are expected.
fn odd_event() -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((field_name(), odd_value()), 0..6);
    (sound_event(), fields, prop::option::weighted(0.15, field_name())).prop_map(
        |(mut event, odd_fields, left_out)| {
            event.extend(odd_fields);
            if let Some(name) = left_out {
                event.remove(&name);
            }
            Value::Object(event)
        },
    )
}

fn sound_event() -> impl Strategy<Value = Map<String, Value>> {
    let id = prop::sample::select(vec!["a", "b", "c", "d\u{10}", "é"]);
    let trace = prop::sample::select(vec!["t1", "t2", "t3", "t\u{10}4", "t5"]);
    let second = 0..4u32;
    (id, trace, second, any::<bool>(), odd_value(), odd_value()).prop_map(
        |(id, trace, second, is_flat, payload, tags)| {
            let timestamp = format!("2026-11-22T12:00:{second:02}.25+00:00");
            let event = if is_flat {
                json!({
                    "event_id": id, "trace_id": trace, "kind": "Custom", "timestamp": timestamp,
                    "metadata": payload, "vector_clock": { "c": second }
                })
            } else {
                json!({
                    "id": id, "trace_id": trace, "kind": { "Custom": payload },
                    "timestamp": timestamp, "parent_id": null,
                    "causality_vector": [["c", second]], "lock_set": [],
                    "metadata": { "service_name": format!("s{second}"), "tags": tags }
                })
            };
            event.as_object().expect("an object").clone()
        },
    )
}

fn field_name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "id",
        "event_id",
        "trace_id",
        "parent_id",
        "kind",
        "timestamp",
        "metadata",
        "lock_set",
        "causality_vector",
        "vector_clock",
        "location",
        "duration_ms",
        "other",
    ])
    .prop_map(str::to_owned)
}

fn odd_value() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::select(vec![
        "0",
        "-1",
        "1.5",
        "3.0",
        "18446744073709551615",
        "18446744073709551616",
        "1180591620717411303424",
        "1e-310",
        "-0.0",
        "12.50",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers.prop_map(|number| serde_json::from_str(number).expect("a number")),
        "[a-c\u{0}\u{10}\\\\\"é0]{0,6}".prop_map(Value::from),
        Just(Value::from("2026-11-22T12:00:00.1234567-02:30")),
        Just(Value::from("2026-12-31T23:59:60.5Z")),
        Just(Value::from("x".repeat(600))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let name = prop::sample::select(vec![
            "service_name",
            "thread_id",
            "duration_ns",
            "lock_set",
            "location",
            "file",
            "line",
            "duration_ms",
            "k\u{0}",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|fields| fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}
