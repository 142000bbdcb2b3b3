//! `POST /events`

use std::num::NonZeroU64;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_model::{Dialect, Rejection, parse_batch};
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::body::Received;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use super::event::SentEvents;
use super::openapi::IngestFailures;

/// What became of a request's events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestReport {
    accepted: usize,
    duplicates: usize,
    /// The first of those that are rejected.
    rejected: Vec<Rejection>,
    /// How many are.
    rejected_total: usize,
    /// Of these events and others, where the store is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, minimum = 1)]
    evicted: Option<NonZeroU64>,
    durable: bool,
    stored_in: &'static str,
}

/// The answer: for one flat event with its id beside the envelope, as Raceway documents it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestResponse {
    #[serde(flatten)]
    envelope: Envelope<IngestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    event_id: Option<String>,
}

/// Stores the valid events of a body; the answer lists the others with the reason.
#[utoipa::path(
    post,
    operation_id = "post_events",
    path = "/events",
    tag = "events",
    request_body(content((SentEvents = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "what became of the events", body = IngestResponse),
        IngestFailures,
    ),
)]
pub(crate) async fn ingest(
    State(state): State<AppState>,
    Received(delivery): Received,
) -> Result<Json<IngestResponse>, ApiError> {
    let event_id = delivery.read(flat_event_id);
    let watched = state.feed.is_listened_to().then(|| Arc::clone(&delivery));
    let ingested = state.store.ingest(delivery).await?;
    if let Some(body) = watched {
        body.read(|text| state.feed.note(text));
    }
    let report = IngestReport {
        accepted: ingested.accepted,
        duplicates: ingested.duplicates,
        rejected: ingested.rejections,
        rejected_total: ingested.rejected,
        evicted: NonZeroU64::new(ingested.evicted),
        durable: ingested.stored_in.is_durable(),
        stored_in: ingested.stored_in.name(),
    };
    let Json(envelope) = envelope::success(report);
    Ok(Json(IngestResponse { envelope, event_id }))
}

/// The id of the event that the body is, if it is a valid one in the flat dialect and no batch.
fn flat_event_id(body: &str) -> Option<String> {
    if body.starts_with("{\"events\"") || !body.contains("event_id") {
        return None;
    }
    let batch = parse_batch(body).ok().filter(|batch| batch.is_single)?;
    let event = batch.events.into_iter().next()?;
    (event.dialect == Dialect::Flat).then(|| event.event_id.into_owned())
}
