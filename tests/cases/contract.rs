//! What every store promises over HTTP, with the same expectations for each.

mod rejections;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::thread;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use libtest_mimic::Trial;
use raceway_model::{Timestamp, json_equal};
use serde_json::{Value, json};

use crate::harness::{
    Sidecar, comparable, documented_event, event, recorded_answer, recorded_requests, requests_of,
    sorted_events,
};
use crate::{StoreKind, World};

const NOON: &str = "2026-11-22T12:00:00.000001Z";

/// A case that needs a sidecar on an empty store.
pub(super) type Case = fn(&Sidecar);

/// Every case, by its name.
pub(super) const CASES: [(&str, Case); 26] = [
    ("recorded_traffic_is_read_back_equal", recorded_traffic_is_read_back_equal),
    ("answers_are_those_of_raceways_own_server", answers_are_those_of_raceways_own_server),
    ("a_documented_event_is_answered_with_its_id", a_documented_event_is_answered_with_its_id),
    ("every_shape_of_body_is_taken", every_shape_of_body_is_taken),
    ("a_coded_body_is_taken_whole_or_refused", a_coded_body_is_taken_whole_or_refused),
    ("unusual_values_are_read_back_equal", unusual_values_are_read_back_equal),
    ("an_event_that_shares_nothing_is_read_in_utc", an_event_that_shares_nothing_is_read_in_utc),
    ("events_of_mixed_dialect_are_read_back_equal", events_of_mixed_dialect_are_read_back_equal),
    ("a_resent_batch_is_all_duplicates", a_resent_batch_is_all_duplicates),
    ("an_event_twice_in_a_batch_is_a_duplicate", an_event_twice_in_a_batch_is_a_duplicate),
    ("one_bad_event_costs_no_neighbour", one_bad_event_costs_no_neighbour),
    ("a_bad_line_costs_no_neighbour", a_bad_line_costs_no_neighbour),
    ("many_rejections_are_told_in_brief", rejections::many_rejections_are_told_in_brief),
    ("what_json_can_not_hold_costs_one_event", rejections::what_json_can_not_hold_costs_one_event),
    ("bytes_that_are_no_text_cost_one_event", rejections::bytes_that_are_no_text_cost_one_event),
    ("a_byte_order_mark_costs_nothing", rejections::a_byte_order_mark_costs_nothing),
    ("the_year_9999_has_an_end", rejections::the_year_9999_has_an_end),
    ("the_last_of_one_name_counts", rejections::the_last_of_one_name_counts),
    ("a_body_that_is_not_json_is_refused", a_body_that_is_not_json_is_refused),
    ("a_body_that_is_too_large_is_refused", a_body_that_is_too_large_is_refused),
    ("traces_are_listed_newest_first_in_pages", traces_are_listed_newest_first_in_pages),
    ("a_wrong_parameter_is_told_what_was_expected", a_wrong_parameter_is_told),
    ("a_cursor_names_its_place_while_traces_come", a_cursor_names_its_place_while_traces_come),
    ("a_trace_is_named_by_its_root", a_trace_is_named_by_its_root),
    ("what_is_not_there_is_not_found", what_is_not_there_is_not_found),
    ("clients_that_share_traces_lose_nothing", clients_that_share_traces_lose_nothing),
];

pub(crate) fn trials(world: &Arc<World>, stores: &[StoreKind]) -> Vec<Trial> {
    let of_store = |&store: &StoreKind| {
        CASES.map(|(name, case)| {
            let name = format!("contract::{}::{name}", store.name());
            world.trial(&name, move |world| case(&world.sidecar(store)))
        })
    };
    stores.iter().flat_map(of_store).collect()
}

