//! `GET /api/variable`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_analysis::across::variable::VariableHistory;
use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AppState;
use super::answered::answered;
use super::envelope::Envelope;
use super::error::ApiError;
use super::openapi::ReadFailures;
use super::parameters::{Instant, Parameters, Whole, period};
use crate::store::question::{Answer, Question};

const DEFAULT_LIMIT: u32 = 500;
/// A greater limit is cut to this.
const MAX_LIMIT: u32 = 2000;

/// `?name=&service=&from=&until=&limit=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableParameters {
    /// Its name.
    #[param(example = "x")]
    name: String,
    /// Its service; that of any if not given.
    service: Option<String>,
    /// Accesses since then: 24 hours before the end if not given.
    #[param(inline)]
    from: Option<Instant>,
    /// Accesses before then: after the newest event if not given.
    #[param(inline)]
    until: Option<Instant>,
    /// How many accesses, the newest: 500 if not given, 2000 at most.
    #[param(inline)]
    limit: Option<Whole<1>>,
}

/// A variable in the newest traces of a time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VariableOverTime {
    name: String,
    #[schema(required)]
    service: Option<String>,
    from: Timestamp,
    /// The first instant after it.
    until: Timestamp,
    #[serde(flatten)]
    history: VariableHistory,
}

/// The history of a variable over traces, and what requests have done to each other at it: of 2,000 traces at
/// most, none of which is long.
#[utoipa::path(
    get,
    operation_id = "read_variable",
    path = "/api/variable",
    tag = "across traces",
    params(VariableParameters),
    responses(
        (status = 200, description = "its history", body = Envelope<VariableOverTime>),
        ReadFailures,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<VariableParameters>,
) -> Result<Json<Envelope<VariableOverTime>>, ApiError> {
    let VariableParameters { name, service, from, until, limit } = parameters;
    let period = period(from, until);
    let question = Question::Variable {
        period,
        name: name.clone(),
        service: service.clone(),
        most: Whole::or(limit, DEFAULT_LIMIT, MAX_LIMIT),
        options: Arc::clone(&state.options),
    };
    let history = |answer| match answer {
        Answer::Variable { ends: [from, until], found } => {
            Some(VariableOverTime { name, service, from, until, history: found })
        }
        _ => None,
    };
    answered(&state, question, history).await
}
