//! `GET /api/distributed/global-races`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_analysis::global::{GlobalRace, Searched};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{Parameters, PeriodParameters};
use crate::store::question::{Answer, Question};

/// The variables that requests interrupt each other at, the worst first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GlobalRaces {
    total_races: usize,
    races: Vec<GlobalRace>,
    races_omitted: usize,
    /// Traces that were not looked at.
    omitted_traces: u64,
}

/// The variables that requests interrupt each other at.
#[utoipa::path(
    get,
    operation_id = "read_global_races",
    path = "/api/distributed/global-races",
    tag = "across traces",
    params(PeriodParameters),
    responses(
        (status = 200, description = "the variables", body = Envelope<GlobalRaces>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<PeriodParameters>,
) -> Result<Json<Envelope<GlobalRaces>>, ApiError> {
    let races = |answer| match answer {
        Answer::GlobalRaces(searched) => Some(races(searched)),
        _ => None,
    };
    answered(&state, Question::GlobalRaces(parameters.into(), Arc::clone(&state.options)), races)
        .await
}

fn races(Searched { found, omitted_traces, .. }: Searched<Vec<GlobalRace>>) -> GlobalRaces {
    let total_races = found.len();
    let (races, races_omitted) = listed(found);
    GlobalRaces { total_races, races, races_omitted, omitted_traces }
}
