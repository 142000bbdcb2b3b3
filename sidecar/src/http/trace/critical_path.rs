//! `GET /api/traces/{trace_id}/critical-path`

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::Causality;
use raceway_analysis::critical_path::{CriticalPath, critical_path};

use super::analysed::Analysed;
use crate::http::AppState;
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{NoParameters, Parameters, TraceId};

/// The events that the end of a trace waited for.
#[utoipa::path(
    get,
    operation_id = "read_critical_path",
    path = "/api/traces/{trace_id}/critical-path",
    tag = "traces",
    params(TraceId),
    responses(
        (status = 200, description = "the path", body = Envelope<CriticalPath>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    super::part(&state, trace_id, of).await
}

pub(super) fn of(Analysed { causality, .. }: &Analysed) -> CriticalPath {
    let Causality { trace, strands, calls, order, .. } = causality;
    critical_path(trace, strands, calls, Some(order))
        .unwrap_or_else(|| CriticalPath::empty(trace.id.clone()))
}
