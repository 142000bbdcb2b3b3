//! The event as it is stored.

use std::borrow::Cow;

use crate::template::{fill, json_string};
use crate::{IdKey, Timestamp, escape_json, unescape_json};

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

/// One valid event: what stores need to know of it, and the JSON that it came in, taken apart into
/// a template that other events share and the values that are its own (see
/// [`VALUE_SEPARATOR`](crate::VALUE_SEPARATOR)).
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// 1 to 255 characters.
    pub event_id: Cow<'a, str>,
    /// See [`id_key`](crate::id_key).
    pub event_key: IdKey,
    /// Whether the key spells the id.
    pub id_is_uuid: bool,
    /// 1 to 255 characters.
    pub trace_id: Cow<'a, str>,
    /// The event that caused this one. `None` for a root.
    pub parent_id: Option<Cow<'a, str>>,
    /// See [`id_key`](crate::id_key).
    pub parent_key: Option<IdKey>,
    /// Whether that key spells the parent's id.
    pub parent_is_uuid: bool,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The name of the variant, 1 to 50 characters.
    pub kind: Cow<'a, str>,
    /// The service that recorded it; cut to 255 characters.
    pub service_name: Option<Cow<'a, str>>,
    /// The wire format it came in.
    pub dialect: Dialect,
    /// A format string of Postgres' `format()`.
    pub template: String,
    /// The template's values, as JSON that `jsonb` can hold (see [`escape_json`]).
    pub values: String,
}

/// What makes an event the same one: its place in its trace, and its id.
///
/// Two events are duplicates when trace, timestamp and id are equal, as in the unique key of each
/// partition; trace reads are in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// When the event happened.
    pub timestamp: Timestamp,
    /// The event's id.
    pub event_id: String,
}

/// The JSON, as `jsonb` can hold it, of an event with this template and these values; `ids` are its
/// own, its trace's, and its parent's if it has one.
#[must_use]
pub fn fill_event(template: &str, ids: [&str; 3], timestamp: Timestamp, values: &str) -> String {
    let [event_id, trace_id, parent_id] = ids;
    let trace_id = json_string(trace_id);
    let columns = [event_id, &*escape_json(&trace_id), parent_id, &timestamp.to_string()];
    fill(template, columns, values)
}

impl Event<'_> {
    /// The key of this event within its trace.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey { timestamp: self.timestamp, event_id: self.event_id.clone().into_owned() }
    }

    /// Whether no other event caused this one.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.parent_id.is_none()
    }

    /// The event as it was sent, but for the spelling of its timestamp and the order of fields.
    #[must_use]
    pub fn to_json(&self) -> String {
        unescape_json(&self.to_escaped_json()).into_owned()
    }

    /// The same as JSON that `jsonb` can hold.
    #[must_use]
    pub fn to_escaped_json(&self) -> String {
        let parent_id = self.parent_id.as_deref().unwrap_or_default();
        let ids = [&*self.event_id, &*self.trace_id, parent_id];
        fill_event(&self.template, ids, self.timestamp, &self.values)
    }

    /// The same, without borrowing from the request.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        let owned = |text: Cow<str>| Cow::Owned(text.into_owned());
        Event {
            event_id: owned(self.event_id),
            event_key: self.event_key,
            id_is_uuid: self.id_is_uuid,
            trace_id: owned(self.trace_id),
            parent_id: self.parent_id.map(owned),
            parent_key: self.parent_key,
            parent_is_uuid: self.parent_is_uuid,
            timestamp: self.timestamp,
            kind: owned(self.kind),
            service_name: self.service_name.map(owned),
            dialect: self.dialect,
            template: self.template,
            values: self.values,
        }
    }
}