fn recorded_traffic_is_read_back_equal(sidecar: &Sidecar) {
    let mut sent: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for body in recorded_requests() {
        let request: Value = serde_json::from_str(&body).expect("JSON");
        let events = request["events"].as_array().expect("events");
        let data = sidecar.post(&body).data();
        assert_eq!(data["accepted"], events.len(), "{data}");
        assert_eq!(data["duplicates"], 0);
        assert_eq!(data["rejected"], json!([]));
        for event in events {
            let trace_id = event["trace_id"].as_str().expect("a trace id");
            sent.entry(trace_id.to_owned()).or_default().push(event.clone());
        }
    }
    assert_eq!(sent.len(), 160, "traces in the recordings");
    for (trace_id, events) in sent {
        assert_equal_events(&sidecar.sent(&trace_id), &sorted_events(&events));
    }
    let status = sidecar.get("/status").data();
    assert_eq!(status["events_captured"], 1559);
    assert_eq!(status["traces_active"], 160);
    assert_eq!(sidecar.get("/health").data()["ready"], true);
}

/// Recorded from Raceway's own server, which had refused some requests: what it lists is here too.
fn answers_are_those_of_raceways_own_server(sidecar: &Sidecar) {
    for body in requests_of("typescript") {
        sidecar.post(&body).data();
    }
    let (list, recorded) =
        (sidecar.get("/api/traces?page_size=1000").data(), recorded_answer("traces-list.json"));
    for field in recorded.as_object().expect("data").keys() {
        assert!(list.get(field).is_some(), "{field} is missing");
    }
    let traces = list["traces"].as_array().expect("traces");
    for recorded in recorded["traces"].as_array().expect("traces") {
        let listed = traces.iter().find(|trace| trace["trace_id"] == recorded["trace_id"]);
        let listed = listed.expect("the trace");
        for (field, value) in recorded.as_object().expect("a trace") {
            let instant = |value: &Value| value.as_str().and_then(Timestamp::parse);
            match field.as_str() {
                "first_timestamp" | "last_timestamp" => {
                    assert_eq!(instant(&listed[field]), instant(value), "{listed}\n{recorded}");
                }
                _ => assert_eq!(&listed[field], value, "{listed}\n{recorded}"),
            }
        }
    }
    let recorded = recorded_answer("trace-0b67f052-a9c4-4fdc-86a6-45f186201662.json");
    // The same events in the same order; that server drops fields which are null.
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    let read = sidecar.events(recorded["trace_id"].as_str().expect("an id"));
    assert_eq!(ids(&read), ids(recorded["events"].as_array().expect("events")));
}

/// In the order in which they were read.
fn assert_equal_events(read: &[Value], sent: &[Value]) {
    assert_eq!(read.len(), sent.len());
    for (read, sent) in read.iter().zip(sent) {
        let (read, sent) = (comparable(read), comparable(sent));
        assert!(json_equal(&read, &sent), "read {read}\nsent {sent}");
    }
}

fn a_documented_event_is_answered_with_its_id(sidecar: &Sidecar) {
    let answer = sidecar.post(&documented_event().to_string());
    assert_eq!(answer.json["event_id"], "evt-001");
    let data = answer.data();
    assert_eq!(data["accepted"], 1);
    assert!(data["durable"].is_boolean() && data["stored_in"].is_string(), "{data}");
    assert_equal_events(&sidecar.sent("abc123"), &[documented_event()]);
}

fn every_shape_of_body_is_taken(sidecar: &Sidecar) {
    let numbered = |n: usize| event("shapes", &format!("e{n:02}"), NOON).to_string();
    for body in [
        numbered(0),
        format!("[{},{}]", numbered(1), numbered(2)),
        format!("{{\"events\":[{}]}}", numbered(3)),
        format!("{}\n{}\r\n\n", numbered(4), numbered(5)),
        format!("[{}]\n{{\"events\":[{}]}}", numbered(6), numbered(7)),
    ] {
        assert_eq!(sidecar.post(&body).data()["rejected"], json!([]), "{body}");
    }
    let ids: Vec<_> = sidecar.events("shapes").iter().map(|event| event["id"].clone()).collect();
    assert_eq!(ids, ["e00", "e01", "e02", "e03", "e04", "e05", "e06", "e07"]);
    assert_eq!(sidecar.post("[]").data()["accepted"], 0);
}

