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

/// The events of a trace, and the share of the budget that is taken by what is made of them.
pub(in crate::http) struct WholeTrace {
    events: Vec<String>,
    share: Share,
}

impl WholeTrace {
    /// Waits for the share.
    pub(in crate::http) async fn of(
        budget: &BodyBudget,
        events: Vec<String>,
    ) -> Result<Self, OverBudget> {
        let bytes = events.iter().map(|json| COPIES * json.len() + EVENT_BYTES).sum();
        let mut share = budget.share(bytes);
        share.grow_to(bytes).await?;
        Ok(WholeTrace { events, share })
    }

    /// What is made of the events, by a thread that others don't wait for.
    pub(in crate::http) async fn make<T: Send + 'static>(
        self,
        make: impl FnOnce(&[String]) -> T + Send + 'static,
    ) -> Result<(Self, T), StoreError> {
        let making = spawn_blocking(move || {
            let result = make(&self.events);
            (self, result)
        });
        making.await.map_err(|panic| StoreError::Internal(panic.to_string()))
    }

    /// An answer of the JSON that is made of the events.
    pub(in crate::http) async fn answer(
        self,
        write: impl FnOnce(&[String]) -> Result<Vec<u8>, ApiError> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let (WholeTrace { share, .. }, json) = self.make(write).await?;
        let body = Bytes::from_owner(Answer { json: json?, _share: share });
        Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
    }
}
