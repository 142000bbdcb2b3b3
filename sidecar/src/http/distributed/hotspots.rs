//! `GET /api/distributed/hotspots`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::Hotspots;

use crate::http::AppState;
use crate::http::answered::answered;
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{NoParameters, Parameters};
use crate::store::question::{Answer, Question};

/// So many of each sort.
const MOST: u32 = 10;

/// The variables with most accesses, and the services with most calls.
#[utoipa::path(
    get,
    operation_id = "read_hotspots",
    path = "/api/distributed/hotspots",
    tag = "across traces",
    responses(
        (status = 200, description = "the hotspots", body = Envelope<Hotspots>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    _: Parameters<NoParameters>,
) -> Result<Json<Envelope<Hotspots>>, ApiError> {
    let hotspots = |answer| match answer {
        Answer::Hotspots(hotspots) => Some(hotspots),
        _ => None,
    };
    answered(&state, Question::Hotspots { most: MOST }, hotspots).await
}
