//! `raceway-sidecar serve`

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{CommandError, open, signals};
use crate::config::Config;
use crate::http::{self, server};

/// Serves until SIGTERM or SIGINT, then finishes the requests that it has, and writes the snapshot.
pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    let (store, snapshot) = open::store(&config).await?;
    let address = SocketAddr::new(config.server.host, config.server.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| CommandError::Listen { address, error })?;
    let storage = store.state().stored_in.name();
    tracing::info!(storage, "listening on http://{}", listener.local_addr()?);
    let app = http::router(store, config.server.max_body_memory_bytes);
    let grace = config.server.shutdown_grace();
    let unfinished = server::serve(listener, app, signals::shutdown()?, grace).await;
    if let Some(snapshot) = snapshot {
        snapshot.finish().await?;
    }
    match unfinished {
        0 => Ok(()),
        requests => Err(CommandError::Unfinished { requests, grace }),
    }
}
