//! What the answers about a trace stand on.

use axum::http::StatusCode;
use raceway_analysis::races::{Races, TooManySteps, races};
use raceway_analysis::{Causality, Options, TooComplex, Trace, TraceBuilder};
use raceway_model::EventView;
use thiserror::Error;

use crate::http::error::ApiError;
use crate::store::trace::{WHOLE_BYTES, WHOLE_EVENTS};

/// A trace with its order and its races.
pub(in crate::http) struct Analysed {
    pub(in crate::http) causality: Causality,
    pub(in crate::http) races: Races,
}

/// Why a trace is not analysed.
#[derive(Debug, Error)]
pub(in crate::http) enum NotAnalysed {
    #[error(
        "the trace has more than {WHOLE_EVENTS} events or {} MiB, and is not analysed here: with the \
         extension, functions of SQL such as raceway_races(trace_id) do that",
        WHOLE_BYTES >> 20
    )]
    Long,
    #[error(transparent)]
    Order(#[from] TooComplex),
    #[error(transparent)]
    Races(#[from] TooManySteps),
}

impl Analysed {
    /// Of its events as they were sent.
    pub(in crate::http) fn of(
        trace_id: &str,
        events: &[String],
        options: &Options,
    ) -> Result<Self, NotAnalysed> {
        Analysed::of_trace(built(trace_id, events), options)
    }

    pub(super) fn of_trace(trace: Trace, options: &Options) -> Result<Self, NotAnalysed> {
        let causality = Causality::of(trace)?;
        let races = races(&causality, options)?;
        Ok(Analysed { causality, races })
    }
}

/// A trace of its events as they were sent. What is none, as somebody has written into the tables, is left out.
pub(super) fn built(trace_id: &str, events: &[String]) -> Trace {
    let mut builder = TraceBuilder::new(trace_id);
    for event in events.iter().filter_map(|json| EventView::parse(json).ok()) {
        builder.add(&event);
    }
    builder.finish()
}

impl From<NotAnalysed> for ApiError {
    fn from(reason: NotAnalysed) -> Self {
        ApiError::Refused(StatusCode::PAYLOAD_TOO_LARGE, reason.to_string())
    }
}
