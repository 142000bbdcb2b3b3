//! `GET /api/services/{service}/traces`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::openapi::ReadFailures;
use crate::http::parameters::{Parameters, Service};
use crate::http::traces::{ListParameters, TraceList, find};

const DEFAULT_PAGE_SIZE: u32 = 100;

/// One page of the traces in which a service took part, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceTraces {
    service_name: String,
    #[serde(flatten)]
    list: TraceList,
}

/// Traces in which a service took part, newest start first; 100 a page if not given, 1000 at most.
#[utoipa::path(
    get,
    operation_id = "list_service_traces",
    path = "/api/services/{service}/traces",
    tag = "services",
    params(Service, ListParameters),
    responses(
        (status = 200, description = "a page of its traces, if any", body = Envelope<ServiceTraces>),
        ReadFailures,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    Service(service_name): Service,
    Parameters(mut parameters): Parameters<ListParameters>,
) -> Result<Json<Envelope<ServiceTraces>>, ApiError> {
    if parameters.service.replace(service_name.clone()).is_some() {
        return Err(ApiError::bad_request("service: expected in the path alone"));
    }
    let traces = find(&state, parameters, DEFAULT_PAGE_SIZE).await?;
    Ok(envelope::read(traces.map(|list| ServiceTraces { service_name, list })))
}
