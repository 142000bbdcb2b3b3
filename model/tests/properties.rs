//! What holds for every event and every clock.
#![allow(missing_docs, reason = "a test program has no users of its items")]

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proptest::prelude::*;
use raceway_model::{
    Event, Timestamp, TraceSummary, VectorClock, escape_json, json_equal, parse_batch, sdk_event,
    unescape_json,
};
use serde_json::{Map, Value, json};

/// JSON of every kind, with the characters and numbers that are hard to keep.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u128>().prop_map(|n| n.to_string()),
        (any::<i32>(), -30..30).prop_map(|(mantissa, exponent)| format!("{mantissa}e{exponent}")),
        (any::<i16>(), "[0-9]{1,25}")
            .prop_map(|(integer, fraction)| format!("{integer}.{fraction}")),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number.prop_map(|digits| serde_json::from_str(&digits).expect("a number")),
        any::<String>().prop_map(Value::from),
        "[\u{0}\u{10}0\\\\\"]{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z\u{0}\u{10}]{0,3}", inner, 0..5)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A valid event in either dialect with fields of any kind beside the required ones.
fn any_event() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "parent_id",
        "metadata",
        "lock_set",
        "100%s",
        "location",
        "duration_ms",
        "other",
        "id",
        "event_id",
    ]);
    let beside = prop::collection::vec((names, any_json()), 0..6);
    let clock = prop::collection::btree_map("[a-c]{1,2}", any::<u64>(), 0..3);
    (any::<bool>(), any_json(), any_json(), beside, clock, 0..4_000_000_000_000_000i64).prop_map(
        |(is_flat, payload, service, beside, clock, micros)| {
            let mut event: Map<String, Value> =
                beside.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let timestamp = Timestamp::from_micros(micros).expect("a year within range");
            event.insert("timestamp".into(), timestamp.to_string().into());
            event.insert("trace_id".into(), "t".into());
            if is_flat {
                event.remove("id");
                event.insert("event_id".into(), "e".into());
                event.insert("kind".into(), "Custom".into());
                event.insert("vector_clock".into(), json!(clock));
            } else {
                event.insert("id".into(), "e".into());
                event.insert("kind".into(), json!({ "Custom": payload }));
                event.insert("causality_vector".into(), pairs(clock));
                event.insert("metadata".into(), json!({ "service_name": service, "tags": {} }));
            }
            Value::Object(event)
        },
    )
}

fn pairs(clock: BTreeMap<String, u64>) -> Value {
    clock.into_iter().map(|(component, clock)| json!([component, clock])).collect()
}

fn any_clock() -> impl Strategy<Value = VectorClock> {
    let value = prop_oneof![0..4u64, any::<u64>()];
    prop::collection::vec(("[a-d]", value), 0..5).prop_map(|pairs| pairs.into_iter().collect())
}

/// A line that may be wrong in any way, mostly in its brackets.
fn any_line() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "x",
        "1",
        "\"a\":",
        "\"events\":[",
        "{\"events\":[",
        "\"id\":1",
        "{}",
        "[]",
        "{\"a\":[1]}",
        " ",
        "\t",
        "\u{feff}",
        "NaN",
    ]);
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

