//! From the bytes of a request to its events.

use std::borrow::Cow;

use serde_json::value::RawValue;
use thiserror::Error;

use crate::lexical;
use crate::tape::{Json, Tape};
use crate::{Event, Reason, Rejection, foreign};

/// Of a body's rejections so many are listed; all are counted. A body of numbers could have ten
/// million, each of which takes forty times its own bytes to be told.
pub const MAX_LISTED_REJECTIONS: usize = 100;

/// An event by itself is nested no deeper. (One that is nested deeper than 127 levels is rejected.)
const MAX_LEVELS: usize = 1000;

/// The events of one request body: those that are valid, and why the others are not.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The valid events, in the order of the body.
    pub events: Vec<Event<'a>>,
    /// The place of each of them among all events of the body, from 0.
    pub places: Vec<usize>,
    /// The first [`MAX_LISTED_REJECTIONS`] of the rejected ones.
    pub rejections: Vec<Rejection>,
    /// How many events are rejected.
    pub rejected: usize,
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
    /// An event for which its body is refused: Postgres may not be able to read it at all.
    #[error("expected an event of at most {MAX_LEVELS} levels")]
    TooDeep,
    /// JSON of another tracing system.
    #[error("expected events of Raceway: this is {0}")]
    Foreign(&'static str),
}

/// Reads a body: one event, an array, `{"events": [...]}`, or documents of these kinds, each on lines
/// of its own (newline-delimited JSON). Blanks and byte order marks around documents are ignored.
///
/// Each event is looked at by itself, so that one that is no JSON, or that no `jsonb` takes (a lone
/// surrogate, deep nesting), doesn't cost its neighbours.
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

/// Places and texts of all events that [`parse_batch`] rejects.
pub fn rejected_events(text: &str) -> Result<Vec<(usize, &str)>, BatchError> {
    let mut rejected = Vec::new();
    let mut place = 0;
    visit_events(text, &mut |raw, json| {
        if json.map_or_else(|| Event::parse(raw), Event::of_json).is_err() {
            rejected.push((place, raw));
        }
        place += 1;
    })?;
    Ok(rejected)
}

/// Calls for each event, with its text, and its JSON where the text is JSON. Returns whether the
/// body is one event by itself. What was called before an error counts for nothing.
fn visit_events<'a>(text: &'a str, visit: &mut Visitor<'_, 'a>) -> Result<bool, BatchError> {
    match document(lexical::trim(text)) {
        Ok(json) => visit_document(json, visit),
        Err(_) if visit_documents(text, visit) => Ok(false),
        Err(error) => Err(BatchError::NotJson(error)),
    }
}

type Visitor<'v, 'a> = dyn FnMut(&'a str, Option<Json<'_, 'a>>) + 'v;

/// The JSON of a text that holds nothing else.
fn document(text: &str) -> serde_json::Result<&str> {
    serde_json::from_str::<&RawValue>(text).map(RawValue::get)
}

/// Returns whether the document is one event by itself.
fn visit_document<'a>(json: &'a str, visit: &mut Visitor<'_, 'a>) -> Result<bool, BatchError> {
    let tape = Tape::read(json);
    let root = tape.root();
    let list = match root.get("events") {
        Some(events) if root.get("id").or(root.get("event_id")).is_none() => events,
        _ => root,
    };
    if let Some(format) = foreign::format(list).filter(|_| root.check_jsonb().is_ok()) {
        return Err(BatchError::Foreign(format));
    }
    if list == root && root.is_object() {
        if tape.levels() > MAX_LEVELS && root.is_deeper_than(MAX_LEVELS) {
            return Err(BatchError::TooDeep);
        }
        visit(root.raw(), Some(root));
        return Ok(true);
    }
    if !list.is_array() {
        return Err(BatchError::NotEvents);
    }
    list.children().for_each(|event| visit(event.raw(), Some(event)));
    Ok(false)
}

/// A text that is not JSON as a whole: returns whether some part of it holds events. A part that
/// does not is one event, which will be rejected.
fn visit_documents<'a>(text: &'a str, visit: &mut Visitor<'_, 'a>) -> bool {
    let is_by_line = lines(text).any(holds_events);
    let mut found_events = false;
    for part in lexical::documents(text) {
        let mut visit_event = |raw: &'a str, json: Option<Json<'_, 'a>>| {
            if json.is_none() && is_several(raw, is_by_line) {
                visit_pieces(raw, is_by_line, visit);
            } else {
                visit(raw, json);
            }
        };
        if visit_part(part, &mut visit_event) {
            found_events = true;
        } else if is_by_line || is_several(part, is_by_line) {
            found_events |= visit_pieces(part, is_by_line, visit);
        } else {
            visit(part, None);
        }
    }
    found_events
}

