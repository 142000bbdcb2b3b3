//! `raceway-sidecar serve`

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use deadpool_postgres::Pool;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CommandError;
use crate::config::{Backend, Config, Postgres};
use crate::http;
use crate::schema::{self, Preference};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::store::postgres::{self, PostgresStore};

/// Between two tries to install the schema while Postgres is away.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT, then finishes the requests that it has.
pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    let store = open_store(&config).await?;
    let address = SocketAddr::new(config.server.host, config.server.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| CommandError::Listen { address, error })?;
    tracing::info!(storage = store.name(), "listening on http://{}", listener.local_addr()?);
    // Answers are small: they should not wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    axum::serve(listener, http::router(store)).with_graceful_shutdown(shutdown()?).await?;
    Ok(())
}

async fn open_store(config: &Config) -> Result<Arc<dyn Store>, CommandError> {
    match config.storage.backend {
        Backend::Memory => Ok(Arc::new(MemoryStore::default())),
        Backend::Postgres => open_postgres(&config.storage.postgres).await,
    }
}

/// Opens the pool, and sees to the schema before anything is served; where that fails, again and
/// again while serving.
async fn open_postgres(config: &Postgres) -> Result<Arc<dyn Store>, CommandError> {
    let pool = postgres::pool(config).map_err(CommandError::ConnectionString)?;
    if config.auto_migrate
        && let Err(error) = install_schema(&pool).await
    {
        tokio::spawn(install_later(pool.clone(), error));
    }
    postgres::warm_up(&pool, config.min_connections);
    Ok(Arc::new(PostgresStore::new(pool)))
}

async fn install_schema(pool: &Pool) -> Result<(), CommandError> {
    let mut client = pool.get().await?;
    if !schema::is_current(&client).await? {
        tracing::info!("{}", schema::migrate(&mut client, Preference::Extension).await?);
    }
    Ok(())
}

/// Tries until it succeeds; logs each new reason why it doesn't.
async fn install_later(pool: Pool, mut error: CommandError) {
    loop {
        tracing::warn!(%error, "schema not installed; trying again");
        let known = error.to_string();
        while error.to_string() == known {
            tokio::time::sleep(RETRY_INTERVAL).await;
            match install_schema(&pool).await {
                Ok(()) => return,
                Err(next) => error = next,
            }
        }
    }
}

fn shutdown() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("shutting down");
    })
}
