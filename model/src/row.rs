//! A row of `stored_events` with its frame, as whoever analyses events reads it: nothing is printed as JSON and parsed
//! again.

use std::borrow::Cow;

use crate::template::split_values;
use crate::{Dialect, EventHead, EventView, Frame, IdKey, StoredEvent, Timestamp};

/// A frame, and what its columns hold.
#[derive(Clone, Debug)]
pub struct FrameRow {
    /// What its events share.
    pub frame: Frame,
    /// The name of their kind, as it was sent.
    pub kind: String,
    /// `None` where they name none.
    pub service_name: Option<String>,
}

/// The columns of an event, but for its trace and its frame.
#[derive(Clone, Copy, Debug)]
pub struct EventRow<'r> {
    /// When it happened.
    pub timestamp: Timestamp,
    /// Its id, or a hash of it.
    pub event_key: IdKey,
    /// That of its parent.
    pub parent_key: Option<IdKey>,
    /// What it does not share.
    pub values: &'r str,
}

/// What is read of an event: [`EventView::of`] or [`EventView::outline`].
pub type Reading = for<'e> fn(EventHead<'e>, &StoredEvent<'e>) -> EventView<'e>;

impl FrameRow {
    /// Of the columns of a frame.
    #[must_use]
    pub fn new(dialect: &str, kind: String, service_name: String, template: &str) -> Self {
        let dialect = if dialect == Dialect::Flat.as_str() { Dialect::Flat } else { Dialect::Sdk };
        let service_name = Some(service_name).filter(|name| !name.is_empty());
        FrameRow { frame: Frame::new(dialect, &kind, template), kind, service_name }
    }

    /// Reads an event of this frame, without the id of its trace.
    pub fn read(&self, row: &EventRow, reading: Reading, take: impl FnOnce(&EventView)) {
        let values: Vec<&str> = split_values(row.values).collect();
        let event = self.frame.event_of(&values);
        take(&reading(self.head(row, &event), &event));
    }

    fn head<'e>(&'e self, row: &EventRow, event: &StoredEvent<'e>) -> EventHead<'e> {
        let parent_id = |key: IdKey| event.parent_id(&key).unwrap_or_default();
        EventHead {
            event_id: event.event_id(&row.event_key).unwrap_or_default(),
            trace_id: Cow::Borrowed(""),
            parent_id: row.parent_key.map(parent_id),
            timestamp: row.timestamp,
            kind: Cow::Borrowed(&self.kind),
            service_name: self.service_name.as_deref().map(Cow::Borrowed),
        }
    }
}