/// Returns whether the part holds events.
fn visit_part<'a>(part: &'a str, visit: &mut Visitor<'_, 'a>) -> bool {
    match document(part) {
        Ok(json) => visit_document(json, visit).is_ok(),
        Err(_) => visit_elements(part, visit),
    }
}

/// A document that is no JSON: returns whether it is a list of events all the same.
fn visit_elements<'a>(document: &'a str, visit: &mut Visitor<'_, 'a>) -> bool {
    let Some(events) = lexical::events(document) else { return false };
    for event in events {
        visit(event, None);
    }
    true
}

/// Whether what was taken for one document, or one event, is several with wrong brackets, of which
/// one holds events.
fn is_several(text: &str, is_by_line: bool) -> bool {
    text.contains('\n')
        && document(text).is_err()
        && pieces(text, is_by_line).nth(1).is_some()
        && pieces(text, is_by_line).any(holds_events)
}

/// Returns whether one of the pieces holds events. They are not taken apart further, so that the time
/// is that of the text, however deep it is nested.
fn visit_pieces<'a>(text: &'a str, is_by_line: bool, visit: &mut Visitor<'_, 'a>) -> bool {
    let mut found_events = false;
    for piece in pieces(text, is_by_line) {
        let found = visit_part(piece, visit);
        if !found {
            visit(piece, None);
        }
        found_events |= found;
    }
    found_events
}

/// The segments of a text; the lines of one that is no document, where the body has a document on
/// a line.
fn pieces(text: &str, is_by_line: bool) -> impl Iterator<Item = &str> {
    lexical::segments(text).flat_map(move |segment| {
        let is_lines = is_by_line && document(segment).is_err() && !holds_events(segment);
        let breaks: &[char] = if is_lines { &['\n'] } else { &[] };
        segment.split(breaks).map(lexical::trim).filter(|piece| !piece.is_empty())
    })
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(lexical::trim)
}

fn holds_events(part: &str) -> bool {
    part.starts_with(['{', '[']) && part.ends_with(['}', ']']) && visit_part(part, &mut |_, _| {})
}

impl<'a> Batch<'a> {
    fn push(&mut self, json: &'a str, event: Result<Event<'a>, Reason>) {
        let place = self.events.len() + self.rejected;
        match event {
            Ok(event) => {
                self.events.push(event);
                self.places.push(place);
            }
            Err(reason) => {
                if self.rejections.len() < MAX_LISTED_REJECTIONS {
                    self.rejections.push(Rejection::of(place, json, &reason));
                }
                self.rejected += 1;
            }
        }
    }
}

impl Rejection {
    /// Of the event with this text. What Postgres could not hold has no id.
    #[must_use]
    pub fn of(index: usize, json: &str, reason: &Reason) -> Self {
        let id = if matches!(reason, Reason::NotJson(_)) { None } else { sent_id(json) };
        Rejection { index, id, reason: reason.to_string() }
    }
}

