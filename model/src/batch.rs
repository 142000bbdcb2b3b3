//! From the bytes of a request to its events.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{Event, Reason, Rejection};

/// The events of one request body: those that are valid, and why the others are not.
#[derive(Debug, Default)]
pub struct Batch {
    /// The valid events, each with its place in the body, from 0.
    pub events: Vec<(usize, Event)>,
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
    /// Not even text.
    #[error("expected UTF-8: {0}")]
    NotUtf8(#[from] std::str::Utf8Error),
}

/// Reads a body: one event, an array, `{"events": [...]}`, or newline-delimited JSON of these.
///
/// Each event is parsed by itself, so that one that no parser or no `jsonb` takes (a lone
/// surrogate, nesting deeper than 128) doesn't cost its neighbours.
pub fn parse_batch(body: &[u8]) -> Result<Batch, BatchError> {
    let text = std::str::from_utf8(body)?;
    match serde_json::from_str::<&RawValue>(text) {
        Ok(json) => parse_document(json),
        Err(error) => parse_lines(text).ok_or(BatchError::NotJson(error)),
    }
}

/// `{"events": [...]}`, told from an event by having no id.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    event_id: Option<&'a RawValue>,
}

fn parse_document(json: &RawValue) -> Result<Batch, BatchError> {
    let mut batch = Batch::default();
    for element in elements(json, &mut batch.is_single)? {
        batch.add(element.get());
    }
    Ok(batch)
}

/// The events within a JSON document, unparsed.
fn elements<'a>(json: &'a RawValue, is_single: &mut bool) -> Result<Vec<&'a RawValue>, BatchError> {
    let list =
        |json: &'a RawValue| serde_json::from_str(json.get()).map_err(|_| BatchError::NotEvents);
    match json.get().as_bytes().first() {
        Some(b'[') => list(json),
        Some(b'{') => {
            let envelope = serde_json::from_str(json.get());
            if let Ok(Envelope { events: Some(events), id: None, event_id: None }) = envelope {
                return list(events);
            }
            *is_single = true;
            Ok(vec![json])
        }
        _ => Err(BatchError::NotEvents),
    }
}

/// Newline-delimited JSON: `None` unless some line is JSON of events. A line that is not is one
/// refused event.
fn parse_lines(text: &str) -> Option<Batch> {
    let mut batch = Batch::default();
    let mut found_events = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let document = serde_json::from_str::<&RawValue>(line).ok();
        match document.and_then(|json| elements(json, &mut false).ok()) {
            Some(elements) => {
                found_events = true;
                for element in elements {
                    batch.add(element.get());
                }
            }
            None => batch.add(line),
        }
    }
    found_events.then_some(batch)
}

impl Batch {
    /// How many events the body held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len() + self.rejections.len()
    }

    /// Whether the body held no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add(&mut self, json: &str) {
        let index = self.len();
        match serde_json::from_str::<Value>(json) {
            Ok(json) => self.add_parsed(index, json),
            Err(error) => self.reject(index, None, &Reason::NotJson(error.to_string())),
        }
    }

    fn add_parsed(&mut self, index: usize, json: Value) {
        let id = [&json["id"], &json["event_id"]].into_iter().find_map(Value::as_str);
        let id = id.map(str::to_owned);
        match Event::from_json(json) {
            Ok(event) => self.events.push((index, event)),
            Err(reason) => self.reject(index, id, &reason),
        }
    }

    fn reject(&mut self, index: usize, id: Option<String>, reason: &Reason) {
        self.rejections.push(Rejection { index, id, reason: reason.to_string() });
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, BatchError, parse_batch};

    const EVENT: &str =
        r#"{"event_id":"e","trace_id":"t","kind":"Custom","timestamp":"2026-01-31T12:00:00Z"}"#;

    fn counts(body: &str) -> (usize, usize) {
        let Batch { events, rejections, .. } = parse_batch(body.as_bytes()).expect("a batch");
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
        assert!(parse_batch(EVENT.as_bytes()).expect("a batch").is_single);
        assert!(!parse_batch(format!("[{EVENT}]").as_bytes()).expect("a batch").is_single);
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
        let batch = parse_batch(body.as_bytes()).expect("a batch");
        assert_eq!(batch.rejections[0].index, 1);
        assert_eq!(batch.rejections[0].id.as_deref(), Some("bad"));
        assert!(batch.rejections[0].reason.starts_with("kind: expected"));
    }

    #[test]
    fn a_body_without_events_is_refused() {
        for body in ["", "nonsense", "5", "\"text\"", "{\"events\": 5}", "{\"events\":[", "\n\n"] {
            assert!(parse_batch(body.as_bytes()).is_err(), "{body}");
        }
        assert!(matches!(parse_batch(b"\xff"), Err(BatchError::NotUtf8(_))));
    }
}
