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
    let mut batch = Batch::default();
    batch.is_single = visit_events(text, &mut |raw, json| {
        batch.push(raw, json.map_or_else(|| Event::parse(raw), Event::of_json));
    })?;
    Ok(batch)
}

/// The texts of a body's events, valid or not: the one at place `index` is that of the
/// [`Rejection`] with this index.
pub fn split_batch(text: &str) -> Result<Vec<&str>, BatchError> {
    let mut events = Vec::new();
    visit_events(text, &mut |raw, _| events.push(raw))?;
    Ok(events)
}

/// Calls for each event, with its text, and its JSON where the text is JSON. Returns whether the
/// body is one event by itself. What was called before an error counts for nothing.
fn visit_events<'a>(text: &'a str, visit: &mut Visitor<'_, 'a>) -> Result<bool, BatchError> {
    match document(text) {
        Ok(json) => visit_document(json, visit).ok_or(BatchError::NotEvents),
        Err(_) if visit_lines(text, visit) => Ok(false),
        Err(error) => Err(BatchError::NotJson(error)),
    }
}

type Visitor<'v, 'a> = dyn FnMut(&'a str, Option<Json<'_, 'a>>) + 'v;

/// The JSON of a text that holds nothing else.
fn document(text: &str) -> serde_json::Result<&str> {
    serde_json::from_str::<&RawValue>(text).map(RawValue::get)
}

/// Returns whether the document is one event by itself; `None` if it holds no events at all.
fn visit_document<'a>(json: &'a str, visit: &mut Visitor<'_, 'a>) -> Option<bool> {
    let tape = Tape::read(json);
    let root = tape.root();
    let list = match root.get("events") {
        Some(events) if root.get("id").or(root.get("event_id")).is_none() => events,
        _ if root.is_object() => {
            visit(root.raw(), Some(root));
            return Some(true);
        }
        _ => root,
    };
    if !list.is_array() {
        return None;
    }
    list.children().for_each(|event| visit(event.raw(), Some(event)));
    Some(false)
}

/// Newline-delimited JSON: returns whether some line holds events. A line that does not is one
/// event, which will be refused.
fn visit_lines<'a>(text: &'a str, visit: &mut Visitor<'_, 'a>) -> bool {
    let mut found_events = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match document(line).ok().and_then(|json| visit_document(json, visit)) {
            Some(_) => found_events = true,
            None => visit(line, None),
        }
    }
    found_events
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

/// The id of an event, valid or not, where it has one that is a string.
#[must_use]
pub fn sent_id(json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).ok()?;
    [&value["id"], &value["event_id"]].into_iter().find_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Batch, parse_batch, split_batch};

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
        assert_eq!(split_batch(&body).expect("events")[1], r#"{"id":"bad","trace_id":"t"}"#);
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
