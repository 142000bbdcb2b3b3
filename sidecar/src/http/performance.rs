//! `GET /api/performance/metrics`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::Performance;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answered::{answered, listed};
use super::envelope::Envelope;
use super::error::ApiError;
use super::openapi::ReadFailures;
use super::parameters::{MAX_MINUTES, Parameters, Whole};
use crate::store::question::{Answer, Question};

const DEFAULT_MINUTES: u32 = 24 * 60;
const DEFAULT_LIMIT: u32 = 50;
/// A greater limit is cut to this.
const MAX_LIMIT: u32 = 1000;

/// `?limit=&window_minutes=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PerformanceParameters {
    /// How many of the slowest traces are named: 50 if not given, 1000 at most.
    #[param(inline)]
    limit: Option<Whole<1>>,
    /// Before the newest event, or before now if that one is in the future: 1440 if not given.
    #[param(inline)]
    window_minutes: Option<Whole<1>>,
}

/// How long traces and events take.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metrics {
    #[serde(flatten)]
    performance: Performance,
    service_latency_omitted: usize,
    by_type_omitted: usize,
}

/// How long traces and events take, up to the newest event.
#[utoipa::path(
    get,
    operation_id = "read_performance",
    path = "/api/performance/metrics",
    tag = "across traces",
    params(PerformanceParameters),
    responses(
        (status = 200, description = "how long they take", body = Envelope<Metrics>),
        ReadFailures,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<PerformanceParameters>,
) -> Result<Json<Envelope<Metrics>>, ApiError> {
    let question = Question::Performance {
        minutes: Whole::or(parameters.window_minutes, DEFAULT_MINUTES, MAX_MINUTES),
        most: Whole::or(parameters.limit, DEFAULT_LIMIT, MAX_LIMIT),
    };
    let metrics = |answer| match answer {
        Answer::Performance(performance) => Some(metrics(performance)),
        _ => None,
    };
    answered(&state, question, metrics).await
}

fn metrics(mut performance: Performance) -> Metrics {
    let (services, service_latency_omitted) = listed(performance.service_latency);
    let (kinds, by_type_omitted) = listed(performance.event_performance.by_type);
    performance.service_latency = services;
    performance.event_performance.by_type = kinds;
    Metrics { performance, service_latency_omitted, by_type_omitted }
}
