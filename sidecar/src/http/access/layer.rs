//! What is in front of routes that are not for everybody. It decides by the head of a request: nothing of a
//! body is read for who may not send one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::AppState;
use crate::http::body;
use crate::http::error::ApiError;

/// For programs.
pub(in crate::http) async fn programs(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let is_allowed = state.access.allows(request.headers());
    pass(is_allowed, request, next).await
}

/// For those who read what is stored.
pub(in crate::http) async fn readers(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let is_allowed = state.access.allows_reading(request.method(), request.headers());
    pass(is_allowed, request, next).await
}

async fn pass(is_allowed: bool, request: Request, next: Next) -> Result<Response, ApiError> {
    if is_allowed {
        return Ok(next.run(request).await);
    }
    body::refuse_unasked(request);
    Err(ApiError::Unauthorized)
}
