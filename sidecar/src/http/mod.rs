//! The HTTP API: one file for each resource, and the list of routes.

mod answered;
mod body;
mod chunked;
mod coding;
mod connection;
mod distributed;
mod envelope;
mod error;
mod events;
mod export;
mod global;
mod health;
mod parameters;
mod performance;
mod reuse;
pub(crate) mod server;
mod service;
mod trace;
mod traces;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use raceway_analysis::Options;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

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
    answers: reuse::Answers,
}

/// Every route. Bodies take at most `max_body_memory` bytes of memory, all together.
pub(crate) fn router(store: Arc<dyn Store>, max_body_memory: usize, options: Options) -> Router {
    let room = Room::new(max_body_memory);
    let state = AppState {
        store,
        started: Instant::now(),
        room,
        options: Arc::new(options),
        answers: reuse::Answers::default(),
    };
    let reuse = || from_fn_with_state(state.clone(), reuse::reuse);
    Router::new()
        .route("/events", post(events::ingest))
        .route("/api/traces", get(traces::list))
        .route("/api/traces/{trace_id}", get(trace::full::read))
        .route("/api/traces/{trace_id}/critical-path", get(trace::critical_path::read))
        .route("/api/traces/{trace_id}/anomalies", get(trace::anomalies::read))
        .route("/api/traces/{trace_id}/dependencies", get(trace::dependencies::read))
        .route("/api/traces/{trace_id}/audit-trail", get(trace::audit_trail::read_named))
        .route("/api/traces/{trace_id}/audit-trail/{variable}", get(trace::audit_trail::read))
        .route("/api/analyze/global", get(global::read).layer(reuse()))
        .route("/api/services", get(service::list::read))
        .route("/api/services/health", get(service::health::read))
        .route("/api/services/{service}/traces", get(service::traces::read))
        .route("/api/services/{service}/dependencies", get(service::dependencies::read))
        .route("/api/performance/metrics", get(performance::read))
        .route("/api/distributed/edges", get(distributed::edges::read))
        .route("/api/distributed/hotspots", get(distributed::hotspots::read))
        .route("/api/distributed/global-races", get(distributed::global_races::read).layer(reuse()))
        .route("/api/export", get(export::export).layer(gzip()))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/health", get(health::health))
        .route("/status", get(health::status))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
}

/// For clients that accept it: events shrink to a fifth at the lowest level already.
fn gzip() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}
