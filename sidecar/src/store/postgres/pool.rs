//! The pools of connections: to the server that stores, and to the one that only reads.

use std::env;
use std::time::Duration;

use deadpool::Runtime;
pub(crate) use deadpool::Status as PoolStatus;
use raceway_libpq::{Connector, Limits, ParameterError, Source};
use thiserror::Error;
use tokio::time::sleep;

use crate::config::Postgres;
use crate::schema::ExposedSchema;
use crate::task;

/// Connections to one database.
pub(crate) type Pool = deadpool::managed::Pool<Connector>;

/// A connection of a pool.
pub(crate) type Client = deadpool::managed::Object<Connector>;

/// Without a connection string, one of these must say what is meant.
const NAMING_VARIABLES: [&str; 4] = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"];

/// Which key is wrong, and how.
#[derive(Debug, Error)]
pub(crate) enum PoolError {
    #[error("storage.postgres.connection_string: expected a URL, as the backend is not memory")]
    Missing,
    #[error("storage.postgres.{key}: {error}")]
    Wrong { key: &'static str, error: ParameterError },
    #[error(transparent)]
    Exposed(#[from] ExposedSchema),
}

/// Makes the pool without connecting.
pub(super) fn pool(config: &Postgres) -> Result<Pool, PoolError> {
    let connection_string = config.connection_string.as_deref().unwrap_or_default();
    let is_named = || NAMING_VARIABLES.iter().any(|name| env::var_os(name).is_some());
    if connection_string.is_empty() && !is_named() {
        return Err(PoolError::Missing);
    }
    pool_of(config, "connection_string", connection_string)
}

/// The same for the server that only reads, if there is one.
pub(super) fn read_pool(config: &Postgres) -> Result<Option<Pool>, PoolError> {
    let connection_string = config.read_connection_string.as_deref();
    connection_string.map(|text| pool_of(config, "read_connection_string", text)).transpose()
}

fn pool_of(
    config: &Postgres,
    key: &'static str,
    connection_string: &str,
) -> Result<Pool, PoolError> {
    let source = Source {
        connection_string,
        password_file: config.password_file.as_deref(),
        is_supabase: config.is_supabase,
    };
    let limits = Limits {
        connect: config.connection_timeout(),
        connect_each: config.deadline() / 2,
        idle: config.idle_check(),
        validation: config.deadline() / 4,
    };
    let wrong = |error| PoolError::Wrong { key, error };
    Pool::builder(Connector::new(&source, limits).map_err(wrong)?)
        .max_size(config.max_connections.max(1))
        .wait_timeout(Some(config.connection_timeout()))
        .create_timeout(Some(config.connection_timeout()))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| wrong(ParameterError::Postgres(error.to_string())))
}

/// Keeps so many connections open from now on, so that requests find them, and those that the
/// network or the server has closed are not found out by requests.
pub(super) fn keep_warm(pool: &Pool, connections: usize) {
    /// Between two looks.
    const INTERVAL: Duration = Duration::from_secs(5);
    let pool = pool.clone();
    task::keep_running("warm connections", move || {
        let pool = pool.clone();
        async move {
            loop {
                warm_up(&pool, connections).await;
                sleep(INTERVAL).await;
            }
        }
    });
}

/// Takes so many connections at once, which makes the pool check or open them.
async fn warm_up(pool: &Pool, connections: usize) {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections.min(pool.status().max_size) {
        match pool.get().await {
            Ok(client) => open.push(client),
            Err(error) => return tracing::debug!(%error, "can't keep connections open"),
        }
    }
}
