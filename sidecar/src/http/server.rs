//! The accept loop: how many clients there can be at once, and how they are left in the end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::join_all;
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection;

/// Connections at most, however many files the system would open: an idle one takes some 12 KB.
const MAX_CONNECTIONS: usize = 32 * 1024;
/// Open files that are not clients' connections: those to Postgres, the log, and so on.
const RESERVED_FILES: usize = 256;
/// What there is by default everywhere.
const FALLBACK_FILES: u64 = 1024;
/// After an error of `accept()`. Most often too many files are open, on the whole machine perhaps,
/// and trying again at once would find the same.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// A client that doesn't take its answer for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// Serves until `shutdown`. Then no more connections are taken, idle ones are closed, and requests
/// under way have `grace` to be finished. Returns how many were not.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
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
    listener: &TcpListener,
    app: &Router,
    slots: &Arc<Semaphore>,
    stop: &watch::Receiver<()>,
) -> Infallible {
    loop {
        let slot = free_slot(slots).await;
        let (stream, address) = accept(listener).await;
        let app = TowerToHyperService::new(app.clone());
        let stop = stop.clone();
        tokio::spawn(async move {
            connection::serve(stream, address, app, stop).await;
            drop(slot);
        });
    }
}

/// Where all are taken, clients wait in the backlog of the system until a connection ends.
async fn free_slot(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    if slots.available_permits() == 0 {
        tracing::warn!("no more connections can be open: the next one waits");
    }
    Arc::clone(slots).acquire_owned().await.expect("slots are never closed")
}

/// The next connection; errors are waited out.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await.and_then(prepare) {
            Ok(accepted) => return accepted,
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers are small: they should not wait for the acknowledgement of the one before.
fn prepare((stream, address): (TcpStream, SocketAddr)) -> io::Result<(TcpStream, SocketAddr)> {
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(SEND_TIMEOUT))?;
    Ok((stream, address))
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
