//! What an event means, for whoever analyses it.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::decode::{Head, check_json};
use crate::field::Field;
use crate::fields::Fields;
use crate::meaning::{Escape, Found, Meaning};
use crate::tape::{Json, Tape};
use crate::write::clock_pair;
use crate::{Dialect, Reason, Timestamp, VectorClock};

/// What an event is called, when it happened, and what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct EventHead<'a> {
    /// 1 to 255 characters.
    pub event_id: Cow<'a, str>,
    /// 1 to 255 characters.
    pub trace_id: Cow<'a, str>,
    /// The event that caused this one.
    pub parent_id: Option<Cow<'a, str>>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The name of the variant.
    pub kind: Cow<'a, str>,
    /// The service that recorded it.
    pub service_name: Option<Cow<'a, str>>,
}

/// What the view `events` shows of an event, and what the fields of its kind say.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView<'a> {
    /// What it is called, and what it belongs to.
    pub head: EventHead<'a>,
    /// How it was sent.
    pub dialect: Dialect,
    /// The thread or task in its process.
    pub thread_id: Option<Cow<'a, str>>,
    /// The number of its process.
    pub process_id: Option<i64>,
    /// The instance of the service.
    pub instance_id: Option<Cow<'a, str>>,
    /// Such as `production`.
    pub environment: Option<Cow<'a, str>>,
    /// The span that it belongs to.
    pub distributed_span_id: Option<Cow<'a, str>>,
    /// The span of the caller.
    pub upstream_span_id: Option<Cow<'a, str>>,
    /// The language of the SDK that recorded it: `typescript`, `python`, `go`, `rust`.
    pub sdk_language: Option<Cow<'a, str>>,
    /// Milliseconds that it took.
    pub duration_ms: Option<f64>,
    /// Where in the source it happened.
    pub location: Option<Cow<'a, str>>,
    /// The variable that it reads or writes.
    pub variable: Option<Cow<'a, str>>,
    /// How it touches the variable.
    pub access_type: Option<Cow<'a, str>>,
    /// JSON of the variable's value before.
    pub old_value: Option<Cow<'a, str>>,
    /// JSON of the variable's value after.
    pub new_value: Option<Cow<'a, str>>,
    /// What its operation is named after (see [`Meaning::subject`]).
    pub subject: Option<Cow<'a, str>>,
    /// Of an HTTP request, what it asks for.
    pub url: Option<Cow<'a, str>>,
    /// Whether it is a request of gRPC.
    pub is_grpc: bool,
    /// The lock that it takes or releases.
    pub lock_id: Option<Cow<'a, str>>,
    /// The type of that lock, such as `Mutex` or `RwLock-Read`.
    pub lock_type: Option<Cow<'a, str>>,
    /// Of the locks held, those that are strings; `None` where it names no locks.
    pub locks: Option<Vec<String>>,
    /// `None` where it carries no clock.
    pub clock: Option<VectorClock>,
}

impl<'a> EventView<'a> {
    /// Reads the JSON of one event, as it was sent.
    pub fn parse(json: &'a str) -> Result<Self, Reason> {
        read(json, |head, event| EventView::of(head, event))
    }

    /// Reads the [outline](Self::outline) of one event from its JSON, as it was sent.
    pub fn parse_outline(json: &'a str) -> Result<Self, Reason> {
        read(json, |head, event| EventView::outline(head, event))
    }

    /// The event of this head.
    #[must_use]
    pub fn of(head: EventHead<'a>, event: &impl Meaning<'a>) -> Self {
        EventView {
            location: event.location(),
            old_value: event.field(Field::OldValue).map(|found| event.json(found)),
            new_value: event.field(Field::NewValue).map(|found| event.json(found)),
            lock_id: event.payload_text("lock_id"),
            lock_type: event.payload_text("lock_type"),
            locks: event.lock_set().map(|found| locks(&event.json(found))),
            clock: event.clock().map(|found| clock(&event.json(found))),
            ..EventView::outline(head, event)
        }
    }

    /// What figures over many traces count of it: neither place, values nor locks, and a clock only where a
    /// call begins.
    #[must_use]
    pub fn outline(head: EventHead<'a>, event: &impl Meaning<'a>) -> Self {
        let is_request = head.kind == "HttpRequest";
        let upstream_span_id = event.field_text(Field::UpstreamSpanId);
        let clock_of_call = upstream_span_id.as_ref().and_then(|_| event.clock());
        EventView {
            dialect: event.dialect(),
            thread_id: event.field_text(Field::ThreadId),
            process_id: event.process_id(),
            instance_id: event.field_text(Field::InstanceId),
            environment: event.field_text(Field::Environment),
            distributed_span_id: event.field_text(Field::DistributedSpanId),
            upstream_span_id,
            sdk_language: event.sdk_language(),
            duration_ms: event.duration_ms(),
            location: None,
            variable: event.variable(),
            access_type: event.access_type(),
            old_value: None,
            new_value: None,
            subject: event.subject(&head.kind),
            url: if is_request { event.payload_text("url") } else { None },
            is_grpc: is_request && event.is_grpc(),
            lock_id: None,
            lock_type: None,
            locks: None,
            clock: clock_of_call.map(|found| clock(&event.json(found))),
            head,
        }
    }
}

