//! `GET /api/stream`: traces that are new or have changed, what is found in them, and how the sidecar is, as it
//! happens (server-sent events).
//!
//! One task looks for all listeners, and only while there are any. Each second it asks the store for the traces of
//! bodies that came by here, and in Postgres for the newest ones, which others may have written. What it finds goes
//! to all through one bounded channel; who does not read fast enough is told how much was missed.

mod condition;
mod feed;
mod follow;
mod known;
mod listener;
mod noted;
mod told;

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

pub(super) use self::feed::Feed;
use self::told::{Filter, Names};
use super::AppState;
use super::error::ApiError;
use super::openapi::StreamFailures;
use super::parameters::Parameters;

/// Traces that the store is asked for each time, by when they were written first.
const NEWEST: u32 = 1000;
/// A comment says so often that the stream goes on: proxies end what is silent, some after 30 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Of the event that a client has seen last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// nginx collects answers otherwise.
const UNBUFFERED: [(HeaderName, &str); 1] = [(HeaderName::from_static("x-accel-buffering"), "no")];

/// `?events=&service=`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamParameters {
    /// Names of events, with commas between them; all if not given. `missed` comes in any case.
    #[param(inline, style = Form, explode = false)]
    events: Option<Names>,
    /// Traces in which it took part, and what is found in them.
    service: Option<String>,
}

/// Server-sent events, without end: `trace`, `finding`, `state` and `missed`.
#[utoipa::path(
    get,
    operation_id = "stream",
    path = "/api/stream",
    tag = "events",
    params(
        StreamParameters,
        ("last-event-id" = Option<String>, Header, description = "Of the last event that was seen."),
    ),
    responses(
        (status = 200, description = "the events", body = String, content_type = "text/event-stream"),
        StreamFailures,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    headers: HeaderMap,
    Parameters(StreamParameters { events, service }): Parameters<StreamParameters>,
) -> Result<Response, ApiError> {
    let last_seen = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default());
    let listener = state.feed.listen(Filter { names: events, service }, last_seen).await?;
    let events = Sse::new(listener.events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok((UNBUFFERED, events).into_response())
}
