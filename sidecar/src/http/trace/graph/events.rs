//! Events of a trace with their JSON.

use raceway_analysis::trace::UNKNOWN;
use raceway_analysis::{EventNo, Trace, TraceBuilder};
use raceway_model::{EventView, Timestamp, sdk_payload};

/// In the order in which a [`Trace`] has them. What is no event is left out.
pub(super) struct Events<'e>(Vec<(EventView<'e>, &'e str)>);

/// The JSON of the events of a trace.
pub(super) struct Documents<'e>(Vec<&'e str>);

impl<'e> Events<'e> {
    pub(super) fn of(events: &'e [String]) -> Self {
        let read = |json: &'e String| Some((EventView::parse(json).ok()?, json.as_str()));
        let mut events: Vec<_> = events.iter().filter_map(read).collect();
        events.sort_by(|(one, _), (other, _)| key(one).cmp(&key(other)));
        Events(events)
    }

    pub(super) fn into_trace(self, trace_id: &str) -> (Trace, Documents<'e>) {
        let mut builder = TraceBuilder::new(trace_id);
        self.0.iter().for_each(|(event, _)| builder.add(event));
        (builder.finish(), Documents(self.0.into_iter().map(|(_, json)| json).collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// When the first and the last one happened.
    pub(super) fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        let timestamp = |(event, _): &(EventView, &str)| event.head.timestamp;
        Some((timestamp(self.0.first()?), timestamp(self.0.last()?)))
    }

    /// Of each its service and its time.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, i64)> + Clone {
        self.0.iter().map(|(event, _)| {
            let service = event.head.service_name.as_deref();
            (service.unwrap_or(UNKNOWN), event.head.timestamp.micros())
        })
    }
}

fn key<'v>(event: &'v EventView) -> (i64, &'v str) {
    (event.head.timestamp.micros(), &event.head.event_id)
}

impl Documents<'_> {
    /// The fields of an event's kind.
    pub(super) fn payload(&self, number: EventNo) -> String {
        self.0.get(number as usize).map_or_else(|| "{}".to_owned(), |json| sdk_payload(json))
    }
}
