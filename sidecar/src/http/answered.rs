//! Answers about many traces together.

use axum::Json;
use serde::Serialize;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use crate::store::question::{Answer, Question};
use crate::store::{Read, StoreError};

/// A list has so many entries at most.
const MAX_LISTED: usize = 10_000;

/// What is made of the store's answer; `None` of the answer to another question.
pub(super) async fn answered<T: Serialize>(
    state: &AppState,
    question: Question,
    made: impl FnOnce(Answer) -> Option<T>,
) -> Result<Json<Envelope<T>>, ApiError> {
    let Read { data, is_degraded } = state.store.ask(question).await?;
    let data = made(data).ok_or_else(another)?;
    Ok(envelope::read(Read { data, is_degraded }))
}

/// What no store does.
pub(super) fn another() -> StoreError {
    StoreError::Internal("an answer to another question".into())
}

/// The first entries of a list, and how many are omitted.
pub(super) fn listed<T>(mut list: Vec<T>) -> (Vec<T>, usize) {
    let omitted = list.len().saturating_sub(MAX_LISTED);
    list.truncate(MAX_LISTED);
    (list, omitted)
}
