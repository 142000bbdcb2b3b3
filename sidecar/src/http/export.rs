//! `GET /api/export`

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::body::Frame;
use raceway_model::Timestamp;
use serde::Deserialize;

use super::AppState;
use super::error::ApiError;
use crate::store::StoreError;
use crate::store::export::{Export, ExportFilter};

const NDJSON: &str = "application/x-ndjson";

/// `?from=&until=&service=&trace_id=`
#[derive(Debug, Deserialize)]
pub(crate) struct ExportParameters {
    from: Option<String>,
    until: Option<String>,
    service: Option<String>,
    trace_id: Option<String>,
}

/// Streams the events. When something fails on the way the connection is cut, so that a client does
/// not take a part for the whole.
pub(crate) async fn export(
    State(state): State<AppState>,
    parameters: Result<Query<ExportParameters>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(parameters) = parameters?;
    let export = state.store.export(filter(parameters)?).await?;
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::new(Chunks(export).boxed_unsync())).into_response())
}

fn filter(parameters: ExportParameters) -> Result<ExportFilter, ApiError> {
    let ExportParameters { from, until, service, trace_id } = parameters;
    let (from, until) = (instant("from", from)?, instant("until", until)?);
    Ok(ExportFilter { from, until, service, trace_id })
}

fn instant(name: &str, sent: Option<String>) -> Result<Option<Timestamp>, ApiError> {
    let Some(sent) = sent else { return Ok(None) };
    let expected = || ApiError::bad_request(format!("{name}: expected an RFC 3339 date-time"));
    Timestamp::parse(&sent).map(Some).ok_or_else(expected)
}

/// An export as the body of an answer.
struct Chunks(Export);

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        self.0.poll_recv(context).map(|chunk| {
            let chunk = chunk?;
            if let Err(error) = &chunk {
                tracing::error!(%error, "an export is cut off");
            }
            Some(chunk.map(|chunk| Frame::data(chunk.into())))
        })
    }
}
