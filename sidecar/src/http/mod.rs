//! The HTTP API: one file for each resource, and the list of routes.

mod answered;
mod body;
mod chunked;
mod coding;
mod connection;
mod distributed;
mod envelope;
mod error;
mod etag;
mod event;
mod events;
mod export;
mod global;
mod health;
mod openapi;
mod parameters;
mod performance;
pub(crate) mod server;
mod service;
mod trace;
mod traces;

use std::sync::Arc;
use std::time::Instant;

use axum::{Router, middleware};
use raceway_analysis::Options;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::room::Room;
use crate::store::Store;

/// A request's body at most, once decompressed.
const MAX_BODY_BYTES: usize = 20 * 1024 * 1024;

/// What every handler has at hand.
#[derive(Clone)]
struct AppState {
    store: Arc<dyn Store>,
    started: Instant,
    room: Room,
    options: Arc<Options>,
}

/// The API. Bodies take at most `max_body_memory` bytes of memory, all together.
pub(crate) fn router(store: Arc<dyn Store>, max_body_memory: usize, options: Options) -> Router {
    let room = Room::new(max_body_memory);
    let state = AppState { store, started: Instant::now(), room, options: Arc::new(options) };
    Router::from(routes())
        .layer(middleware::from_fn(etag::revalidate))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
}

/// Every handler; each names its path.
fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::about())
        .routes(routes!(events::ingest))
        .routes(routes!(traces::list))
        .routes(routes!(trace::full::read))
        .routes(routes!(trace::critical_path::read))
        .routes(routes!(trace::anomalies::read))
        .routes(routes!(trace::dependencies::read))
        .routes(routes!(trace::audit_trail::read_named))
        .routes(routes!(trace::audit_trail::read))
        .routes(routes!(global::read))
        .routes(routes!(service::list::read))
        .routes(routes!(service::health::read))
        .routes(routes!(service::traces::read))
        .routes(routes!(service::dependencies::read))
        .routes(routes!(performance::read))
        .routes(routes!(distributed::edges::read))
        .routes(routes!(distributed::hotspots::read))
        .routes(routes!(distributed::global_races::read))
        .routes(routes!(export::export).layer(gzip()))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::health))
        .routes(routes!(health::status))
        .routes(routes!(openapi::read))
}

/// For clients that accept it: events shrink to a fifth at the lowest level already.
fn gzip() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}