/// How a body is coded.
type Encode = fn(&[u8]) -> Vec<u8>;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).and_then(|()| gzip.finish()).expect("gzip")
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(text).and_then(|()| zlib.finish()).expect("zlib")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).expect("zstd")
}

fn a_coded_body_is_taken_whole_or_refused(sidecar: &Sidecar) {
    let codings: [(&str, Encode); 10] = [
        ("gzip", gzip),
        ("GZIP", gzip),
        ("x-gzip", gzip),
        ("deflate", deflate),
        ("zstd", zstd),
        ("Identity", <[u8]>::to_vec),
        ("identity, gzip", gzip),
        ("gzip, gzip", |text| gzip(&gzip(text))),
        ("deflate,,zstd", |text| zstd(&deflate(text))),
        ("gzip, gzip, gzip, gzip", |text| gzip(&gzip(&gzip(&gzip(text))))),
    ];
    for (coding, encode) in codings {
        let of = [("content-encoding", coding)];
        // A series of members, of which each holds an event.
        let line = |id: &str| event(coding, id, NOON).to_string() + "\n";
        let members = [encode(line("a").as_bytes()), encode(line("b").as_bytes())].concat();
        let data = sidecar.post_bytes(&members, &of).data();
        assert_eq!((&data["accepted"], &data["rejected"]), (&json!(2), &json!([])), "{coding}");
        assert_eq!(sidecar.events(coding).len(), 2, "{coding}");
        if coding != "Identity" {
            let error = sidecar.post_bytes(&members[..members.len() - 1], &of).error(400);
            assert!(error.contains("expected all of what was compressed"), "{coding}: {error}");
            let error = sidecar.post_bytes(&[&members, &b"\n"[..]].concat(), &of).error(400);
            assert!(error.contains("nothing behind it"), "{coding}: {error}");
        }
    }
    let lines = [("content-encoding", "deflate"), ("content-encoding", "gzip")];
    let body = gzip(&deflate(event("lines", "e", NOON).to_string().as_bytes()));
    assert_eq!(sidecar.post_bytes(&body, &lines).data()["accepted"], 1);
    for coding in ["br", "gzip, br", "gzip, gzip, gzip, gzip, gzip"] {
        let error = sidecar.post_bytes(b"[]", &[("content-encoding", coding)]).error(415);
        assert!(error.contains("expected"), "{coding}: {error}");
    }
}

fn unusual_values_are_read_back_equal(sidecar: &Sidecar) {
    let values = r#"{
        "nul": "a\u0000b", "key\u0000": 1, "escape": "\u0010", "escaped": "\u00100\u0010\u0010",
        "backslashes": "\\u0000 \\\u0000 \\\\u0010", "empty": "", "emoji": "\ud83d\ude80 é",
        "big": 1180591620717411303424, "u64": 18446744073709551615, "i64": -9223372036854775808,
        "point": 3.0, "small": 5e-324, "large": 1.7976931348623157e308, "minus": -0.0,
        "digits": 0.1000000000000000055511151231257827, "null": null, "none": {}, "list": [[], [null]]
    }"#;
    let values: Value = serde_json::from_str(values).expect("JSON");
    let sdk = json!({
        "id": "id\u{10}", "trace_id": "unusual", "timestamp": "2026-11-22T23:59:59.9999999+00:00",
        "kind": { "Custom": values }, "metadata": { "service_name": "s\u{0}", "thread_id": "t\u{10}" },
        "causality_vector": [["a", 3.0], ["b\u{0}", u64::MAX], ["a", 1]], "lock_set": null,
        "unplanned": { "x": [1, 2] }
    });
    let flat = json!({
        "event_id": "flat", "trace_id": "unusual", "timestamp": "2026-11-22t23:59:59.5z",
        "kind": "MemoryFence", "metadata": values, "location": "l".repeat(600), "parent_id": null,
        "vector_clock": { "c\u{10}": 1, "d": 0 }, "lock_set": ["lock"], "duration_ms": "soon"
    });
    sidecar.store(&[sdk.clone(), flat.clone()]);
    // The vector that names a component twice comes back as it was sent.
    let read = sidecar.sent("unusual");
    assert!(json_equal(&read[1]["causality_vector"], &sdk["causality_vector"]));
    assert_equal_events(&read, &[flat, sdk]);
}

