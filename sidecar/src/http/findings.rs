//! `GET /api/findings`

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_analysis::across::groups::{FindingGroups, Wanted};
use raceway_analysis::space_time::findings::Kind;
use raceway_model::Timestamp;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::AppState;
use super::answered::answered;
use super::envelope::Envelope;
use super::error::ApiError;
use super::openapi::ReadFailures;
use super::parameters::{Instant, Parameters, Whole, period};
use crate::store::question::{Answer, Question};

const DEFAULT_LIMIT: u32 = 100;
/// A greater limit is cut to this.
const MAX_LIMIT: u32 = 1000;

/// `?from=&until=&service=&variable=&kind=&limit=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingParameters {
    /// Findings since then: 24 hours before the end if not given.
    #[param(inline)]
    from: Option<Instant>,
    /// Findings before then: after the newest event if not given.
    #[param(inline)]
    until: Option<Instant>,
    /// Findings of this service.
    service: Option<String>,
    /// Findings about this variable.
    variable: Option<String>,
    /// Findings of this kind.
    #[param(inline)]
    kind: Option<FindingKind>,
    /// How many groups: 100 if not given, 1000 at most.
    #[param(inline)]
    limit: Option<Whole<1>>,
}

/// The name of a kind.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Cow<str>")]
struct FindingKind(Kind);

impl TryFrom<Cow<'_, str>> for FindingKind {
    type Error = Error;

    fn try_from(name: Cow<str>) -> Result<Self, Error> {
        Kind::deserialize(name.into_deserializer()).map(FindingKind)
    }
}

impl PartialSchema for FindingKind {
    fn schema() -> RefOr<Schema> {
        Kind::schema()
    }
}

impl ToSchema for FindingKind {}

/// What is wrong in the newest traces of a time, by kind and place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Findings {
    from: Timestamp,
    /// The first instant after it.
    until: Timestamp,
    #[serde(flatten)]
    groups: FindingGroups,
}

/// What is wrong in the newest traces of a time, by kind and place: of 500 traces at most, none of which is long.
#[utoipa::path(
    get,
    operation_id = "read_findings",
    path = "/api/findings",
    tag = "across traces",
    params(FindingParameters),
    responses(
        (status = 200, description = "what is wrong", body = Envelope<Findings>),
        ReadFailures,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<FindingParameters>,
) -> Result<Json<Envelope<Findings>>, ApiError> {
    let FindingParameters { from, until, service, variable, kind, limit } = parameters;
    let period = period(from, until);
    let wanted = Wanted {
        service,
        variable,
        kind: kind.map(|FindingKind(kind)| kind),
        groups: Whole::or(limit, DEFAULT_LIMIT, MAX_LIMIT) as usize,
    };
    let question = Question::Findings { period, wanted, options: Arc::clone(&state.options) };
    let findings = |answer| match answer {
        Answer::Findings { ends: [from, until], found } => {
            Some(Findings { from, until, groups: found })
        }
        _ => None,
    };
    answered(&state, question, findings).await
}
