//! `GET /api/traces/{trace_id}/audit-trail/{variable}`, and the same with `?variable=`: an empty name has no
//! place in a path.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::audit::{TrailEntry, audit_trail, audit_trails};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::analysed::Analysed;
use crate::http::AppState;
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::{NoSuchTrace, ReadFailures, TooLong};
use crate::http::parameters::{NoParameters, Parameters, TraceId, Variable};

/// `?variable=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TrailParameters {
    /// Its name.
    variable: String,
}

/// Who accessed a variable, in order of time.
#[derive(Debug, Serialize, ToSchema)]
struct AuditTrail {
    trace_id: String,
    variable: String,
    accesses: Vec<TrailEntry>,
}

/// Who accessed a variable in a trace, in order of time.
#[utoipa::path(
    get,
    operation_id = "read_audit_trail",
    path = "/api/traces/{trace_id}/audit-trail/{variable}",
    tag = "traces",
    params(TraceId, Variable),
    responses(
        (status = 200, description = "its accesses, if any", body = Envelope<AuditTrail>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    Variable(variable): Variable,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    answer(&state, trace_id, variable).await
}

/// The same of a variable with any name, also an empty one.
#[utoipa::path(
    get,
    operation_id = "read_audit_trail_named",
    path = "/api/traces/{trace_id}/audit-trail",
    tag = "traces",
    params(TraceId, TrailParameters),
    responses(
        (status = 200, description = "its accesses, if any", body = Envelope<AuditTrail>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(in crate::http) async fn read_named(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    Parameters(TrailParameters { variable }): Parameters<TrailParameters>,
) -> Result<Response, ApiError> {
    answer(&state, trace_id, variable).await
}

async fn answer(
    state: &AppState,
    trace_id: String,
    variable: String,
) -> Result<Response, ApiError> {
    let answer = |Analysed { causality, races }: &Analysed| {
        let accesses = audit_trail(causality, races, &variable);
        AuditTrail { trace_id: causality.trace.id.clone(), variable, accesses }
    };
    super::part(state, trace_id, answer).await
}

/// By the name of the variable.
pub(super) fn all_of(
    Analysed { causality, races }: &Analysed,
) -> BTreeMap<String, Vec<TrailEntry>> {
    audit_trails(causality, races)
}
