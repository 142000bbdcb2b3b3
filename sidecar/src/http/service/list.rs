//! `GET /api/services`

use axum::Json;
use axum::extract::State;
use raceway_analysis::figures::Service;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::answered::{answered, listed};
use crate::http::envelope::Envelope;
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{NoParameters, Parameters};
use crate::store::question::{Answer, Question};

/// All services, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceList {
    total_services: usize,
    services: Vec<Service>,
    services_omitted: usize,
}

/// All services, by name.
#[utoipa::path(
    get,
    operation_id = "list_services",
    path = "/api/services",
    tag = "services",
    responses(
        (status = 200, description = "the services", body = Envelope<ServiceList>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    _: Parameters<NoParameters>,
) -> Result<Json<Envelope<ServiceList>>, ApiError> {
    let list = |answer| match answer {
        Answer::Services(services) => {
            let total_services = services.len();
            let (services, services_omitted) = listed(services);
            Some(ServiceList { total_services, services, services_omitted })
        }
        _ => None,
    };
    answered(&state, Question::Services, list).await
}
