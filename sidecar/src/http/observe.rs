//! What is around every route: the request's id, its time, and its lines in the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Span};

use super::metrics::Requests;
use super::request_id;

/// Watches requests.
pub(super) struct Observer {
    pub(super) requests: Requests,
    /// One that takes longer is logged as a warning.
    pub(super) slow: Duration,
}

/// Answers with the id of the request. Every line that is logged for it until the head of its answer is there
/// has the id; nothing of its headers and its body is in the log.
pub(super) async fn observe(
    State(observer): State<Arc<Observer>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id::of(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let span = span(&id);
    let in_flight = observer.requests.begin();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    let (status, elapsed) = (response.status(), started.elapsed());
    let route = route.as_ref().map(MatchedPath::as_str);
    observer.requests.observe(route, &method, status, elapsed);
    span.in_scope(|| log(method.as_str(), uri.path(), status, elapsed, observer.slow));
    response.headers_mut().insert(request_id::HEADER, id);
    response
}

/// Of the highest level: lines of any level have the id.
fn span(id: &HeaderValue) -> Span {
    tracing::error_span!("request", request_id = id.to_str().unwrap_or_default())
}

/// Not the query: its parameters are somebody's search.
fn log(method: &str, path: &str, status: StatusCode, elapsed: Duration, slow: Duration) {
    let (status, seconds) = (status.as_u16(), elapsed.as_secs_f64());
    if elapsed >= slow {
        tracing::warn!(method, path, status, seconds, "slow request");
    } else {
        tracing::debug!(method, path, status, seconds, "request");
    }
}
