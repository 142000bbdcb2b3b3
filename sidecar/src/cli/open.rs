//! Opens the store that the configuration names.

use std::sync::Arc;
use std::time::Duration;

use raceway_memory::Limits;
use raceway_spool::{DiskSpool, MemorySpool, Spool};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use super::CommandError;
use super::snapshot::Snapshot;
use crate::config::{self, Backend, Config, FallbackMode};
use crate::figures;
use crate::quarantine::QuarantineFile;
use crate::retention;
use crate::schema::{self, MigrateError, Preference};
use crate::store::failover::{FailoverStore, Fallback, SchemaState};
use crate::store::memory::LocalStore;
use crate::store::postgres::Database;
use crate::store::replica::Replica;
use crate::store::{Store, StoredIn};
use crate::task;

/// Between two tries to see to the schema.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// One try at most; installing takes a second or two.
const TRY_LIMIT: Duration = Duration::from_mins(1);

/// The store, and its snapshot where it has one; in Postgres, its schema is there when this returns,
/// unless Postgres is away.
pub(super) async fn store(
    config: &Config,
) -> Result<(Arc<dyn Store>, Option<Snapshot>), CommandError> {
    match config.storage.backend {
        Backend::Memory => {
            let store = Arc::new(in_memory(config));
            let snapshot = Snapshot::start(Arc::clone(&store), &config.storage.memory);
            Ok((store, snapshot))
        }
        Backend::Postgres | Backend::Supabase => Ok((in_postgres(config).await?, None)),
    }
}

fn in_memory(config: &Config) -> LocalStore {
    let quarantine = &config.storage.quarantine;
    let file = QuarantineFile::new(&quarantine.path, quarantine.max_bytes);
    let limits = config.storage.memory.limits();
    let max_age = limits.max_age.or(config.retention.keep);
    LocalStore::start(Limits { max_age, ..limits }, file)
}

/// Postgres by itself, for commands that move events: with the schema in it, or an error.
pub(super) async fn database(config: &config::Postgres) -> Result<Database, CommandError> {
    let database = Database::open(config)?;
    check_schema(&database, config.auto_migrate).await?;
    Ok(database)
}

async fn in_postgres(config: &Config) -> Result<Arc<dyn Store>, CommandError> {
    let Config { storage: config, retention, .. } = config;
    let database = Database::open(&config.postgres)?;
    let replica = replica(&config.postgres)?;
    let fallback = fallback(&config.fallback)?;
    let (first_try, tried) = oneshot::channel();
    let (state, schema): (_, SchemaState) = watch::channel(Ok(()));
    let (there, may_install) = (database.clone(), config.postgres.auto_migrate);
    let mut first_try = Some(first_try);
    task::keep_running("schema", move || {
        see_to_schema(there.clone(), may_install, state.clone(), first_try.take())
    });
    // A Postgres that hangs must not keep anybody from sending events.
    drop(timeout(config.postgres.deadline(), tried).await);
    database.keep_warm(config.postgres.min_connections);
    retention::start(database.clone(), *retention);
    figures::start(database.clone());
    Ok(Arc::new(FailoverStore::start(database, replica, schema, fallback)))
}

/// The server that only reads, if there is one.
fn replica(config: &config::Postgres) -> Result<Option<Replica>, CommandError> {
    let Some(database) = Database::open_replica(config)? else { return Ok(None) };
    database.keep_warm(config.min_connections);
    Ok(Some(Replica::new(database)))
}

fn fallback(config: &config::Fallback) -> Result<Fallback, CommandError> {
    let (spool, stored_in): (Arc<dyn Spool>, _) = match config.mode {
        FallbackMode::Spool => {
            let spool = DiskSpool::open(&config.path, config.max_bytes);
            let spool =
                spool.map_err(|error| CommandError::Spool { path: config.path.clone(), error })?;
            (Arc::new(spool), Some(StoredIn::Spool))
        }
        FallbackMode::Memory => {
            (Arc::new(MemorySpool::new(config.max_bytes)), Some(StoredIn::Memory))
        }
        FallbackMode::Off => (Arc::new(MemorySpool::new(0)), None),
    };
    Ok(Fallback { spool, stored_in })
}

/// Tries until the schema is the one that this program calls; logs each new reason why it is not.
async fn see_to_schema(
    database: Database,
    may_install: bool,
    state: watch::Sender<Result<(), String>>,
    mut first_try: Option<oneshot::Sender<()>>,
) {
    let mut known = String::new();
    loop {
        let tried = timeout(TRY_LIMIT, check_schema(&database, may_install)).await;
        drop(first_try.take());
        let error = match tried {
            Ok(Ok(())) => {
                state.send_modify(|state| *state = Ok(()));
                return;
            }
            Ok(Err(error)) => error,
            Err(_) => CommandError::SchemaTimeout(TRY_LIMIT),
        };
        let reason = error.to_string();
        if reason != known {
            tracing::warn!(reason, "the schema is not there yet; trying again");
        }
        let known_state = if speaks_of_schema(&error) { Err(reason.clone()) } else { Ok(()) };
        state.send_modify(|state| *state = known_state);
        known = reason;
        sleep(RETRY_INTERVAL).await;
    }
}

async fn check_schema(database: &Database, may_install: bool) -> Result<(), CommandError> {
    let namespace = database.namespace();
    let mut client = database.client().await?;
    if !schema::is_current(&client, namespace).await? {
        if may_install {
            let migrated =
                schema::migrate(&mut client, namespace, Preference::Either, false).await?;
            tracing::info!("{migrated}");
        }
        if !schema::is_current(&client, namespace).await? {
            return Err(CommandError::ForeignSchema);
        }
    }
    drop(client);
    Ok(database.learn_flavour().await?)
}

/// Whether the database has been reached, and is not what it should be.
fn speaks_of_schema(error: &CommandError) -> bool {
    match error {
        CommandError::Migrate(MigrateError::Database(error)) => error.as_db_error().is_some(),
        CommandError::Migrate(_) | CommandError::ForeignSchema => true,
        _ => false,
    }
}
