//! `GET /api/traces/{trace_id}/graph`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use raceway_analysis::Options;

use super::events::Events;
use super::window::WindowParameters;
use super::{Graph, Read, Whole};
use crate::http::AppState;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{Parameters, TraceId};
use crate::http::trace::analysed::NotAnalysed;
use crate::http::trace::{Whole, find};
use crate::store;
use crate::store::trace::Trace;

/// A trace as a space-time diagram: strands, events in an order that agrees with happens-before, messages, locks,
/// values, and what is wrong.
#[utoipa::path(
    get,
    operation_id = "read_graph",
    path = "/api/traces/{trace_id}/graph",
    tag = "traces",
    params(TraceId, WindowParameters),
    responses(
        (status = 200, description = "the diagram", body = Envelope<Graph>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    Parameters(parameters): Parameters<WindowParameters>,
) -> Result<Response, ApiError> {
    let store::Read { data: trace, is_degraded } = find(&state, &trace_id).await?;
    let Trace::Whole(events) = trace else { return Err(NotAnalysed::Long.into()) };
    let options = Arc::clone(&state.options);
    let write = move |events: &[String]| {
        let data = whole_trace(trace_id, events, parameters, &options)?;
        let Json(answer) = envelope::read(store::Read { data, is_degraded });
        Ok(serde_json::to_vec(&answer)?)
    };
    Whole::of(&state.budget, events).await?.answer(write).await
}

/// A trace of which all events are here.
fn whole_trace(
    trace_id: String,
    events: &[String],
    parameters: WindowParameters,
    options: &Options,
) -> Result<Graph, ApiError> {
    let known = Events::of(events);
    let (first, last) = known.ends().ok_or_else(|| no_events(&trace_id))?;
    let bounds = parameters.bounds(first, last);
    let shown = parameters.shown(&bounds, known.places());
    let events_total = known.len() as u64;
    let read = Read { trace_id, events_total, bounds, analysed: Whole::Trace, shown };
    Ok(Graph::of(read, known, options)?)
}

/// What somebody has written into the tables may be no events at all.
fn no_events(trace_id: &str) -> ApiError {
    ApiError::not_found(format!("no events of trace {trace_id:?}"))
}
