//! A trace, or a time of it, as a file for other programs: over HTTP, and by `raceway-sidecar export`.

use std::borrow::Cow;
use std::ops::Range;

use async_trait::async_trait;
use clap::ValueEnum;
use raceway_analysis::{Causality, TooComplex, TraceBuilder};
use raceway_formats::{Format, NotWritten};
use raceway_model::{Event, EventView, Timestamp};
use serde::Deserialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::store::StoreError;
use crate::store::trace::{Events, Trace, WHOLE_BYTES, WHOLE_EVENTS};

/// What a trace is taken along as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema, ValueEnum)]
#[serde(try_from = "Cow<str>")]
#[schema(rename_all = "lowercase")]
pub(crate) enum FileFormat {
    /// Events as they were sent, one a line
    #[default]
    Ndjson,
    /// Chrome's trace events, for Perfetto
    Perfetto,
    /// A log for `ShiViz`
    Shiviz,
    /// JSON for Jaeger's page
    Jaeger,
    /// OTLP in JSON, for OpenTelemetry
    Otlp,
}

impl TryFrom<Cow<'_, str>> for FileFormat {
    type Error = &'static str;

    fn try_from(name: Cow<str>) -> Result<Self, &'static str> {
        let known = <FileFormat as ValueEnum>::from_str(&name, false);
        known.map_err(|_| "expected ndjson, perfetto, shiviz, jaeger or otlp")
    }
}

impl FileFormat {
    /// What an analysis is needed for; `None` of events as they were sent.
    pub(crate) fn of_analysis(self) -> Option<Format> {
        match self {
            FileFormat::Ndjson => None,
            FileFormat::Perfetto => Some(Format::Perfetto),
            FileFormat::Shiviz => Some(Format::Shiviz),
            FileFormat::Jaeger => Some(Format::Jaeger),
            FileFormat::Otlp => Some(Format::Otlp),
        }
    }
}

/// Why a trace is not taken along.
#[derive(Debug, Error)]
pub(crate) enum NotTaken {
    #[error(
        "more than {WHOLE_EVENTS} events or {} MiB are not analysed: expected a shorter time by from and \
         until, or ndjson",
        WHOLE_BYTES >> 20
    )]
    Long,
    #[error(transparent)]
    Order(#[from] TooComplex),
    #[error(transparent)]
    Written(#[from] NotWritten),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Microseconds since 1970 from one instant on and before another one.
pub(crate) fn times(from: Option<Timestamp>, until: Option<Timestamp>) -> Range<i64> {
    from.map_or(i64::MIN, Timestamp::micros)..until.map_or(i64::MAX, Timestamp::micros)
}

/// The events of a time, if they are few and small enough to be analysed together; others may be among them.
pub(crate) async fn few(trace: Trace, times: &Range<i64>) -> Result<Vec<String>, NotTaken> {
    let events = match trace {
        Trace::Whole(events) => return Ok(events),
        Trace::Long(events) => events,
    };
    let mut events = within(events, times.clone());
    let (mut few, mut bytes) = (Vec::new(), 0);
    while let Some(json) = events.next().await? {
        bytes += json.len();
        few.push(json);
        if few.len() > WHOLE_EVENTS || bytes > WHOLE_BYTES {
            return Err(NotTaken::Long);
        }
    }
    Ok(few)
}

/// The file of these events of a trace, those of a time.
pub(crate) fn write(
    format: Format,
    trace_id: &str,
    events: &[String],
    times: &Range<i64>,
) -> Result<Vec<u8>, NotTaken> {
    let mut builder = TraceBuilder::new(trace_id);
    for event in events.iter().filter_map(|json| EventView::parse(json).ok()) {
        builder.add(&event);
    }
    let causality = Causality::of(builder.finish())?;
    Ok(raceway_formats::write(format, &causality, times)?)
}

/// Those of a trace's events that are in a time.
pub(crate) fn within(events: Box<dyn Events>, times: Range<i64>) -> Box<dyn Events> {
    if times == (i64::MIN..i64::MAX) {
        return events;
    }
    Box::new(Within { events, times })
}

struct Within {
    events: Box<dyn Events>,
    times: Range<i64>,
}

#[async_trait]
impl Events for Within {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        while let Some(json) = self.events.next().await? {
            // What is no event, as somebody has written it into the tables, is at no time.
            let Ok(event) = Event::parse(&json) else { continue };
            let time = event.key().timestamp.micros();
            if time >= self.times.end {
                break;
            }
            if self.times.contains(&time) {
                return Ok(Some(json));
            }
        }
        Ok(None)
    }
}
