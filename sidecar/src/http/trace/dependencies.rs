//! `GET /api/traces/{trace_id}/dependencies`

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::dependencies::{TraceDependencies, trace_dependencies};

use super::analysed::Analysed;
use crate::http::AppState;
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{NoParameters, Parameters, TraceId};

/// The services of a trace, and which called which.
#[utoipa::path(
    get,
    operation_id = "read_dependencies",
    path = "/api/traces/{trace_id}/dependencies",
    tag = "traces",
    params(TraceId),
    responses(
        (status = 200, description = "the services", body = Envelope<TraceDependencies>),
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

pub(super) fn of(Analysed { causality, .. }: &Analysed) -> TraceDependencies {
    trace_dependencies(&causality.trace, &causality.calls)
}