/// What stores share of events has a greatest length.
fn an_event_that_shares_nothing_is_read_in_utc(sidecar: &Sidecar) {
    let mut event = event("t", "e", "2026-11-22T12:00:03.25+02:00");
    event["metadata"]["tags"] = json!({ "long": "x".repeat(2000) });
    sidecar.store(std::slice::from_ref(&event));
    event["timestamp"] = "2026-11-22T10:00:03.250000Z".into();
    assert_eq!(sidecar.sent("t"), [event]);
}

fn events_of_mixed_dialect_are_read_back_equal(sidecar: &Sidecar) {
    let mixed = [
        json!({ "id": "1", "kind": "MemoryFence", "metadata": { "service_name": "s" } }),
        json!({ "id": "2", "kind": { "Custom": 5 }, "metadata": "text", "event_id": "other" }),
        json!({ "id": "other", "event_id": "3", "kind": "Custom", "vector_clock": null }),
        json!({ "event_id": "4", "kind": { "Custom": null }, "metadata": null, "location": 7 }),
        json!({ "event_id": "5", "kind": "Custom", "parent_id": 9, "causality_vector": [] }),
        json!({ "id": "6", "kind": { "Custom": [] }, "parent_id": "", "metadata": {} }),
        json!({ "id": "7", "kind": { "Custom": {} }, "causality_vector": null, "metadata": null }),
    ];
    let mixed = mixed.map(|mut event| {
        event["trace_id"] = "mixed".into();
        event["timestamp"] = NOON.into();
        event
    });
    sidecar.store(&mixed);
    assert_equal_events(&sidecar.sent("mixed"), &mixed);
}

fn a_resent_batch_is_all_duplicates(sidecar: &Sidecar) {
    let bodies = recorded_requests();
    for body in &bodies {
        sidecar.post(body).data();
    }
    let before = sidecar.get("/api/traces?page_size=1000").data();
    for body in &bodies {
        let data = sidecar.post(body).data();
        let request: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(data["accepted"], 0);
        assert_eq!(data["duplicates"], request["events"].as_array().map_or(0, Vec::len));
    }
    assert_eq!(sidecar.get("/api/traces?page_size=1000").data(), before);
    assert_eq!(sidecar.get("/status").data()["events_captured"], 1559);
}

fn an_event_twice_in_a_batch_is_a_duplicate(sidecar: &Sidecar) {
    let twice = event("twice", "e", NOON);
    let data = sidecar.post(&json!([twice, twice]).to_string()).data();
    assert_eq!((&data["accepted"], &data["duplicates"]), (&json!(1), &json!(1)));
    // The same id at another time is another event.
    sidecar.store(&[event("twice", "e", "2026-11-22T12:00:00.000002Z")]);
    assert_eq!(sidecar.get("/api/traces").data()["traces"][0]["event_count"], 2);
}

