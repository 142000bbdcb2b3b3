//! Answers about a trace that is in memory whole.

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use crate::body_budget::{BodyBudget, OverBudget, Share};
use crate::http::error::ApiError;
use crate::store::StoreError;

/// How often the bytes of events are in memory at most: as they were sent, as names of the analysis, in
/// audit trails and their JSON, and twice in the answer.
const COPIES: usize = 6;
/// What the analysis holds of an event beside its texts.
const EVENT_BYTES: usize = 1024;

/// JSON that has its share of the budget until it is sent.
struct Answer {
    json: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

/// The share of the budget that is taken by what is made of these events.
pub(in crate::http) async fn share(
    budget: &BodyBudget,
    events: &[String],
) -> Result<Share, OverBudget> {
    let bytes = events.iter().map(|json| COPIES * json.len() + EVENT_BYTES).sum();
    let mut share = budget.share(bytes);
    share.grow_to(bytes).await?;
    Ok(share)
}

/// What is written of these events, by a thread that others don't wait for.
pub(in crate::http) async fn answer(
    budget: &BodyBudget,
    events: Vec<String>,
    write: impl FnOnce(&[String]) -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let share = share(budget, &events).await?;
    let writing = spawn_blocking(move || write(&events).map(|json| Answer { json, _share: share }));
    let answer = writing.await.map_err(|panic| StoreError::Internal(panic.to_string()))??;
    let body = Bytes::from_owner(answer);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
