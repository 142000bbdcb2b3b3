//! `GET /api/services/health`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::ServiceHealth;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{MAX_MINUTES, Parameters, Whole};
use crate::store::question::{Answer, Question};

const DEFAULT_MINUTES: u32 = 60;

/// `?time_window_minutes=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct HealthParameters {
    /// Counts are of so many minutes before now: 60 if not given.
    #[param(inline)]
    time_window_minutes: Option<Whole<1>>,
}

/// The first services by name: an array has no place for how many there are.
#[utoipa::path(
    get,
    operation_id = "read_service_health",
    path = "/api/services/health",
    tag = "services",
    params(HealthParameters),
    responses(
        (status = 200, description = "the services, by name", body = Envelope<Vec<ServiceHealth>>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<HealthParameters>,
) -> Result<Json<Envelope<Vec<ServiceHealth>>>, ApiError> {
    let minutes = Whole::or(parameters.time_window_minutes, DEFAULT_MINUTES, MAX_MINUTES);
    let first = |answer| match answer {
        Answer::Health(services) => Some(listed(services).0),
        _ => None,
    };
    answered(&state, Question::Health { minutes }, first).await
}