const EVENT: &str =
    r#"{"event_id":"e","trace_id":"t","kind":"Custom","timestamp":"2026-01-31T12:00:00Z"}"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_event_is_one_of_an_sdk_for_clients(sent in any_event()) {
        let text = sent.to_string();
        let read = sdk_event(&text);
        prop_assert!(matches!(sdk_event(&read), std::borrow::Cow::Borrowed(_)), "{}", read);
        let (event, known) = (Event::parse(&read).expect("valid"), Event::parse(&text).expect("valid"));
        prop_assert_eq!(event.key(), known.key());
        let read: Value = serde_json::from_str(&read).expect("JSON");
        prop_assert!(read["kind"].is_object() && read["metadata"]["tags"].is_object(), "{}", read);
    }

    #[test]
    fn an_event_comes_back_as_it_was_sent(sent in any_event()) {
        let text = sent.to_string();
        let event = Event::parse(&text).expect("a valid event");
        let read = event.to_json();
        let value: Value = serde_json::from_str(&read).expect("JSON");
        prop_assert!(json_equal(&value, &sent), "{}\n{}", read, sent);
        prop_assert_eq!(Event::parse(&read).expect("still valid").to_json(), read.clone());
    }

    #[test]
    fn no_body_is_too_odd_to_be_answered(body in any::<Vec<u8>>(), json in any_json()) {
        let _ = parse_batch(&String::from_utf8_lossy(&body));
        let _ = parse_batch(&json.to_string());
    }

    /// One event alone between two lines could be a value of JSON that spans these.
    #[test]
    fn no_line_costs_another(lines in prop::collection::vec(any_line(), 1..6)) {
        let between = format!("\n{EVENT}\n{EVENT}\n");
        let body = lines.join(&between);
        let accepted = parse_batch(&body).map_or(0, |batch| batch.events.len());
        prop_assert_eq!(accepted, 2 * (lines.len() - 1), "{}", body);
    }

    #[test]
    fn what_is_escaped_holds_no_nul_and_comes_back(json in any_json()) {
        let text = json.to_string();
        let escaped = escape_json(&text);
        let held: Value = serde_json::from_str(&escaped).expect("still JSON");
        prop_assert!(!contains_nul(&held));
        let back: Value = serde_json::from_str(&unescape_json(&held.to_string())).expect("JSON");
        prop_assert_eq!(back, json);
    }

    #[test]
    fn the_order_of_clocks_is_partial(a in any_clock(), b in any_clock(), c in any_clock()) {
        prop_assert!(!a.happens_before(&a) && !a.is_concurrent(&a));
        prop_assert!(!(a.happens_before(&b) && b.happens_before(&a)));
        if a.happens_before(&b) && b.happens_before(&c) {
            prop_assert!(a.happens_before(&c));
        }
        let holds = [a == b, a.happens_before(&b), b.happens_before(&a), a.is_concurrent(&b)];
        prop_assert_eq!(holds.into_iter().filter(|&holds| holds).count(), 1);
        prop_assert_eq!(a.partial_cmp(&b), b.partial_cmp(&a).map(Ordering::reverse));
    }

    #[test]
    fn a_merge_is_the_least_upper_bound(a in any_clock(), b in any_clock(), c in any_clock()) {
        let merged = a.clone().merge(&b);
        prop_assert!(a <= merged && b <= merged);
        let bound = merged.clone().merge(&c);
        prop_assert!(merged <= bound, "below every other upper bound");
        prop_assert_eq!(&b.merge(&a), &merged);
        prop_assert_eq!(merged.clone().merge(&merged), merged);
    }

    #[test]
    fn a_summary_does_not_depend_on_the_order(
        (events, shuffled) in prop::collection::vec((0..5i64, any::<bool>(), "[ab]?"), 1..9)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
    ) {
        let summary = |events: &[(i64, bool, String)]| {
            let sent: Vec<String> = events.iter().map(|(second, is_root, service)| {
                let mut event = json!({
                    "id": "e", "trace_id": "t", "kind": "K",
                    "timestamp": format!("2026-11-22T12:00:0{second}Z"),
                    "metadata": { "service_name": service },
                });
                if !is_root {
                    event["parent_id"] = "p".into();
                }
                event.to_string()
            }).collect();
            let mut events = sent.iter().map(|json| Event::parse(json).expect("a valid event"));
            let mut summary = TraceSummary::of(&events.next().expect("an event"));
            events.for_each(|event| summary.add(&event));
            summary
        };
        let whole = summary(&events);
        prop_assert_eq!(&whole, &summary(&shuffled));
        let (some, others) = shuffled.split_at(shuffled.len() / 2);
        if !some.is_empty() {
            let mut merged = summary(some);
            merged.merge(summary(others));
            prop_assert_eq!(merged, whole);
        }
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| key.contains('\0') || contains_nul(value))
        }
        _ => false,
    }
}