fn read<'a>(
    json: &'a str,
    view: impl FnOnce(EventHead<'a>, &Sent<'_, 'a>) -> EventView<'a>,
) -> Result<EventView<'a>, Reason> {
    check_json(json)?;
    let tape = Tape::read(json);
    let fields = Fields::of(tape.root());
    let dialect = fields.dialect();
    let head = Head::of(&fields, dialect)?;
    let event = Sent { event: tape.root(), dialect, kind: &head.kind.clone() };
    let head = EventHead {
        event_id: head.event_id,
        trace_id: head.trace_id,
        parent_id: head.parent_id,
        timestamp: head.timestamp,
        kind: head.kind,
        service_name: head.service_name,
    };
    Ok(view(head, &event))
}

/// An event as it was sent.
struct Sent<'t, 'a> {
    event: Json<'t, 'a>,
    dialect: Dialect,
    kind: &'t str,
}

impl<'a> Meaning<'a> for Sent<'_, 'a> {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn kind_name(&self) -> &str {
        self.kind
    }

    fn escape(&self) -> Escape {
        Escape::None
    }

    fn find(&self, path: &[&str]) -> Option<Found<'a>> {
        self.event.at(path).map(|value| Found::Text(value.raw()))
    }

    fn json(&self, found: Found<'a>) -> Cow<'a, str> {
        Cow::Borrowed(found.text())
    }
}

fn locks(json: &str) -> Vec<String> {
    let tape = Tape::read(json);
    let locks = tape.root().children();
    locks.filter_map(|lock| Some(text(lock)?.into_owned())).collect()
}

fn text<'a>(json: Json<'_, 'a>) -> Option<Cow<'a, str>> {
    Found::Text(json.raw()).string(Escape::None)
}

fn clock(json: &str) -> VectorClock {
    let tape = Tape::read(json);
    let component = |(name, clock): (Json, Json)| {
        Some((name.string()?.into_owned(), Found::Text(clock.raw()).whole_number()?))
    };
    if tape.root().is_array() {
        return tape.root().children().filter_map(clock_pair).filter_map(component).collect();
    }
    // Of fields of one name the last counts.
    let components: HashMap<_, _> = tape.root().fields().filter_map(component).collect();
    components.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Dialect, EventView};

    #[test]
    fn both_dialects_mean_the_same() {
        let sdk = r#"{"id":"e","trace_id":"t","parent_id":"p","timestamp":"2026-01-31T12:00:00Z",
            "kind":{"StateChange":{"variable":"x","access_type":"Write","old_value":null,"new_value":[1],
            "location":"a.rs:1"}},"metadata":{"thread_id":"1","process_id":5,"service_name":"bank",
            "environment":"test","instance_id":"i","distributed_span_id":"d","upstream_span_id":"u",
            "duration_ns":1500000},"causality_vector":[["a",1],["b",2],["a",3.0]],"lock_set":["l",5]}"#;
        let flat = r#"{"event_id":"e","trace_id":"t","parent_id":"p","timestamp":"2026-01-31T12:00:00Z",
            "kind":"StateChange","location":"a.rs:1","duration_ms":1.5,"vector_clock":{"a":3,"b":2},
            "metadata":{"variable":"x","access_type":"Write","old_value":null,"new_value":[1],
            "thread_id":"1","process_id":5,"service_name":"bank","environment":"test","instance_id":"i",
            "distributed_span_id":"d","upstream_span_id":"u","lock_set":["l",5]}}"#;
        let view = EventView::parse(sdk).expect("an event");
        let same = EventView::parse(flat).expect("an event");
        assert_eq!((view.dialect, same.dialect), (Dialect::Sdk, Dialect::Flat));
        assert_eq!(EventView { dialect: Dialect::Sdk, ..same }, view);
        assert_eq!(view.variable.as_deref(), Some("x"));
        assert_eq!(view.duration_ms, Some(1.5));
        assert_eq!(view.locks, Some(vec!["l".into()]));
        assert_eq!(
            (view.old_value.as_deref(), view.new_value.as_deref()),
            (Some("null"), Some("[1]"))
        );
    }

    #[test]
    fn an_outline_is_what_figures_count() {
        let event = r#"{"id":"e","trace_id":"t","timestamp":"2026-01-31T12:00:00Z",
            "kind":{"StateChange":{"variable":"x","new_value":[1],"location":"a.rs:1"}},
            "metadata":{"duration_ns":1500000},"causality_vector":[["a",1]],"lock_set":["l"]}"#;
        let outline = EventView::parse_outline(event).expect("an event");
        let whole = EventView::parse(event).expect("an event");
        let left_out =
            EventView { location: None, new_value: None, locks: None, clock: None, ..whole };
        assert_eq!(outline, left_out);
    }

    #[test]
    fn what_is_not_as_expected_means_nothing() {
        let odd = r#"{"id":"e","trace_id":"t","timestamp":"2026-01-31T12:00:00Z","kind":"StateChange",
            "metadata":{"thread_id":1,"process_id":"5","duration_ns":"1"},"lock_set":{}}"#;
        let view = EventView::parse(odd).expect("an event");
        let nothing = (view.thread_id, view.process_id, view.duration_ms, view.locks, view.clock);
        assert_eq!(nothing, (None, None, None, None, None));
    }
}
