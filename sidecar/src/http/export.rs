//! `GET /api/export`

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Deserialize;
use utoipa::IntoParams;

use super::AppState;
use super::chunked::Chunked;
use super::error::ApiError;
use super::openapi::ExportFailures;
use super::parameters::{Instant, Parameters};
use crate::store::export::ExportFilter;

const NDJSON: &str = "application/x-ndjson";

/// `?from=&until=&service=&trace_id=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportParameters {
    /// Traces whose first event is not before then.
    #[param(inline)]
    from: Option<Instant>,
    /// Traces whose first event is before then.
    #[param(inline)]
    until: Option<Instant>,
    /// Traces in which it took part.
    service: Option<String>,
    /// This trace alone.
    trace_id: Option<String>,
}

/// Streams the events. When something fails on the way the connection is cut, so that a client does
/// not take a part for the whole.
#[utoipa::path(
    get,
    operation_id = "export",
    path = "/api/export",
    tag = "events",
    params(ExportParameters),
    responses(
        (status = 200, description = "the events, one a line", body = String, content_type = NDJSON),
        ExportFailures,
    ),
)]
pub(super) async fn export(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, ApiError> {
    let export = state.store.export(filter(parameters)).await?;
    let body = Body::new(Chunked::from(export).boxed_unsync());
    Ok(([(header::CONTENT_TYPE, NDJSON)], body).into_response())
}

fn filter(parameters: ExportParameters) -> ExportFilter {
    let ExportParameters { from, until, service, trace_id } = parameters;
    let (from, until) = (from.map(|Instant(from)| from), until.map(|Instant(until)| until));
    ExportFilter { from, until, service, trace_id, ..ExportFilter::default() }
}
