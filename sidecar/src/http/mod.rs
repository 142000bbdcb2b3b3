//! The HTTP API: one file for each resource, and the list of routes.

mod access;
mod answered;
mod body;
mod chunked;
mod client;
mod coding;
mod connection;
pub(crate) mod cors;
mod distributed;
mod envelope;
mod error;
mod etag;
mod event;
mod events;
mod export;
mod global;
mod health;
pub(crate) mod listener;
mod metrics;
mod observe;
mod openapi;
mod parameters;
mod performance;
mod proxies;
mod request_id;
mod reuse;
pub(crate) mod server;
mod service;
mod stream;
pub(crate) mod tls;
mod trace;
mod traces;
mod ui;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use raceway_analysis::Options;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::access::Access;
use self::access::{Purpose, layer, login};
use self::metrics::Requests;
use self::observe::Observer;
pub(crate) use self::proxies::Proxies;
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
    pub(crate) proxies: Proxies,
    pub(crate) cors: Option<CorsLayer>,
    pub(crate) ui: Option<Ui>,
    /// A request that takes longer is logged as a warning.
    pub(crate) slow_request: Duration,
    /// Ends what is streamed without end.
    pub(crate) stop: CancellationToken,
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
    observer: Arc<Observer>,
    feed: Arc<stream::Feed>,
}

/// Every route, and what is in front of it.
pub(crate) fn router(store: Arc<dyn Store>, settings: Settings) -> Router {
    let requests = Requests::to(routes().into_openapi().paths.paths.into_keys());
    let observer = Arc::new(Observer { requests, slow: settings.slow_request });
    let (room, options) = (Room::new(settings.max_body_memory), Arc::new(settings.options));
    let feed =
        stream::Feed::new(Arc::clone(&store), room.clone(), Arc::clone(&options), settings.stop);
    let state = AppState {
        store,
        started: Instant::now(),
        room,
        options,
        answers: reuse::Answers::default(),
        access: Arc::new(settings.access),
        ui: settings.ui,
        observer: Arc::clone(&observer),
        feed: Arc::new(feed),
    };
    let guard = |purpose| from_fn_with_state((state.clone(), purpose), layer::pass);
    let senders = Router::from(of_senders()).route_layer(guard(Purpose::Ingest));
    let programs = Router::from(of_programs()).route_layer(guard(Purpose::State));
    let readers = Router::from(of_searchers())
        .route_layer(from_fn_with_state(state.clone(), reuse::reuse))
        .merge(Router::from(of_readers()))
        .route_layer(guard(Purpose::Read))
        .route_layer(from_fn(etag::revalidate))
        .route_layer(gzip());
    let everybody = Router::from(of_everybody()).route_layer(from_fn(etag::revalidate));
    let routes = senders
        .merge(programs)
        .merge(readers)
        .merge(everybody)
        .fallback(ui::fallback.layer(gzip()))
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state);
    let routes = match settings.cors {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    let routes = routes.layer(from_fn_with_state(observer, observe::observe));
    if settings.proxies.is_empty() {
        return routes;
    }
    routes.layer(from_fn_with_state(Arc::new(settings.proxies), proxies::resolve))
}

/// Every handler; each names its path.
fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::about())
        .merge(of_senders())
        .merge(of_programs())
        .merge(of_readers())
        .merge(of_searchers())
        .merge(of_everybody())
}

/// With a key to send events, where keys are asked for.
fn of_senders() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events::ingest))
}

/// With any key, where keys are asked for.
fn of_programs() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::status))
        .routes(routes!(metrics::read))
}

/// With a key, or a session where there is a password.
fn of_readers() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(traces::list))
        .routes(routes!(trace::full::read))
        .routes(routes!(trace::critical_path::read))
        .routes(routes!(trace::anomalies::read))
        .routes(routes!(trace::dependencies::read))
        .routes(routes!(trace::audit_trail::read_named))
        .routes(routes!(trace::audit_trail::read))
        .routes(routes!(service::list::read))
        .routes(routes!(service::health::read))
        .routes(routes!(service::traces::read))
        .routes(routes!(service::dependencies::read))
        .routes(routes!(performance::read))
        .routes(routes!(distributed::edges::read))
        .routes(routes!(distributed::hotspots::read))
        .routes(routes!(export::export))
        .routes(routes!(stream::read))
}

/// The same, for answers that may take long to make.
fn of_searchers() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(global::read))
        .routes(routes!(distributed::global_races::read))
}

fn of_everybody() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(openapi::read))
        .routes(routes!(login::check))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
}

/// For clients that accept it: events shrink to a fifth at the lowest level already.
fn gzip() -> CompressionLayer<impl Predicate> {
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(MIN_COMPRESSED_BYTES));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}
