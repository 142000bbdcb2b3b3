//! A bank as its programmers write it: a service of axum that keeps accounts in Postgres, instrumented with
//! the official SDK.
//!
//! `bank RACEWAY POSTGRES SAFEGUARD` says where it listens, and ends with its standard input.

mod deposit;
mod safeguard;
mod turns;

use std::env::args;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::routing::post;
use axum::{Router, serve};
use deadpool_postgres::{Manager, Pool};
use raceway::RacewayClient;
use tokio::net::TcpListener;
use tokio_postgres::NoTls;

use deposit::{Bank, deposit};
use safeguard::Safeguard;
use turns::Turns;

#[tokio::main]
async fn main() {
    let [endpoint, connection, safeguard] = arguments();
    let raceway = Arc::new(RacewayClient::new(&endpoint, "bank"));
    let turns = Arc::<Turns>::default();
    let bank = Bank {
        raceway: Arc::clone(&raceway),
        sessions: sessions(&connection),
        safeguard: Safeguard::named(&safeguard),
        turns: Arc::clone(&turns),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("listening on http://{}", listener.local_addr().expect("its address"));
    tokio::spawn(async move { serve(listener, service(bank)).await });
    turns.grant().await;
    raceway.shutdown();
}

fn arguments() -> [String; 3] {
    let arguments: Vec<String> = args().skip(1).collect();
    arguments.try_into().expect("bank RACEWAY POSTGRES SAFEGUARD")
}

fn sessions(connection: &str) -> Pool {
    let manager = Manager::new(connection.parse().expect("a connection string"), NoTls);
    Pool::builder(manager).build().expect("a pool")
}

/// The middleware gives each request a context of its own: one trace, or that of its `traceparent`. (It
/// is no function of axum's kind, though the SDK's README gives it to `from_fn_with_state`.)
fn service(bank: Bank) -> Router {
    let raceway = Arc::clone(&bank.raceway);
    let traced = move |headers: HeaderMap, request: Request, next: Next| {
        RacewayClient::middleware(Arc::clone(&raceway), headers, request, next)
    };
    Router::new()
        .route("/deposits", post(deposit))
        .layer(middleware::from_fn(traced))
        .with_state(Arc::new(bank))
}
