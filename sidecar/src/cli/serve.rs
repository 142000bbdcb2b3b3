//! `raceway-sidecar serve`

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
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

/// Opens the pool, and installs the schema before anything is served; where Postgres is away,
/// as soon as it is there.
async fn open_postgres(config: &Postgres) -> Result<Arc<dyn Store>, CommandError> {
    let pool = postgres::pool(config).map_err(CommandError::ConnectionString)?;
    if config.auto_migrate && !try_migrate(&pool).await {
        let pool = pool.clone();
        tokio::spawn(async move {
            while !try_migrate(&pool).await {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        });
    }
    postgres::warm_up(&pool, config.min_connections);
    Ok(Arc::new(PostgresStore::new(pool)))
}

async fn try_migrate(pool: &deadpool_postgres::Pool) -> bool {
    let migrated = match pool.get().await {
        Ok(mut client) => {
            schema::migrate(&mut client, Preference::Extension).await.map_err(CommandError::from)
        }
        Err(error) => Err(error.into()),
    };
    match &migrated {
        Ok(migrated) => tracing::info!("{migrated}"),
        Err(error) => tracing::warn!(%error, "schema not installed; trying again"),
    }
    migrated.is_ok()
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
