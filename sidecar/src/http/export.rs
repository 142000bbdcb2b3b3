//! `GET /api/export`

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::body::Frame;
use serde::Deserialize;

use super::AppState;
use super::error::ApiError;
use super::parameters::{Instant, Parameters};
use crate::store::StoreError;
use crate::store::export::{Export, ExportFilter};

const NDJSON: &str = "application/x-ndjson";

/// `?from=&until=&service=&trace_id=`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportParameters {
    from: Option<Instant>,
    until: Option<Instant>,
    service: Option<String>,
    trace_id: Option<String>,
}

/// Streams the events. When something fails on the way the connection is cut, so that a client does
/// not take a part for the whole.
pub(super) async fn export(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, ApiError> {
    let export = state.store.export(filter(parameters)).await?;
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::new(Chunks(export).boxed_unsync())).into_response())
}

fn filter(parameters: ExportParameters) -> ExportFilter {
    let ExportParameters { from, until, service, trace_id } = parameters;
    let (from, until) = (from.map(|Instant(from)| from), until.map(|Instant(until)| until));
    ExportFilter { from, until, service, trace_id }
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
        self.0.poll_next(context).map(|chunk| {
            let chunk = chunk?;
            if let Err(error) = &chunk {
                tracing::error!(%error, "an export is cut off");
            }
            Some(chunk.map(|chunk| Frame::data(chunk.into())))
        })
    }
}
