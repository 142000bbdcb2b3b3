//! `GET /api/services/{service}/dependencies`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::{Neighbour, ServiceDependencies};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{NoParameters, Parameters, Service};
use crate::store::question::{Answer, Question};

/// Whom a service calls, and who calls it: most calls first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceDependencies)]
pub(crate) struct Dependencies {
    service_name: String,
    calls_to: Vec<Neighbour>,
    calls_to_omitted: usize,
    called_by: Vec<Neighbour>,
    called_by_omitted: usize,
}

/// Whom a service calls, and who calls it.
#[utoipa::path(
    get,
    operation_id = "read_service_dependencies",
    path = "/api/services/{service}/dependencies",
    tag = "services",
    params(Service),
    responses(
        (status = 200, description = "its neighbours, if any", body = Envelope<Dependencies>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Service(service): Service,
    _: Parameters<NoParameters>,
) -> Result<Json<Envelope<Dependencies>>, ApiError> {
    let dependencies = |answer| match answer {
        Answer::Dependencies(found) => Some(dependencies(found)),
        _ => None,
    };
    answered(&state, Question::Dependencies { service }, dependencies).await
}

fn dependencies(found: ServiceDependencies) -> Dependencies {
    let (calls_to, calls_to_omitted) = listed(found.calls_to);
    let (called_by, called_by_omitted) = listed(found.called_by);
    let service_name = found.service_name;
    Dependencies { service_name, calls_to, calls_to_omitted, called_by, called_by_omitted }
}
