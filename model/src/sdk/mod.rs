//! Any event as clients of the read API expect it: in the dialect of the SDKs, and with every field that
//! they need. They refuse a whole trace for one field that is missing or of another type.

mod complete;
mod convert;
mod object;

use std::borrow::Cow;

use crate::Dialect;
use crate::fields::Fields;
use crate::tape::Tape;
use complete::complete_event;
use convert::converted;

/// The event in the dialect of the SDKs: one of theirs as it was sent, with what clients need and it lacks;
/// a flat one converted. What is no object of JSON stays as it is.
#[must_use]
pub fn sdk_event(json: &str) -> Cow<'_, str> {
    let tape = Tape::read(json);
    let event = tape.root();
    if !event.is_object() {
        return Cow::Borrowed(json);
    }
    match Fields::of(event).dialect() {
        Dialect::Sdk => complete_event(event).map_or(Cow::Borrowed(json), Cow::Owned),
        Dialect::Flat => {
            let converted = converted(event);
            let completed = complete_event(Tape::read(&converted).root());
            Cow::Owned(completed.unwrap_or(converted))
        }
    }
}

/// The fields of an event's kind as the dialect of the SDKs has them: JSON of an object, which is empty where they are
/// none.
#[must_use]
pub fn sdk_payload(json: &str) -> String {
    let event = sdk_event(json);
    let tape = Tape::read(&event);
    let kind = tape.root().get("kind").and_then(|kind| kind.fields().last());
    let fields = kind.map(|(_, fields)| fields).filter(|fields| fields.is_object());
    fields.map_or("{}", |fields| fields.raw()).to_owned()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::{sdk_event, sdk_payload};
    use crate::{Dialect, EventView};

    /// What an event is for clients.
    fn read(event: &Value) -> Value {
        serde_json::from_str(&sdk_event(&event.to_string())).expect("JSON")
    }

    #[test]
    fn a_whole_event_of_an_sdk_stays_as_it_was_sent() {
        let sent = r#"{ "id":"e","trace_id":"t","parent_id":null,"timestamp":"2026-01-31T12:00:00Z",
            "kind":{"Custom":5},"metadata":{"thread_id":"1","service_name":"","environment":"x","tags":{},
            "duration_ns":1500}, "causality_vector":[["a",3.0]],"lock_set":["l"],"more":[1]}"#;
        assert!(matches!(sdk_event(sent), Cow::Borrowed(same) if same == sent));
        assert_eq!(sdk_event("[1]"), "[1]");
    }

    #[test]
    fn what_clients_need_is_added() {
        let least = json!({ "id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "kind": "Fence" });
        let whole = json!({
            "id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "parent_id": null,
            "kind": { "Fence": {} }, "causality_vector": [], "lock_set": [],
            "metadata": {
                "thread_id": "unknown", "service_name": "unknown", "environment": "", "tags": {},
                "duration_ns": null
            }
        });
        assert_eq!(read(&least), whole);
        let odd = json!({
            "id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "parent_id": 7,
            "kind": "Fence", "causality_vector": null, "lock_set": {},
            "metadata": {
                "thread_id": 1, "service_name": null, "environment": [], "tags": "", "duration_ns": "1"
            }
        });
        assert_eq!(read(&odd), whole);
        assert_eq!(read(&whole), whole);
    }

    #[test]
    fn a_duration_is_a_whole_number_of_nanoseconds() {
        for (sent, read_as) in [
            ("1500.5", "1501"),
            ("1e3", "1000"),
            ("3.0", "3"),
            ("0.4", "0"),
            ("-1", "null"),
            ("-0.5", "null"),
            ("1e400", "null"),
            ("1e30", "9007199254740992"),
            ("99999999999999999999", "9007199254740992"),
            ("true", "null"),
            ("1700", "1700"),
        ] {
            let sent = format!(r#"{{"id":"e","kind":{{}},"metadata":{{"duration_ns":{sent}}}}}"#);
            let event: Value = serde_json::from_str(&sdk_event(&sent)).expect("JSON");
            assert_eq!(event["metadata"]["duration_ns"].to_string(), read_as, "{sent}");
        }
    }

    #[test]
    fn a_flat_event_is_converted() {
        let flat = json!({
            "event_id": "e", "id": "other", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z",
            "kind": "StateChange", "location": "a.rs:1", "duration_ms": 1.5,
            "vector_clock": { "a": 3, "b": 2 }, "more": [1],
            "metadata": {
                "variable": "x", "new_value": [1], "location": "elsewhere", "thread_id": "1",
                "process_id": 5, "service_name": "bank", "instance_id": "i", "tags": { "a": "b" },
                "distributed_span_id": "d", "upstream_span_id": "u", "lock_set": ["l"]
            }
        });
        let mut payload = flat["metadata"].clone();
        payload["location"] = "a.rs:1".into();
        assert_eq!(
            read(&flat),
            json!({
                "id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "parent_id": null,
                "kind": { "StateChange": payload }, "more": [1],
                "metadata": {
                    "thread_id": "1", "process_id": 5, "service_name": "bank", "instance_id": "i",
                    "tags": { "a": "b" }, "distributed_span_id": "d", "upstream_span_id": "u",
                    "environment": "", "duration_ns": 1_500_000
                },
                "causality_vector": [["a", 3], ["b", 2]], "lock_set": ["l"]
            })
        );
    }

    #[test]
    fn the_fields_of_a_kind_are_an_object() {
        for (kind, fields) in [
            (r#"{"Custom":{"a":1.0,"b":[2]}}"#, r#"{"a":1.0,"b":[2]}"#),
            (r#"{"Custom":5}"#, "{}"),
            (r#""Fence""#, "{}"),
        ] {
            assert_eq!(sdk_payload(&format!(r#"{{"id":"e","kind":{kind}}}"#)), fields);
        }
        let flat = r#"{"event_id":"e","kind":"Fence","metadata":{"variable":"x"}}"#;
        assert_eq!(sdk_payload(flat), r#"{"variable":"x"}"#);
        assert_eq!(sdk_payload("[1]"), "{}");
    }

    #[test]
    fn a_converted_event_means_the_same() {
        let flat = r#"{"event_id":"e","trace_id":"t","parent_id":"p","timestamp":"2026-01-31T12:00:00Z",
            "kind":{"HttpRequest":1},"location":"a.rs:1","duration_ms":1.5,"lock_set":["m"],
            "vector_clock":{"a":1,"b":2,"\u0061":3.0},
            "metadata":{"method":"GET","url":"/x","headers":{"content-type":"application/grpc"},
            "thread_id":"1","process_id":5,"service_name":"bank","environment":"test","lock_set":["l"],
            "distributed_span_id":"d","upstream_span_id":"u","tags":{"sdk_language":"go"}}}"#;
        let sent = EventView::parse(flat).expect("an event");
        let converted = sdk_event(flat);
        let converted = EventView::parse(&converted).expect("an event");
        assert_eq!(converted.dialect, Dialect::Sdk);
        assert_eq!(EventView { dialect: Dialect::Flat, ..converted }, sent);
    }

    #[test]
    fn a_flat_event_with_odd_fields_is_one_of_an_sdk() {
        let odd = json!({
            "event_id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "parent_id": 9,
            "kind": "Custom", "location": 7, "duration_ms": "soon", "vector_clock": null,
            "metadata": "text", "causality_vector": {}, "lock_set": null
        });
        assert_eq!(
            read(&odd),
            json!({
                "id": "e", "trace_id": "t", "timestamp": "2026-01-31T12:00:00Z", "parent_id": null,
                "kind": { "Custom": {} }, "causality_vector": [], "lock_set": [],
                "metadata": {
                    "thread_id": "unknown", "service_name": "unknown", "environment": "", "tags": {},
                    "duration_ns": null
                }
            })
        );
    }
}