/// The id of an event, valid or not, where it has one that is a string.
#[must_use]
pub fn sent_id(json: &str) -> Option<String> {
    let tape = Tape::read(document(json).ok()?);
    let field = |name| tape.root().get(name)?.string();
    ["id", "event_id"].into_iter().find_map(field).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{Batch, MAX_LISTED_REJECTIONS, parse_batch, rejected_events, split_batch};

    const EVENT: &str =
        r#"{"event_id":"e","trace_id":"t","kind":"Custom","timestamp":"2026-01-31T12:00:00Z"}"#;

    fn counts(body: &str) -> (usize, usize) {
        let Batch { events, rejected, .. } = parse_batch(body).expect("a batch");
        assert_eq!(split_batch(body).expect("events").len(), events.len() + rejected);
        assert_eq!(rejected_events(body).expect("events").len(), rejected);
        (events.len(), rejected)
    }

    #[test]
    fn every_shape_of_a_body_is_read() {
        assert_eq!(counts(EVENT), (1, 0));
        assert_eq!(counts(&format!("[{EVENT},{EVENT}]")), (2, 0));
        assert_eq!(counts(&format!("{{\"events\":[{EVENT},{EVENT}]}}")), (2, 0));
        assert_eq!(counts(&format!("{EVENT}\n\n[{EVENT}]\r\n{{\"events\":[{EVENT}]}}\n")), (3, 0));
        assert_eq!(counts("[]"), (0, 0));
        let over_lines = EVENT.replace(',', ",\n  ");
        assert_eq!(counts(&format!("\u{feff}{over_lines}\n{over_lines}\n")), (2, 0));
    }

    #[test]
    fn only_a_lone_event_is_single() {
        assert!(parse_batch(EVENT).expect("a batch").is_single);
        assert!(!parse_batch(&format!("[{EVENT}]")).expect("a batch").is_single);
    }

    #[test]
    fn what_one_event_has_wrong_costs_no_neighbour() {
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        let no_json = ["", r#"{"a":NaN}"#, r#"{"a":"\x"}"#, "{\"a\":\"\u{1}\"}", "nonsense"];
        for bad in
            ["5", r#"{"id":"\ud800"}"#, r#"{"a":1e999999}"#, &deep].into_iter().chain(no_json)
        {
            assert_eq!(counts(&format!("[{EVENT},{bad},{EVENT}]")), (2, 1), "{bad}");
            assert_eq!(counts(&format!("{{\"events\":\n[{bad}\n,{EVENT}]}}")), (1, 1), "{bad}");
        }
        assert_eq!(counts(&format!("{EVENT}\nnonsense\n{EVENT}")), (2, 1));
        assert_eq!(counts(&format!("{EVENT}\n{{\"cut off\":\n[{EVENT},NaN]")), (2, 2));
    }

    #[test]
    fn a_bracket_that_a_later_line_closes_costs_no_line_between() {
        let between = format!("{EVENT}\n{EVENT}");
        for (open, close) in [
            ("{", "}"),
            ("{x", "}"),
            ("[5", "]"),
            ("{\"a\":[1,", "]}"),
            ("{\"events\":[5],", "}"),
            ("{\"events\":[5],\"a\":1", "\"b\":2}"),
            ("[nonsense,", ",nonsense]"),
        ] {
            assert_eq!(counts(&format!("{open}\n{between}\n{close}")), (2, 2), "{open}");
        }
        assert_eq!(counts(&format!("[{EVENT}\n{between}\n{EVENT}]")), (4, 0));
        assert_eq!(counts(&format!("{{\"events\":[{EVENT}\n{between}\n]}}")), (3, 0));
        assert_eq!(counts(&format!("[{EVENT},\n{between},\n{EVENT}]")), (4, 0));
    }

    #[test]
    fn a_document_over_lines_that_is_broken_is_one_event_and_costs_no_other() {
        let over_lines = EVENT.replace(',', ",\n  ").replace('{', "{\n  ").replace('}', "\n}");
        let with = |broken: &str| format!("{over_lines}\n{broken}\n{over_lines}\n{over_lines}");
        for (sound, broken) in [("t\"", "t"), (":", " "), ("{", "{{"), ("}", ""), ("}", "}]")] {
            let broken = over_lines.replacen(sound, broken, 1);
            assert_eq!(counts(&with(&broken)), (3, 1), "{broken}");
        }
        assert_eq!(counts(&with(&over_lines[1..])), (3, 5));
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
        for body in [
            "",
            "nonsense",
            "5",
            "\"text\"",
            "{\"events\": 5}",
            "{\"events\":[",
            "\n\n",
            "[NaN]",
            "{x}",
        ] {
            assert!(parse_batch(body).is_err(), "{body}");
        }
        let nested = |levels| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(counts(&nested(999)), (0, 1));
        assert!(parse_batch(&nested(1000)).is_err());
        assert_eq!(counts(&format!("[{}]", nested(100_000))), (0, 1));
    }

    #[test]
    fn rejections_are_counted_beyond_those_listed() {
        let body = format!("[{}{EVENT}]", "1,".repeat(1000));
        let batch = parse_batch(&body).expect("a batch");
        assert_eq!((batch.rejections.len(), batch.rejected), (MAX_LISTED_REJECTIONS, 1000));
    }

    #[test]
    fn a_rejected_event_is_named_by_an_id_that_postgres_could_hold() {
        let body =
            format!(r#"[{{"id":"{}"}},{{"id":"a","b":"\ud800"}},{{"id":5}}]"#, "é".repeat(300));
        let batch = parse_batch(&body).expect("a batch");
        let ids: Vec<_> = batch.rejections.into_iter().map(|rejection| rejection.id).collect();
        assert_eq!(ids, [Some("é".repeat(300)), None, None]);
    }

    #[test]
    fn what_a_later_field_replaces_is_not_kept_where_it_is_too_deep() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let event = EVENT.replace('{', &format!("{{\"metadata\":{{\"a\":{deep},\"a\":1}},"));
        for body in [format!("[{event}]"), format!("{event}\n{deep}")] {
            let batch = parse_batch(&body).expect("a batch");
            assert!(batch.events[0].to_json().contains(r#""metadata":{"a":1}"#));
        }
    }

    #[test]
    fn what_a_later_field_replaces_hides_no_id() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let body = format!(r#"{{"kind":{deep},"kind":5,"event_id":"e","trace_id":"t"}}"#);
        let batch = parse_batch(&body).expect("a batch");
        assert_eq!(batch.rejections[0].id.as_deref(), Some("e"));
        assert!(batch.rejections[0].reason.starts_with("kind: expected"));
    }
}
