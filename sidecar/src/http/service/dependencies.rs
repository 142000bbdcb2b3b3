//! `GET /api/services/{service}/dependencies`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::{Neighbour, ServiceDependencies};
use serde::Serialize;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::parameters::{NoParameters, Parameters, Service};
use crate::store::question::{Answer, Question};

/// Whom a service calls, and who calls it: most calls first.
#[derive(Debug, Serialize)]
pub(crate) struct Dependencies {
    service_name: String,
    calls_to: Vec<Neighbour>,
    calls_to_omitted: usize,
    called_by: Vec<Neighbour>,
    called_by_omitted: usize,
}

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
