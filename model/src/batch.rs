//! From the bytes of a request to its events.

use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::tape::{Json, Tape};
use crate::{Event, Reason, Rejection};

/// The events of one request body: those that are valid, and why the others are not.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The valid events, in the order of the body.
    pub events: Vec<Event<'a>>,
    /// The refused ones.
    pub rejections: Vec<Rejection>,
    /// Whether the body was one event by itself.
    pub is_single: bool,
}

/// The whole body is refused: it holds no events.
#[derive(Debug, Error)]
pub enum BatchError {
    /// Neither JSON nor newline-delimited JSON.
    #[error("expected JSON, or newline-delimited JSON: {0}")]
    NotJson(serde_json::Error),
    /// JSON of another shape.
    #[error("expected an event, an array of events, or {{\"events\": [...]}}")]
    NotEvents,
}

/// Reads a body: one event, an array, `{"events": [...]}`, or newline-delimited JSON of these.
///
/// Each event is looked at by itself, so that one that no `jsonb` takes (a lone surrogate, nesting
/// deeper than 128) doesn't cost its neighbours.
pub fn parse_batch(text: &str) -> Result<Batch<'_>, BatchError> {
    match document(text) {
        Ok(json) => parse_document(json),
        Err(error) => parse_lines(text).ok_or(BatchError::NotJson(error)),
    }
}

/// The JSON of a text that holds nothing else.
fn document(text: &str) -> serde_json::Result<&str> {
    serde_json::from_str::<&RawValue>(text).map(RawValue::get)
}

fn parse_document(json: &str) -> Result<Batch<'_>, BatchError> {
    let mut batch = Batch::default();
    let tape = Tape::read(json);
    for event in events_of(tape.root(), &mut batch.is_single)? {
        batch.push(event.raw(), Event::of_json(event));
    }
    Ok(batch)
}

/// The events within a JSON document.
fn events_of<'t, 'a>(
    json: Json<'t, 'a>,
    is_single: &mut bool,
) -> Result<Vec<Json<'t, 'a>>, BatchError> {
    let list = match json.get("events") {
        Some(events) if json.get("id").or(json.get("event_id")).is_none() => events,
        _ if json.is_object() => {
            *is_single = true;
            return Ok(vec![json]);
        }
        _ => json,
    };
    if list.is_array() { Ok(list.children().collect()) } else { Err(BatchError::NotEvents) }
}

/// Newline-delimited JSON: `None` unless some line is JSON of events. A line that is not is one
/// refused event.
fn parse_lines(text: &str) -> Option<Batch<'_>> {
    let mut batch = Batch::default();
    let mut found_events = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let tape = document(line).map(Tape::read).ok();
        match tape.as_ref().and_then(|tape| events_of(tape.root(), &mut false).ok()) {
            Some(events) => {
                found_events = true;
                for event in events {
                    batch.push(event.raw(), Event::of_json(event));
                }
            }
            None => batch.push(line, Event::parse(line)),
        }
    }
    found_events.then_some(batch)
}

impl<'a> Batch<'a> {
    fn push(&mut self, json: &'a str, event: Result<Event<'a>, Reason>) {
        match event {
            Ok(event) => self.events.push(event),
            Err(reason) => self.rejections.push(Rejection {
                index: self.events.len() + self.rejections.len(),
                id: sent_id(json),
                reason: reason.to_string(),
            }),
        }
    }
}

/// The id of a refused event, where it has one that is a string.
fn sent_id(json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).ok()?;
    [&value["id"], &value["event_id"]].into_iter().find_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Batch, parse_batch};

    const EVENT: &str =
        r#"{"event_id":"e","trace_id":"t","kind":"Custom","timestamp":"2026-01-31T12:00:00Z"}"#;

    fn counts(body: &str) -> (usize, usize) {
        let Batch { events, rejections, .. } = parse_batch(body).expect("a batch");
        (events.len(), rejections.len())
    }

    #[test]
    fn every_shape_of_a_body_is_read() {
        assert_eq!(counts(EVENT), (1, 0));
        assert_eq!(counts(&format!("[{EVENT},{EVENT}]")), (2, 0));
        assert_eq!(counts(&format!("{{\"events\":[{EVENT},{EVENT}]}}")), (2, 0));
        assert_eq!(counts(&format!("{EVENT}\n\n[{EVENT}]\r\n{{\"events\":[{EVENT}]}}\n")), (3, 0));
        assert_eq!(counts("[]"), (0, 0));
    }

    #[test]
    fn only_a_lone_event_is_single() {
        assert!(parse_batch(EVENT).expect("a batch").is_single);
        assert!(!parse_batch(&format!("[{EVENT}]")).expect("a batch").is_single);
    }

    #[test]
    fn what_one_event_has_wrong_costs_no_neighbour() {
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        for bad in ["5", r#"{"id":"\ud800"}"#, r#"{"a":1e999999}"#, &deep] {
            assert_eq!(counts(&format!("[{EVENT},{bad},{EVENT}]")), (2, 1), "{bad}");
        }
        assert_eq!(counts(&format!("{EVENT}\nnonsense\n{EVENT}")), (2, 1));
    }

    #[test]
    fn a_rejection_names_place_and_id() {
        let body = format!(r#"[{EVENT},{{"id":"bad","trace_id":"t"}}]"#);
        let batch = parse_batch(&body).expect("a batch");
        assert_eq!(batch.rejections[0].index, 1);
        assert_eq!(batch.rejections[0].id.as_deref(), Some("bad"));
        assert!(batch.rejections[0].reason.starts_with("kind: expected"));
    }

    #[test]
    fn a_body_without_events_is_refused() {
        for body in ["", "nonsense", "5", "\"text\"", "{\"events\": 5}", "{\"events\":[", "\n\n"] {
            assert!(parse_batch(body).is_err(), "{body}");
        }
    }
}
