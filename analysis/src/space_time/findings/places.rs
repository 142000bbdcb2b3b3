//! The events that other reports name, by id and time: an id may occur twice.

use foldhash::HashMap;
use raceway_model::Timestamp;

use crate::text::clipped_to;
use crate::trace::Trace;
use crate::{EventNo, trace::UNKNOWN};

/// How many characters of a place or a value are in a sentence at most.
const MAX_LENGTH: usize = 60;

/// Where the events of a trace are.
pub(super) struct Places<'t> {
    pub(super) trace: &'t Trace,
    numbers: HashMap<(&'t str, i64), EventNo>,
}

impl<'t> Places<'t> {
    pub(super) fn of(trace: &'t Trace) -> Self {
        let events = (0..).zip(trace.events());
        let numbers = events.map(|(number, event)| ((trace.text(event.id), event.time), number));
        Places { trace, numbers: numbers.collect() }
    }

    /// The event of this id and time.
    pub(super) fn find(&self, event_id: &str, timestamp: Timestamp) -> Option<EventNo> {
        self.numbers.get(&(event_id, timestamp.micros())).copied()
    }

    /// Where it is in the source, else which event it is: for a sentence.
    pub(super) fn say(&self, number: EventNo) -> String {
        let event = self.trace.event(number);
        let location = event.location.map(|location| self.trace.text(location));
        said_at(location, self.trace.text(event.id))
    }
}

/// A place in the source, else an event.
pub(super) fn said_at(location: Option<&str>, event_id: &str) -> String {
    match location.filter(|&location| location != UNKNOWN) {
        Some(location) => clipped_to(location, MAX_LENGTH).into_owned(),
        None => format!("event {}", clipped_to(event_id, MAX_LENGTH)),
    }
}

/// ` = 70`, or nothing where the value is not known.
pub(super) fn equals(value: Option<&str>) -> String {
    value.map(|value| format!(" = {}", clipped_to(value, MAX_LENGTH))).unwrap_or_default()
}
