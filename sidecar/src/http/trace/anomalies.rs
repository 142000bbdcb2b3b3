//! `GET /api/traces/{trace_id}/anomalies`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_analysis::anomalies::Anomaly;
use serde::Serialize;
use utoipa::ToSchema;

use super::analysed::{NotAnalysed, built};
use super::whole::WholeTrace;
use crate::http::AppState;
use crate::http::answered::another;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{NoParameters, Parameters, TraceId};
use crate::store::question::{Answer, Question};
use crate::store::trace::Trace;
use crate::store::{Read, StoreError};

/// What took much longer than usual.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceAnomalies {
    trace_id: String,
    anomaly_count: usize,
    anomalies: Vec<Anomaly>,
}

/// Events of a trace that took much longer than usual.
#[utoipa::path(
    get,
    operation_id = "read_anomalies",
    path = "/api/traces/{trace_id}/anomalies",
    tag = "traces",
    params(TraceId),
    responses(
        (status = 200, description = "the events", body = Envelope<TraceAnomalies>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Json<Envelope<TraceAnomalies>>, ApiError> {
    let Read { data: trace, is_degraded } = super::find(&state, &trace_id).await?;
    let Trace::Whole(events) = trace else { return Err(NotAnalysed::Long.into()) };
    let id = trace_id.clone();
    let events = WholeTrace::of(&state.budget, events).await?;
    let (_events, trace) = events.make(move |events| built(&id, events)).await?;
    let Read { data: anomalies, is_degraded: is_part } = ask(&state, &Arc::new(trace)).await?;
    let data = TraceAnomalies { trace_id, anomaly_count: anomalies.len(), anomalies };
    Ok(envelope::read(Read { data, is_degraded: is_degraded || is_part }))
}

/// Held against the durations of what ended before the trace began.
async fn ask(
    state: &AppState,
    trace: &Arc<raceway_analysis::Trace>,
) -> Result<Read<Vec<Anomaly>>, StoreError> {
    let question = Question::Anomalies { trace: Arc::clone(trace) };
    let Read { data, is_degraded } = state.store.ask(question).await?;
    let Answer::Anomalies(data) = data else { return Err(another()) };
    Ok(Read { data, is_degraded })
}

/// The same for whoever wants the rest of the trace in any case.
pub(super) async fn if_known(
    state: &AppState,
    trace: &Arc<raceway_analysis::Trace>,
) -> Read<Vec<Anomaly>> {
    ask(state, trace).await.unwrap_or_else(|error| {
        tracing::warn!(%error, trace_id = trace.id, "a trace is answered without its anomalies");
        Read { data: Vec::new(), is_degraded: true }
    })
}
