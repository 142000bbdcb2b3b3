//! `GET /api/traces/{trace_id}/anomalies`

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::anomalies::{Anomaly, anomalies};
use serde::Serialize;

use super::analysed::Analysed;
use super::baselines::baselines;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::parameters::{NoParameters, Parameters, TraceId};

/// What took much longer than usual.
#[derive(Debug, Serialize)]
struct TraceAnomalies {
    trace_id: String,
    anomaly_count: usize,
    anomalies: Vec<Anomaly>,
}

pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    let answer = |trace: &Analysed| {
        let anomalies = of(trace);
        let trace_id = trace.causality.trace.id.clone();
        TraceAnomalies { trace_id, anomaly_count: anomalies.len(), anomalies }
    };
    super::part(&state, trace_id, answer).await
}

pub(super) fn of(Analysed { causality, .. }: &Analysed) -> Vec<Anomaly> {
    anomalies(&causality.trace, &baselines(&causality.trace))
}
