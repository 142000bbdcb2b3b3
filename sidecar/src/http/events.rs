//! `POST /events`

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use raceway_model::{Batch, Dialect, Event, Rejection, parse_batch};
use serde::Serialize;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use crate::store::{Ingested, Store};

/// What became of a request's events.
#[derive(Debug, Serialize)]
pub(crate) struct IngestReport {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<Rejection>,
    durable: bool,
    stored_in: &'static str,
}

/// The answer: for one flat event with its id beside the envelope, as Raceway documents it.
#[derive(Debug, Serialize)]
pub(crate) struct IngestResponse {
    #[serde(flatten)]
    envelope: Envelope<IngestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
}

/// Stores the valid events of a body; the answer lists the others with the reason.
pub(crate) async fn ingest(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<IngestResponse>, ApiError> {
    refuse_unknown_encoding(&headers)?;
    let batch = parse_batch(&body?)?;
    let event_id = flat_event_id(&batch);
    let report = store_batch(state.store.as_ref(), batch).await?;
    let Json(envelope) = envelope::success(report);
    Ok(Json(IngestResponse { envelope, event_id }))
}

/// A body that was decompressed has no such header any more.
fn refuse_unknown_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(ApiError::Refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-encoding: expected gzip or identity".into(),
        )),
        _ => Ok(()),
    }
}

fn flat_event_id(batch: &Batch) -> Option<String> {
    let (_, event) = batch.events.first().filter(|_| batch.is_single)?;
    (event.dialect == Dialect::Flat).then(|| event.event_id.clone())
}

async fn store_batch(store: &dyn Store, batch: Batch) -> Result<IngestReport, ApiError> {
    let (places, events): (Vec<usize>, Vec<Event>) = batch.events.into_iter().unzip();
    let ingested =
        if events.is_empty() { Ingested::default() } else { store.ingest(events).await? };
    let mut rejected = batch.rejections;
    rejected.extend(ingested.rejected.into_iter().map(|rejection| Rejection {
        index: places.get(rejection.index).copied().unwrap_or(rejection.index),
        ..rejection
    }));
    rejected.sort_by_key(|rejection| rejection.index);
    Ok(IngestReport {
        accepted: ingested.accepted,
        duplicates: ingested.duplicates,
        rejected,
        durable: store.is_durable(),
        stored_in: store.name(),
    })
}
