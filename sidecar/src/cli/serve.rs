//! `raceway-sidecar serve`

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::{TcpListener, lookup_host};

use super::{CommandError, open, signals};
use crate::config::{self, Config};
use crate::http::{self, Access, Settings, Ui, cors, server};

/// Serves until SIGTERM, SIGINT or SIGHUP, then finishes the requests that it has, and writes the snapshot.
pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    // What is wrong in the file is said before anything is begun.
    let (access, cors) = (Access::of(&config.server)?, cors::layer(&config)?);
    let ui = config.server.ui_dir.as_deref().map(open_ui).transpose()?;
    let (store, snapshot) = open::store(&config).await?;
    let listeners = listen(&config.server).await?;
    let shutdown = signals::shutdown()?;
    let storage = store.state().stored_in.name();
    for listener in &listeners {
        tracing::info!(storage, "listening on http://{}", listener.local_addr()?);
    }
    let grace = config.server.shutdown_grace();
    let max_body_memory = config.server.max_body_memory_bytes;
    let options = config.analysis.into_options();
    let slow_request = config.logging.slow_request();
    let settings = Settings { max_body_memory, options, access, cors, ui, slow_request };
    let app = http::router(store, settings);
    let unfinished = server::serve(listeners, app, shutdown, grace).await;
    if let Some(snapshot) = snapshot {
        snapshot.finish().await?;
    }
    match unfinished {
        0 => Ok(()),
        requests => Err(CommandError::Unfinished { requests, grace }),
    }
}

fn open_ui(path: &Path) -> Result<Ui, CommandError> {
    Ui::open(path).map_err(|error| CommandError::Ui { path: path.to_owned(), error })
}

/// On every address that the host stands for, by one port: clients may try any of them first.
async fn listen(server: &config::Server) -> Result<Vec<TcpListener>, CommandError> {
    let of_host = |error| CommandError::Host { host: server.host.clone(), error };
    let addresses = lookup_host((&*server.host, server.port)).await.map_err(of_host)?;
    let addresses: BTreeSet<SocketAddr> = addresses.collect();
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut missing = None;
    for mut address in addresses {
        if let Some(first) = listeners.first() {
            address.set_port(first.local_addr()?.port());
        }
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable => missing = Some(error),
            Err(error) => return Err(CommandError::Listen { address, error }),
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => Err(of_host(error)),
        _ => Ok(listeners),
    }
}
