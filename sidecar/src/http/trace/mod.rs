//! `GET /api/traces/{trace_id}`, and each part of its answer by itself.

mod analysed;
pub(super) mod anomalies;
pub(super) mod audit_trail;
pub(super) mod critical_path;
pub(super) mod dependencies;
pub(super) mod export;
mod findings;
pub(super) mod full;
pub(super) mod graph;
mod races;
mod stream;
mod whole;

use std::sync::Arc;

use axum::response::Response;
use serde::Serialize;

pub(super) use self::analysed::{Analysed, NotAnalysed};
pub(super) use self::findings::{Finding, findings};
pub(super) use self::whole::WholeTrace;
use super::AppState;
use super::envelope;
use super::error::ApiError;
use crate::store::Read;
use crate::store::trace::Trace;

pub(super) async fn find(state: &AppState, trace_id: &str) -> Result<Read<Trace>, ApiError> {
    let Read { data, is_degraded } = state.store.trace(trace_id).await?;
    let data = data.ok_or_else(|| ApiError::not_found(format!("no trace {trace_id:?}")))?;
    Ok(Read { data, is_degraded })
}

/// Answers with a part of what is found in a trace.
async fn part<T: Serialize>(
    state: &AppState,
    trace_id: String,
    part: impl FnOnce(&Analysed) -> T + Send + 'static,
) -> Result<Response, ApiError> {
    let Read { data: trace, is_degraded } = find(state, &trace_id).await?;
    let Trace::Whole(events) = trace else { return Err(NotAnalysed::Long.into()) };
    let options = Arc::clone(&state.options);
    let write = move |events: &[String]| {
        let trace = Analysed::of(&trace_id, events, &options)?;
        Ok(envelope::written(Read { data: part(&trace), is_degraded })?)
    };
    WholeTrace::of(&state.budget, events).await?.answer(write).await
}
