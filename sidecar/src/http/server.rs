//! The accept loop: how many clients there can be at once, and how they are left in the end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::join_all;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::either::Either;

use super::client::Client;
use super::connection;
use super::listener::{Accepted, Listener};

/// Connections at most, however many files the system would open: an idle one takes some 12 KB.
const MAX_CONNECTIONS: usize = 32 * 1024;
/// Open files that are not clients' connections: those to Postgres, the log, and so on.
const RESERVED_FILES: usize = 256;
/// What there is by default everywhere.
const FALLBACK_FILES: u64 = 1024;
/// After an error of `accept()`. Most often too many files are open, on the whole machine perhaps,
/// and trying again at once would find the same.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Serves until `shutdown`. Then no more connections are taken, idle ones are closed, and requests
/// under way have `grace` to be finished. Returns how many were not.
pub(crate) async fn serve(
    listeners: Vec<Listener>,
    app: Router,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) -> usize {
    let limit = max_connections();
    let slots = Arc::new(Semaphore::new(limit));
    let (stop, stopped) = watch::channel(());
    let accepting = listeners.iter().map(|listener| accept_all(listener, &app, &slots, &stopped));
    tokio::select! {
        _ = join_all(accepting) => {}
        () = shutdown => {}
    }
    drop((listeners, stop));
    finish(&slots, limit, grace).await
}

/// Waits until every slot is free again; returns how many are not after `grace`.
async fn finish(slots: &Semaphore, limit: usize, grace: Duration) -> usize {
    let all = u32::try_from(limit).unwrap_or(u32::MAX);
    match timeout(grace, slots.acquire_many(all)).await {
        Ok(_) => 0,
        Err(_) => limit - slots.available_permits(),
    }
}

async fn accept_all(
    listener: &Listener,
    app: &Router,
    slots: &Arc<Semaphore>,
    stop: &watch::Receiver<()>,
) -> Infallible {
    loop {
        let slot = free_slot(slots).await;
        let accepted = accept(listener).await;
        let app = TowerToHyperService::new(app.clone());
        let stop = stop.clone();
        tokio::spawn(async move {
            serve_client(accepted, app, stop).await;
            drop(slot);
        });
    }
}

/// All kinds of connections are one type from here on: what serves one is large, and is there once.
async fn serve_client(
    accepted: Accepted,
    app: TowerToHyperService<Router>,
    mut stop: watch::Receiver<()>,
) {
    let (stream, client) = match accepted {
        Accepted::Unix(stream) => (Either::Right(Either::Left(stream)), Client::of_socket()),
        Accepted::Tcp(stream, address, None) => (Either::Left(stream), Client::of_tcp(address)),
        Accepted::Tcp(stream, address, Some(tls)) => {
            let encrypted = tokio::select! {
                encrypted = tls.encrypt(stream) => encrypted,
                _ = stop.changed() => None,
            };
            let Some(encrypted) = encrypted else { return };
            (Either::Right(Either::Right(encrypted)), Client::of_tcp(address).encrypted())
        }
    };
    connection::serve(stream, client, app, stop).await;
}

/// Where all are taken, clients wait in the backlog of the system until a connection ends.
async fn free_slot(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if slots.available_permits() == 0 {
        tracing::warn!("no more connections can be open: the next one waits");
    }
    Arc::clone(slots).acquire_owned().await.expect("slots are never closed")
}

/// The next connection; errors are waited out.
async fn accept(listener: &Listener) -> Accepted {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client has gone before it was accepted.
fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput)
}

/// Raises the limit of open files as far as it goes, and leaves some for others than clients.
fn max_connections() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "can't raise the limit of open files");
        FALLBACK_FILES
    });
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let connections = files.saturating_sub(RESERVED_FILES).max(files / 2).min(MAX_CONNECTIONS);
    tracing::debug!(files, connections, "limits");
    connections
}