fn one_bad_event_costs_no_neighbour(sidecar: &Sidecar) {
    let with = |field: &str, value: Value| {
        let mut bad = event("bad", "bad-id", NOON);
        bad[field] = value;
        bad
    };
    let mut without_id = event("bad", "bad-id", NOON);
    without_id.as_object_mut().expect("an object").remove("id");
    let mut without_kind = event("bad", "bad-id", NOON);
    without_kind.as_object_mut().expect("an object").remove("kind");
    let bad_events = [
        (without_id, Value::Null, "id (or event_id): expected a string of 1 to 255 characters"),
        (with("id", "x".repeat(300).into()), json!("x".repeat(300)), "id (or event_id): expected"),
        (with("id", "".into()), json!(""), "id (or event_id): expected"),
        (with("trace_id", "t\u{0}".into()), json!("bad-id"), "trace_id: expected"),
        (with("timestamp", "yesterday".into()), json!("bad-id"), "timestamp: expected an RFC 3339"),
        (with("timestamp", "2026-02-30T00:00:00Z".into()), json!("bad-id"), "timestamp: expected"),
        (
            with("causality_vector", json!([["c", -1]])),
            json!("bad-id"),
            "causality_vector: expected",
        ),
        (
            with("causality_vector", json!([["c", 1.5]])),
            json!("bad-id"),
            "causality_vector: expected",
        ),
        (
            with("causality_vector", json!({ "c": 1 })),
            json!("bad-id"),
            "causality_vector: expected",
        ),
        (without_kind, json!("bad-id"), "kind: expected"),
        (with("kind", "k".repeat(51).into()), json!("bad-id"), "kind: expected"),
        (with("kind", json!({ "A": 1, "B": 2 })), json!("bad-id"), "kind: expected"),
        (json!("text"), Value::Null, "event: expected a JSON object"),
        (with("id", "a\u{0}b".into()), json!("a\u{0}b"), "id (or event_id): expected"),
    ];
    for (number, (bad, id, expected)) in bad_events.into_iter().enumerate() {
        assert_rejected_alone(sidecar, &format!("trace-{number}"), &bad.to_string(), &id, expected);
    }
    for (trace, json) in [("surrogate", r#"{"id":"\ud800"}"#), ("number", r#"{"a":1e999999}"#)] {
        assert_rejected_alone(sidecar, trace, json, &Value::Null, "event: expected JSON");
    }
    sidecar.get("/api/traces/bad").error(404);
}

/// The event is posted as number 42 of 100, all others valid and new.
fn assert_rejected_alone(sidecar: &Sidecar, trace_id: &str, bad: &str, id: &Value, expected: &str) {
    let mut events: Vec<String> =
        (0..99).map(|n| event(trace_id, &format!("good-{n}"), NOON).to_string()).collect();
    events.insert(42, bad.to_owned());
    let data = sidecar.post(&format!("[{}]", events.join(","))).data();
    assert_eq!(data["accepted"], 99, "{data}");
    assert_eq!(data["rejected"].as_array().map(Vec::len), Some(1), "{data}");
    let rejection = &data["rejected"][0];
    assert_eq!((&rejection["index"], &rejection["id"]), (&json!(42), id), "{data}");
    assert!(rejection["reason"].as_str().is_some_and(|r| r.starts_with(expected)), "{data}");
    let stored = sidecar.get("/api/traces?page_size=1000").data();
    let stored = stored["traces"].as_array().expect("traces");
    assert!(stored.iter().any(|trace| trace["trace_id"] == trace_id && trace["event_count"] == 99));
}

fn a_bad_line_costs_no_neighbour(sidecar: &Sidecar) {
    let good = |id: &str| event("lines", id, NOON).to_string();
    let data = sidecar.post(&format!("{}\n{{\"id\": oops\n{}\n", good("a"), good("b"))).data();
    assert_eq!(data["accepted"], 2, "{data}");
    assert_eq!(data["rejected"][0]["index"], 1, "{data}");
}

fn a_body_that_is_not_json_is_refused(sidecar: &Sidecar) {
    for body in ["", "hello", "{\"events\":[", "17", "{\"events\": 5}"] {
        let error = sidecar.post(body).error(400);
        assert!(error.contains("expected"), "{body}: {error}");
    }
    assert!(sidecar.post_bytes(b"\xff\xfe{\0", &[]).error(400).contains("UTF-8"));
    assert_eq!(sidecar.get("/status").data()["events_captured"], 0);
}

fn a_body_that_is_too_large_is_refused(sidecar: &Sidecar) {
    const LIMIT: usize = 20 * 1024 * 1024;
    let codings: [(&str, Encode); 4] = [
        ("gzip", gzip),
        ("deflate", deflate),
        ("zstd", zstd),
        ("gzip, zstd", |text| zstd(&gzip(text))),
    ];
    for (coding, encode) in codings {
        let bomb = encode(&vec![b' '; LIMIT + 1]);
        let error = sidecar.post_bytes(&bomb, &[("content-encoding", coding)]).error(413);
        assert!(error.contains("20971520 bytes"), "{coding}: {error}");
    }
    // None of it comes out, but it would take long to find out.
    let nothing = zstd(&gzip(b"").repeat(LIMIT / 20 + 1));
    sidecar.post_bytes(&nothing, &[("content-encoding", "gzip, zstd")]).error(413);
    let mut body = event("large", "e", NOON).to_string();
    body.push_str(&" ".repeat(LIMIT - body.len()));
    assert_eq!(sidecar.post(&body).data()["accepted"], 1);
}

fn traces_are_listed_newest_first_in_pages(sidecar: &Sidecar) {
    // Five traces of 1 to 5 events, a minute apart; the last two start at the same instant.
    for (number, minute) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4)] {
        let events: Vec<Value> = (0..number)
            .map(|n| {
                let second = format!("2026-11-22T12:{minute:02}:{n:02}.5Z");
                event(&format!("trace-{number}"), &format!("e{n}"), &second)
            })
            .collect();
        sidecar.store(&events);
    }
    let ids = |query: &str| -> Vec<String> {
        let data = sidecar.get(&format!("/api/traces{query}")).data();
        let traces = data["traces"].as_array().expect("traces").clone();
        traces.iter().filter_map(|t| t["trace_id"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(ids(""), ["trace-5", "trace-4", "trace-3", "trace-2", "trace-1"]);
    assert_eq!(ids("?page=2&page_size=2"), ["trace-3", "trace-2"]);
    assert_eq!(ids("?page=3&per_page=2"), ["trace-1"]);
    assert_eq!(ids("?page=4&page_size=2"), [""; 0]);
    assert_eq!(ids("?min_events=4"), ["trace-5", "trace-4"]);
    assert_eq!(ids("?service=bank&page_size=1"), ["trace-5"]);
    assert_eq!(ids("?service=other"), [""; 0]);
    assert_eq!(ids("?service=%00"), [""; 0]);
    let page = sidecar.get("/api/traces?page=2&page_size=2").data();
    assert_eq!(
        page,
        json!({
            "total_traces": 5, "page": 2, "page_size": 2, "total_pages": 3,
            "next_cursor": "2026-11-22T12:02:00.500000Z,trace-2",
            "traces": [{
                "trace_id": "trace-3", "service_name": "bank", "event_count": 3,
                "first_timestamp": "2026-11-22T12:03:00.500000+00:00",
                "last_timestamp": "2026-11-22T12:03:02.500000+00:00",
                "service_count": 1, "services": ["bank"]
            }, {
                "trace_id": "trace-2", "service_name": "bank", "event_count": 2,
                "first_timestamp": "2026-11-22T12:02:00.500000+00:00",
                "last_timestamp": "2026-11-22T12:02:01.500000+00:00",
                "service_count": 1, "services": ["bank"]
            }]
        })
    );
}

fn a_wrong_parameter_is_told(sidecar: &Sidecar) {
    sidecar.store(&[event("t", "e", NOON)]);
    for (path, expected) in [
        ("traces?page=0", "page: expected a whole number from 1"),
        ("traces?page=x", "page: expected a whole number from 1"),
        ("traces?page=4294967296", "page: expected a whole number from 1 to 4294967295"),
        ("traces?page_size=0", "page_size: expected a whole number from 1"),
        ("traces?per_page=", "per_page: expected a whole number from 1"),
        ("traces?min_events=-1", "min_events: expected a whole number from 0"),
        ("traces?cursor=x", "cursor: expected next_cursor of another page"),
        ("traces?cursor=x,trace-1", "cursor: expected next_cursor of another page"),
        ("traces?page=1&page=2", "page: expected once"),
        ("traces?pagesize=1", "pagesize: no such parameter: expected page, "),
        ("traces/t?page=1", "page: expected no parameters"),
        ("traces/%FF", "trace_id: expected UTF-8"),
        ("export?from=yesterday", "from: expected an RFC 3339 date-time"),
        ("export?until=", "until: expected an RFC 3339 date-time"),
        ("export?trace=t", "trace: no such parameter: expected from, until, service, trace_id"),
    ] {
        let error = sidecar.get(&format!("/api/{path}")).error(400);
        assert!(error.contains(expected), "{path}: {error}");
    }
    assert_eq!(sidecar.get("/api/traces?&page=1&").data()["total_traces"], 1);
}

fn a_cursor_names_its_place_while_traces_come(sidecar: &Sidecar) {
    // Of two traces each that start at the same instant.
    let start = |number: usize| format!("2026-11-22T12:{:02}:00Z", number / 2);
    let trace = |number: usize| event(&format!("trace, {number:02}"), "e", &start(number));
    let first: Vec<Value> = (0..20).map(trace).collect();
    sidecar.store(&first);
    for filter in ["", "&service=bank", "&min_events=1"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("/api/traces?page_size=3{filter}{cursor}");
            let page = sidecar.get(&query).data();
            let traces = page["traces"].as_array().expect("traces");
            seen.extend(traces.iter().filter_map(|t| t["trace_id"].as_str().map(str::to_owned)));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={}", next.replace(' ', "%20").replace(',', "%2C"));
            let newer =
                event(&format!("newer-{}-{filter}", seen.len()), "e", "2026-11-22T13:00:00Z");
            sidecar.store(&[newer]);
        }
        seen.retain(|id| id.starts_with("trace"));
        let expected: Vec<String> = (0..20).rev().map(|n| format!("trace, {n:02}")).collect();
        assert_eq!(seen, expected, "{filter}");
    }
}

fn a_trace_is_named_by_its_root(sidecar: &Sidecar) {
    let of = |service: &str, id: &str, second: u32, parent: Option<&str>| {
        let mut event = event("named", id, &format!("2026-11-22T12:00:{second:02}Z"));
        event["metadata"]["service_name"] = service.into();
        event["parent_id"] = json!(parent);
        event
    };
    let name = || sidecar.get("/api/traces").data()["traces"][0]["service_name"].clone();
    sidecar.store(&[of("second", "b", 20, Some("a"))]);
    assert_eq!(name(), "second");
    sidecar.store(&[of("first", "c", 10, Some("a"))]);
    assert_eq!(name(), "first");
    sidecar.store(&[of("late-root", "d", 40, None), of("third", "e", 5, Some("a"))]);
    assert_eq!(name(), "late-root");
    sidecar.store(&[of("root", "a", 30, None)]);
    assert_eq!(name(), "root");
    let services = sidecar.get("/api/traces").data()["traces"][0]["services"].clone();
    assert_eq!(services, json!(["first", "late-root", "root", "second", "third"]));
}

fn what_is_not_there_is_not_found(sidecar: &Sidecar) {
    assert!(sidecar.get("/api/traces/nothing").error(404).contains("nothing"));
    sidecar.get("/api/traces/%00").error(404);
    sidecar.get("/api/nothing").error(404);
    sidecar.get("/events").error(405);
}

/// Two clients post to the same traces, one in the opposite order of the other.
fn clients_that_share_traces_lose_nothing(sidecar: &Sidecar) {
    const ROUNDS: usize = 200;
    let client = |name: &str, is_reversed: bool| {
        for round in 0..ROUNDS {
            let id = format!("{name}-{round}");
            let mut events: Vec<Value> =
                (0..10).map(|trace| event(&format!("trace-{trace}"), &id, NOON)).collect();
            if is_reversed {
                events.reverse();
            }
            sidecar.store(&events);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| client("forwards", false));
        scope.spawn(|| client("backwards", true));
    });
    let list = sidecar.get("/api/traces").data();
    let counts: Vec<&Value> =
        list["traces"].as_array().expect("traces").iter().map(|t| &t["event_count"]).collect();
    assert_eq!(counts, vec![&json!(2 * ROUNDS); 10]);
}
