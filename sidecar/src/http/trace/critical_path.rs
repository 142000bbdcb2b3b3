//! `GET /api/traces/{trace_id}/critical-path`

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::Causality;
use raceway_analysis::critical_path::{CriticalPath, critical_path};

use super::analysed::Analysed;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::parameters::{NoParameters, Parameters, TraceId};

pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    super::part(&state, trace_id, of).await
}

/// `None` of a trace without events.
pub(super) fn of(Analysed { causality, .. }: &Analysed) -> Option<CriticalPath> {
    let Causality { trace, strands, calls, order, .. } = causality;
    critical_path(trace, strands, calls, Some(order))
}
