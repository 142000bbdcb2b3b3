//! The HTTP API: one file for each resource, and the list of routes.

mod access;
mod answered;
mod body;
mod chunked;
mod coding;
mod connection;
pub(crate) mod cors;
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
mod ui;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use raceway_analysis::Options;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

pub(crate) use self::access::Access;
use self::access::{layer, login};
pub(crate) use self::ui::Ui;
use crate::room::Room;
use crate::store::Store;

/// A request's body at most, once decompressed.
const MAX_BODY_BYTES: usize = 20 * 1024 * 1024;
/// Answers that are smaller are not worth the time to compress them.
const MIN_COMPRESSED_BYTES: u64 = 1024;

/// What a server is told.
pub(crate) struct Settings {
    /// Memory for bodies, all together.
    pub(crate) max_body_memory: usize,
    pub(crate) options: Options,
    pub(crate) access: Access,
    pub(crate) cors: Option<CorsLayer>,
    pub(crate) ui: Option<Ui>,
}

/// What every handler has at hand.
#[derive(Clone)]
struct AppState {
    store: Arc<dyn Store>,
    started: Instant,
    room: Room,
    options: Arc<Options>,
    answers: reuse::Answers,
    access: Arc<Access>,
    ui: Option<Ui>,
}

/// Every route, and what is asked of those who come to it.
pub(crate) fn router(store: Arc<dyn Store>, settings: Settings) -> Router {
    let state = AppState {
        store,
        started: Instant::now(),
        room: Room::new(settings.max_body_memory),
        options: Arc::new(settings.options),
        answers: reuse::Answers::default(),
        access: Arc::new(settings.access),
        ui: settings.ui,
    };
    let routes = of_programs(&state)
        .merge(of_readers(&state))
        .merge(of_everybody())
        .fallback(ui::fallback.layer(gzip()))
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state);
    match settings.cors {
        Some(cors) => routes.layer(cors),
        None => routes,
    }
}

fn of_programs(state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/events", post(events::ingest))
        .route("/health", get(health::health))
        .route("/status", get(health::status))
        .route_layer(from_fn_with_state(state.clone(), layer::programs))
}

fn of_readers(state: &AppState) -> Router<AppState> {
    let reuse = || from_fn_with_state(state.clone(), reuse::reuse);
    Router::new()
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
        .route("/api/export", get(export::export))
        .route_layer(from_fn_with_state(state.clone(), layer::readers))
        .route_layer(gzip())
}

fn of_everybody() -> Router<AppState> {
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/auth/check", get(login::check))
        .route("/auth/login", post(login::login))
        .route("/auth/logout", post(login::logout))
}

/// For clients that accept it: events shrink to a fifth at the lowest level already.
fn gzip() -> CompressionLayer<impl Predicate> {
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(MIN_COMPRESSED_BYTES));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}
