//! What is in front of routes that are not for everybody. It decides by the head of a request: nothing of a
//! body is read for who may not send one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Purpose;
use crate::http::client::Client;
use crate::http::error::ApiError;
use crate::http::{AppState, body};

/// Lets those pass who may do what the routes behind it are for.
pub(in crate::http) async fn pass(
    State((state, purpose)): State<(AppState, Purpose)>,
    request: Request,
    next: Next,
) -> Response {
    let client = Client::of(&request);
    let admitted = state.access.admit(purpose, request.method(), request.headers(), client);
    let (rate, refused) = match admitted {
        Ok(key) => {
            if let Some(key) = key {
                tracing::debug!(key = key.name, %client, "admitted");
            }
            let rate = state.access.count(key, client);
            let wait = rate.as_ref().and_then(|rate| rate.left.err());
            (rate, wait.map(|wait| ApiError::TooMany { of: "requests", wait }))
        }
        Err(error) => (None, Some(error)),
    };
    let mut answer = match refused {
        None => next.run(request).await,
        Some(error) => {
            body::refuse_unasked(request);
            error.into_response()
        }
    };
    if let Some(rate) = rate {
        rate.mark(&mut answer);
    }
    answer
}
