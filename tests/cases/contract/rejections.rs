//! What has something wrong costs no other, whatever the shape of the body, and is told in brief.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::NOON;
use crate::harness::{Sidecar, event};

/// Of all that a body has wrong, so many are listed.
const LISTED: usize = 100;

pub(super) fn many_rejections_are_told_in_brief(sidecar: &Sidecar) {
    const NUMBERS: usize = 200_000;
    const ANSWER_BYTES: usize = 100_000;
    const LIMIT: Duration = Duration::from_secs(5);
    let sound = event("many", "sound", NOON).to_string();
    let body = format!("[{}{sound}]", "7,".repeat(NUMBERS));
    let start = Instant::now();
    let answer = sidecar.post(&body);
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    assert!(answer.json.to_string().len() < ANSWER_BYTES, "{}", answer.json);
    let data = answer.data();
    assert_eq!((&data["accepted"], &data["rejected_total"]), (&json!(1), &json!(NUMBERS)));
    let listed = data["rejected"].as_array().expect("rejections").iter();
    let expected: Vec<Value> = (0..LISTED).map(Value::from).collect();
    assert_eq!(listed.map(|rejection| rejection["index"].clone()).collect::<Vec<_>>(), expected);
    assert_eq!(sidecar.events("many").len(), 1);
}

/// Around a list of events: what is before, between and behind them.
const SHAPES: [[&str; 3]; 7] = [
    ["[", ",", "]"],
    ["[\n  ", ",\n  ", "\n]\n"],
    ["{\"events\":[", ",", "]}"],
    ["{\n  \"events\": [\n", ",\n", "\n  ]\n}\n"],
    ["{\"source\":\"sdk\",\r\n\"events\":[\r\n", ",\r\n", "],\r\n\"sent\":1}"],
    ["", "\n", ""],
    ["", "\r\n\n", "\n"],
];

fn in_shape([before, between, behind]: [&str; 3], events: &[String]) -> String {
    format!("{before}{}{behind}", events.join(between))
}

/// Sound events, with numbers for ids.
fn numbered(trace_id: &str) -> Vec<String> {
    (0..4).map(|number| event(trace_id, &number.to_string(), NOON).to_string()).collect()
}

pub(super) fn what_json_can_not_hold_costs_one_event(sidecar: &Sidecar) {
    let values =
        [r#""\ud83d""#, r#""a\udc00b""#, "NaN", "-Infinity", "1e999999", "1e-999999", "\"\u{1}\""];
    for (number, value) in values.into_iter().enumerate() {
        for (shape_number, shape) in SHAPES.into_iter().enumerate() {
            let trace_id = format!("wrong-{number}-{shape_number}");
            let mut events = numbered(&trace_id);
            events[2] =
                events[2].replacen("\"metadata\":{", &format!("\"metadata\":{{\"x\":{value},"), 1);
            let body = in_shape(shape, &events);
            let data = sidecar.post(&body).data();
            assert_eq!(
                (&data["accepted"], &data["rejected_total"]),
                (&json!(3), &json!(1)),
                "{body}\n{data}"
            );
            assert_eq!(data["rejected"][0]["index"], 2, "{body}\n{data}");
            let read = sidecar.events(&trace_id);
            let ids: Vec<&Value> = read.iter().map(|event| &event["id"]).collect();
            assert_eq!(ids, ["0", "1", "3"], "{body}");
        }
    }
}

pub(super) fn a_byte_order_mark_costs_nothing(sidecar: &Sidecar) {
    for (number, shape) in SHAPES.into_iter().enumerate() {
        let trace_id = format!("marked-{number}");
        let body = format!("\u{feff}{}", in_shape(shape, &numbered(&trace_id)));
        let data = sidecar.post(&body).data();
        assert_eq!((&data["accepted"], &data["rejected"]), (&json!(4), &json!([])), "{body}");
        assert_eq!(sidecar.events(&trace_id).len(), 4);
    }
}

/// Bytes that are no UTF-8 do no more harm.
pub(super) fn bytes_that_are_no_text_cost_one_event(sidecar: &Sidecar) {
    for (number, shape) in SHAPES.into_iter().enumerate() {
        let trace_id = format!("bytes-{number}");
        let mut events = numbered(&trace_id);
        events[1] = events[1].replacen("\"1\"", "\"\u{1a}\"", 1);
        let mut body = in_shape(shape, &events).into_bytes();
        let place = body.iter().position(|&byte| byte == 0x1a).expect("the place");
        body[place] = 0xff;
        let data = sidecar.post_bytes(&body, &[]).data();
        assert_eq!((&data["accepted"], &data["rejected_total"]), (&json!(3), &json!(1)), "{data}");
        assert_eq!(data["rejected"][0]["index"], 1, "{data}");
        assert_eq!(sidecar.events(&trace_id).len(), 3);
    }
}

/// Instants are cut to microseconds: none becomes one of the year 10000.
pub(super) fn the_year_9999_has_an_end(sidecar: &Sidecar) {
    let last = "9999-12-31T23:59:59.999999Z";
    for (id, instant) in [
        ("nanoseconds", "9999-12-31T23:59:59.999999999Z"),
        ("half", "9999-12-31T23:59:59.9999995Z"),
        ("far west", "9999-12-31T15:59:59.9999999-08:00"),
    ] {
        sidecar.store(&[event("end", id, instant)]);
    }
    for instant in [
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:60.5Z",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "0000-12-31T23:59:59Z",
    ] {
        let data = sidecar.post(&event("end", "beyond", instant).to_string()).data();
        assert_eq!(data["accepted"], 0, "{instant}: {data}");
        let reason = data["rejected"][0]["reason"].as_str().expect("a reason");
        assert!(reason.contains("in the years 0001 to 9999"), "{instant}: {reason}");
    }
    let read = sidecar.events("end");
    assert_eq!(read.iter().map(|event| &event["timestamp"]).collect::<Vec<_>>(), [last; 3]);
    assert_eq!(sidecar.export("").lines().count(), 3);
}

/// Of fields of one name the last counts, for what an event must have too.
pub(super) fn the_last_of_one_name_counts(sidecar: &Sidecar) {
    let of = |id: &str, more: &str| {
        format!(
            r#"{{"event_id":5,"event_id":"{id}","trace_id":null,"trace_id":"named","kind":7,"kind":"K",
                "timestamp":"soon","timestamp":"{NOON}","vector_clock":{{{more}}}}}"#
        )
    };
    for (id, clock) in [("a", r#""c":"text","c":1"#), ("b", r#""c":-1,"d":2,"\u0063":1"#)] {
        let data = sidecar.post(&of(id, clock)).data();
        assert_eq!((&data["accepted"], &data["rejected"]), (&json!(1), &json!([])), "{clock}");
    }
    for (id, clock) in [("c", r#""c":1,"c":"text""#), ("d", r#""c":"text","c":1,"d":null"#)] {
        let data = sidecar.post(&of(id, clock)).data();
        assert_eq!((&data["accepted"], &data["rejected_total"]), (&json!(0), &json!(1)), "{clock}");
    }
    // `jsonb` looks at each.
    let data = sidecar.post(&of("e", "").replacen('7', "1e999999", 1)).data();
    assert_eq!((&data["accepted"], &data["rejected_total"]), (&json!(0), &json!(1)), "{data}");
    let read = sidecar.sent("named");
    let clocks: Vec<&Value> = read.iter().map(|event| &event["vector_clock"]).collect();
    assert_eq!(clocks, [&json!({"c": 1}), &json!({"c": 1, "d": 2})]);
}
