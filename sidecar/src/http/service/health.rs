//! `GET /api/services/health`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::ServiceHealth;
use serde::Deserialize;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::parameters::{MAX_MINUTES, Parameters, Whole};
use crate::store::question::{Answer, Question};

const DEFAULT_MINUTES: u32 = 60;

/// `?time_window_minutes=`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct HealthParameters {
    time_window_minutes: Option<Whole<1>>,
}

/// The first services by name: an array has no place for how many there are.
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
