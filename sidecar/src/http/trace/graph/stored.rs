//! `GET /api/traces/{trace_id}/graph`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::Options;
use raceway_model::ListedTrace;

use super::events::Events;
use super::window::{Shown, WindowParameters};
use super::{Graph, Read, Scope};
use crate::http::AppState;
use crate::http::answered::another;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{Parameters, TraceId};
use crate::http::trace::{WholeTrace, find};
use crate::store;
use crate::store::question::{Answer, Question};
use crate::store::trace::{Trace, WHOLE_EVENTS};
use crate::store::window::Within;

/// Of a trace with more events none is read but those of a window.
const MOST: u64 = WHOLE_EVENTS as u64;

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
    let listed = listed(&state, &trace_id).await?;
    let is_long = listed.data.as_ref().is_some_and(|trace| trace.event_count > MOST);
    if !is_long {
        let store::Read { data: trace, is_degraded } = find(&state, &trace_id).await?;
        if let Trace::Whole(events) = trace {
            return of_whole(&state, trace_id, events, parameters, is_degraded).await;
        }
    }
    let listed =
        listed.data.ok_or_else(|| waits(&trace_id)).map(|trace| (trace, listed.is_degraded))?;
    of_long(&state, listed, parameters).await
}

/// The trace as a list shows it: that asks for no event of a long one.
async fn listed(
    state: &AppState,
    trace_id: &str,
) -> Result<store::Read<Option<ListedTrace>>, ApiError> {
    let question = Question::Watched { trace_ids: Arc::new([trace_id.to_owned()]), newest: 0 };
    let store::Read { data, is_degraded } = state.store.ask(question).await?;
    let Answer::Watched(mut watched) = data else { return Err(another().into()) };
    Ok(store::Read { data: watched.named.pop(), is_degraded })
}

/// Of a long trace all of which is on its way to Postgres, no window can be told yet.
fn waits(trace_id: &str) -> ApiError {
    ApiError::NotReady(format!("trace {trace_id:?} waits for Postgres"))
}

async fn of_whole(
    state: &AppState,
    trace_id: String,
    events: Vec<String>,
    parameters: WindowParameters,
    is_degraded: bool,
) -> Result<Response, ApiError> {
    let options = Arc::clone(&state.options);
    let write = move |events: &[String]| {
        let data = whole_trace(trace_id, events, parameters, &options)?;
        Ok(envelope::written(store::Read { data, is_degraded })?)
    };
    WholeTrace::of(&state.budget, events).await?.answer(write).await
}

/// The window of a trace of which not all events can be held.
async fn of_long(
    state: &AppState,
    (listed, is_part): (ListedTrace, bool),
    parameters: WindowParameters,
) -> Result<Response, ApiError> {
    let ListedTrace { trace_id, event_count: events_total, .. } = listed;
    let bounds = parameters.bounds(listed.start_time, listed.end_time);
    let question = Question::Window {
        trace_id: trace_id.clone(),
        times: bounds.window.clone(),
        most: parameters.limit(),
    };
    let store::Read { data, is_degraded } = state.store.ask(question).await?;
    let Answer::Window(within) = data else { return Err(another().into()) };
    let (events, shown) = match within {
        Within::Events(events) => {
            let matched = events.len() as u64;
            (events, Shown::Events(matched))
        }
        Within::Counts(counts) => (Vec::new(), Shown::counted(&bounds, &counts)),
    };
    let options = Arc::clone(&state.options);
    let write = move |events: &[String]| {
        let read = Read { trace_id, events_total, bounds, analysed: Scope::Window, shown };
        let data = Graph::of(read, Events::of(events), &options)?;
        let is_degraded = is_degraded || is_part;
        Ok(envelope::written(store::Read { data, is_degraded })?)
    };
    WholeTrace::of(&state.budget, events).await?.answer(write).await
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
    let read = Read { trace_id, events_total, bounds, analysed: Scope::Trace, shown };
    Ok(Graph::of(read, known, options)?)
}

/// What somebody has written into the tables may be no events at all.
fn no_events(trace_id: &str) -> ApiError {
    ApiError::not_found(format!("no events of trace {trace_id:?}"))
}
