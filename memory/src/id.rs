//! Ids of traces and events: 16 bytes where they are UUIDs.

use std::borrow::Cow;
use std::cmp::Ordering;

use raceway_model::{Event, IdKey, parse_uuid, uuid_text};
use serde::{Deserialize, Serialize};

/// An id, in the order of its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Id<T = Box<str>> {
    Uuid(IdKey),
    Text(T),
}

/// The id of an event.
pub(crate) fn event_id<'e>(event: &'e Event) -> Id<&'e str> {
    if event.id_is_uuid { Id::Uuid(event.event_key) } else { Id::Text(&event.event_id) }
}

impl<'a, T: From<&'a str>> Id<T> {
    pub(crate) fn of(text: &'a str) -> Self {
        parse_uuid(text).map_or_else(|| Id::Text(text.into()), Id::Uuid)
    }
}

impl<T: AsRef<str>> Id<T> {
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Id::Uuid(key) => uuid_text(key).into(),
            Id::Text(text) => text.as_ref().into(),
        }
    }

    pub(crate) fn as_ref(&self) -> Id<&str> {
        match self {
            Id::Uuid(key) => Id::Uuid(*key),
            Id::Text(text) => Id::Text(text.as_ref()),
        }
    }
}

impl From<Id<&str>> for Id {
    fn from(id: Id<&str>) -> Self {
        match id {
            Id::Uuid(key) => Id::Uuid(key),
            Id::Text(text) => Id::Text(text.into()),
        }
    }
}

impl<T: AsRef<str> + Eq> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Their digits are of one length and one case.
            (Id::Uuid(key), Id::Uuid(other)) => key.cmp(other),
            _ => self.text().cmp(&other.text()),
        }
    }
}

impl<T: AsRef<str> + Eq> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
