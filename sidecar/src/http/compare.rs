//! `GET /api/compare`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use raceway_analysis::across::compare::{Comparison, compare};
use serde::Deserialize;
use utoipa::IntoParams;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use super::openapi::{NoSuchTrace, ReadFailures, TooLong};
use super::parameters::Parameters;
use super::trace::{Analysed, NotAnalysed, WholeTrace, find};
use crate::store::Read;
use crate::store::trace::Trace;

/// `?a=&b=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ComparedTraces {
    /// The id of the first trace.
    #[param(example = "t1")]
    a: String,
    /// The id of the second.
    #[param(example = "t1")]
    b: String,
}

/// Two traces beside each other: what one did that the other did not, and where time went.
#[utoipa::path(
    get,
    operation_id = "compare",
    path = "/api/compare",
    tag = "across traces",
    params(ComparedTraces),
    responses(
        (status = 200, description = "both", body = Envelope<Comparison>),
        ReadFailures,
        NoSuchTrace,
        TooLong,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Parameters(ComparedTraces { a, b }): Parameters<ComparedTraces>,
) -> Result<Response, ApiError> {
    let Read { data: one, is_degraded } = find(&state, &a).await?;
    let Read { data: other, is_degraded: is_part } = find(&state, &b).await?;
    let (Trace::Whole(mut events), Trace::Whole(others)) = (one, other) else {
        return Err(NotAnalysed::Long.into());
    };
    let of_one = events.len();
    events.extend(others);
    let options = Arc::clone(&state.options);
    let is_degraded = is_degraded || is_part;
    let write = move |events: &[String]| {
        let (one, other) = events.split_at(of_one);
        let one = Analysed::of(&a, one, &options)?;
        let other = Analysed::of(&b, other, &options)?;
        let traces = [&one, &other].map(|trace| (&trace.causality, &trace.races));
        let data = compare(traces, &options);
        Ok(envelope::written(Read { data, is_degraded })?)
    };
    WholeTrace::of(&state.budget, events).await?.answer(write).await
}
