//! Part of a trace: its events in a time, and of which services they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use raceway_model::{EventKey, EventView, Timestamp, WHOLE_EVENT, fill_event, unescape_json};

use super::{Events, MemoryStore};
use crate::chunk::{Chunk, Row};
use crate::id::Id;
use crate::template::Template;

impl MemoryStore {
    /// The events of a trace in a time, which is in microseconds since 1970, in their order. Of its chunks, those that
    /// have some are unpacked.
    pub fn events_in(
        &self,
        trace_id: &str,
        times: &Range<i64>,
    ) -> impl Iterator<Item = (EventKey, String)> + use<> {
        let mut chunks = self.chunks(&Id::of(trace_id)).unwrap_or_default();
        chunks.retain(|chunk| chunk.bounds_in(times).is_some());
        let times = times.clone();
        let micros = |(key, _): &(EventKey, String)| key.timestamp.micros();
        let events = Events::new(trace_id, chunks);
        let from = events.skip_while(move |event| micros(event) < times.start);
        from.take_while(move |event| micros(event) < times.end)
    }

    /// Calls it with the service and the time of each event of a trace in a time, in any order. Values are unpacked
    /// only of chunks in which events share nothing.
    pub fn each_service_in(
        &self,
        trace_id: &str,
        times: &Range<i64>,
        mut take: impl FnMut(Option<&str>, i64),
    ) {
        // Kept to the end: they keep their templates, which are told apart by where they are.
        let chunks = self.chunks(&Id::of(trace_id)).unwrap_or_default();
        let mut services = Services::default();
        for chunk in &chunks {
            if chunk.bounds_in(times).is_some() {
                services.each_of(chunk, trace_id, &mut |service, time: Timestamp| {
                    if times.contains(&time.micros()) {
                        take(service, time.micros());
                    }
                });
            }
        }
    }
}

/// The services of events by their templates, which name them.
#[derive(Default)]
struct Services(HashMap<*const Template, Option<String>>);

impl Services {
    fn each_of(
        &mut self,
        chunk: &Chunk,
        trace_id: &str,
        take: &mut impl FnMut(Option<&str>, Timestamp),
    ) {
        if !chunk.templates().iter().any(|template| is_whole(template)) {
            chunk.each_key(|time, template| take(self.of(template), time));
            return;
        }
        for row in chunk.unpack() {
            if is_whole(&row.template) {
                take(service_of_row(&row, trace_id).as_deref(), row.timestamp);
            } else {
                take(self.of(&row.template), row.timestamp);
            }
        }
    }

    fn of(&mut self, template: &Arc<Template>) -> Option<&str> {
        let service = || {
            let Template { text, sample } = &**template;
            service(&fill_event(text, ["id", "id", "id"], Timestamp::nearest(0), sample))
        };
        self.0.entry(Arc::as_ptr(template)).or_insert_with(service).as_deref()
    }
}

fn is_whole(template: &Template) -> bool {
    &*template.text == WHOLE_EVENT
}

fn service_of_row(row: &Row, trace_id: &str) -> Option<String> {
    service(&row.to_json(trace_id))
}

/// Of an event's JSON.
fn service(json: &str) -> Option<String> {
    let json = unescape_json(json);
    let event = EventView::parse_outline(&json).ok()?;
    event.head.service_name.map(Cow::into_owned)
}
