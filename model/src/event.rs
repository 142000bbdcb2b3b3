//! The event as it is stored: one field for each column of the table `events`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{Timestamp, VectorClock};

/// The wire format that an event came in, and is read back in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// What the SDKs send: `id`, `kind: {"<Variant>": {...}}`, `causality_vector`.
    Sdk,
    /// What the documentation shows: `event_id`, `kind: "<Variant>"`, `vector_clock`.
    Flat,
}

impl Dialect {
    /// The value of the column `dialect`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Sdk => "sdk",
            Dialect::Flat => "flat",
        }
    }
}

/// One event, taken apart into the columns of `events`.
///
/// A field moves from the JSON into a column when the column can give it back exactly; whatever
/// else the event had stays in `extra`, so nothing is lost. Strings here are plain; only JSON
/// stored as `jsonb` is escaped (see [`crate::escape_json`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// 1 to 255 characters.
    pub event_id: String,
    /// 1 to 255 characters.
    pub trace_id: String,
    /// The event that caused this one; at most 255 characters. `None` for a root.
    pub parent_id: Option<String>,
    /// The name of the variant, 1 to 50 characters.
    pub kind: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// A copy of the event's duration, in milliseconds.
    pub duration_ms: Option<f64>,
    /// Where in the source; cut to 500 characters.
    pub location: Option<String>,
    /// The service that recorded it; cut to 255 characters.
    pub service_name: Option<String>,
    /// The thread that recorded it; cut to 255 characters.
    pub thread_id: Option<String>,
    /// The locks held, as sent: a JSON array.
    pub lock_set: Option<Value>,
    /// The event's clock.
    pub vector_clock: Option<VectorClock>,
    /// SDK dialect: the payload of `kind`. Flat dialect: `metadata`.
    pub metadata: Option<Value>,
    /// The wire format it came in.
    pub dialect: Dialect,
    /// What the other columns can't give back: laid over them when the event is read.
    pub extra: Map<String, Value>,
}

/// What makes an event the same one: its place in its trace, and its id.
///
/// Two events are duplicates when trace, timestamp and id are equal, as in the unique key of each
/// partition of `events`; trace reads are in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// When the event happened.
    pub timestamp: Timestamp,
    /// The event's id.
    pub event_id: String,
}

impl Event {
    /// The key of this event within its trace.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey { timestamp: self.timestamp, event_id: self.event_id.clone() }
    }

    /// Whether no other event caused this one.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.parent_id.is_none()
    }
}

/// The string of a JSON value that a `text` column can hold: at most `limit` characters, cut if
/// need be, and no U+0000.
pub(crate) fn column_text(value: Option<&Value>, limit: usize) -> Option<Cow<'_, str>> {
    let text = value?.as_str().filter(|text| !text.contains('\0'))?;
    Some(match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(text[..end].to_owned()),
        None => Cow::Borrowed(text),
    })
}

/// Whether a `text` column gives this value back whole.
pub(crate) fn fits_column(value: Option<&Value>, limit: usize) -> bool {
    value
        .and_then(Value::as_str)
        .is_some_and(|text| !text.contains('\0') && text.chars().nth(limit).is_none())
}
