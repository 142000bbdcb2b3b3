//! The HTTP API: one file for each resource, and the list of routes.

mod access;
mod answered;
mod body;
mod chunked;
mod client;
mod coding;
mod compare;
mod connection;
pub(crate) mod cors;
mod distributed;
mod envelope;
mod error;
mod etag;
mod event;
mod events;
mod export;
mod findings;
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
mod route;
pub(crate) mod server;
mod service;
mod stream;
pub(crate) mod tls;
mod trace;
mod traces;
mod ui;
mod variable;

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

pub(crate) use self::access::Access;
use self::access::{Purpose, layer, login};
use self::metrics::Requests;
use self::observe::Observer;
pub(crate) use self::proxies::Proxies;
use self::route::{Route, route, serve};
pub(crate) use self::ui::Ui;
use crate::body_budget::BodyBudget;
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
    budget: BodyBudget,
    options: Arc<Options>,
    answers: reuse::Answers,
    access: Arc<Access>,
    ui: Option<Ui>,
    observer: Arc<Observer>,
    feed: Arc<stream::Feed>,
}

/// Every route, and what is in front of it.
pub(crate) fn router(store: Arc<dyn Store>, settings: Settings) -> Router {
    let groups = groups();
    let requests = Requests::to(groups.iter().flatten().map(|route| route.path.clone()));
    let [senders, programs, readers, searchers, everybody] = groups;
    let observer = Arc::new(Observer { requests, slow: settings.slow_request });
    let (budget, options) = (BodyBudget::new(settings.max_body_memory), Arc::new(settings.options));
    let feed =
        stream::Feed::new(Arc::clone(&store), budget.clone(), Arc::clone(&options), settings.stop);
    let state = AppState {
        store,
        started: Instant::now(),
        budget,
        options,
        answers: reuse::Answers::default(),
        access: Arc::new(settings.access),
        ui: settings.ui,
        observer: Arc::clone(&observer),
        feed: Arc::new(feed),
    };
    let guard = |purpose| from_fn_with_state((state.clone(), purpose), layer::pass);
    let senders = serve(senders).route_layer(guard(Purpose::Ingest));
    let programs = serve(programs).route_layer(guard(Purpose::State));
    let readers = serve(searchers)
        .route_layer(from_fn_with_state(state.clone(), reuse::reuse))
        .merge(serve(readers))
        .route_layer(guard(Purpose::Read))
        .route_layer(from_fn(etag::revalidate))
        .route_layer(gzip());
    let everybody = serve(everybody).route_layer(from_fn(etag::revalidate));
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

/// All routes, by who may ask; each handler names its path.
fn groups() -> [Vec<Route>; 5] {
    [of_senders(), of_programs(), of_readers(), of_searchers(), of_everybody()]
}

/// With a key to send events, where keys are asked for.
fn of_senders() -> Vec<Route> {
    vec![route!(events => ingest)]
}

/// With any key, where keys are asked for.
fn of_programs() -> Vec<Route> {
    vec![route!(health => health), route!(health => status), route!(metrics => read)]
}

/// With a key, or a session where there is a password.
fn of_readers() -> Vec<Route> {
    vec![
        route!(traces => list),
        route!(trace::full => read),
        route!(trace::export => read),
        route!(trace::graph::stored => read),
        route!(trace::graph::sent => read),
        route!(trace::critical_path => read),
        route!(trace::anomalies => read),
        route!(trace::dependencies => read),
        route!(trace::audit_trail => read_named),
        route!(trace::audit_trail => read),
        route!(service::list => read),
        route!(service::health => read),
        route!(service::traces => read),
        route!(service::dependencies => read),
        route!(performance => read),
        route!(distributed::edges => read),
        route!(distributed::hotspots => read),
        route!(compare => read),
        route!(findings => read),
        route!(export => export),
        route!(stream => read),
    ]
}

/// The same, for answers that may take long to make.
fn of_searchers() -> Vec<Route> {
    vec![
        route!(global => read),
        route!(distributed::global_races => read),
        route!(variable => read),
    ]
}

fn of_everybody() -> Vec<Route> {
    vec![
        route!(health => livez),
        route!(health => readyz),
        route!(openapi => read),
        route!(login => check),
        route!(login => login),
        route!(login => logout),
    ]
}

/// For clients that accept it: events shrink to a fifth at the lowest level already.
fn gzip() -> CompressionLayer<impl Predicate> {
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(MIN_COMPRESSED_BYTES));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}
