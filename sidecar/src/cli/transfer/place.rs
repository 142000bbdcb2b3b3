//! Where events come from or go to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::batches::Batch;
use super::sidecar::Sidecar;
use super::taken::{self, Taken};
use super::tally::Tally;
use crate::cli::reach::Address;
use crate::cli::{CommandError, open};
use crate::config::{self, Backend, Config};
use crate::delivery::{Delivery, without_nul};
use crate::store::chunks::Chunks;
use crate::store::export::ExportFilter;
use crate::store::postgres::Database;
use crate::store::{Ingested, Store, StoreError};

/// How often a batch is sent that a store can't take now.
const ATTEMPTS: usize = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);
/// However long a sidecar asks to wait.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A store, by the way to it.
#[derive(Clone)]
pub(super) enum Place {
    Sidecar(Sidecar),
    Postgres(Database),
    /// That of this process.
    Here(Arc<dyn Store>),
}

impl Place {
    /// A running sidecar where its address is given; else what the configuration names.
    pub(super) async fn of(config: &Config, address: Address<'_>) -> Result<Self, CommandError> {
        match (address.url, config.storage.backend) {
            (Some(_), _) | (None, Backend::Memory) => {
                Ok(Place::Sidecar(Sidecar::at(address, None, &config.server)?))
            }
            (None, Backend::Postgres | Backend::Supabase) => {
                in_postgres(&config.storage.postgres).await
            }
        }
    }

    /// By an address: of a sidecar, or of a database.
    pub(super) async fn at(
        config: &Config,
        address: &str,
        cacert: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            Some("http" | "https") => {
                let address = Address { url: Some(address), cacert };
                Ok(Place::Sidecar(Sidecar::at(address, None, &config.server)?))
            }
            Some("postgres" | "postgresql") => {
                let postgres = config.storage.postgres.clone();
                in_postgres(&postgres.elsewhere(address)).await
            }
            _ => Err(CommandError::Address(address.to_owned())),
        }
    }

    /// See [`crate::store::Store::export`].
    pub(super) async fn export(&self, filter: &ExportFilter) -> Result<Chunks, StoreError> {
        match self {
            Place::Sidecar(sidecar) => sidecar.export(filter).await,
            Place::Postgres(database) => database.export(filter).await,
            Place::Here(store) => Arc::clone(store).export(filter.clone()).await,
        }
    }

    /// A trace as a file of another format.
    pub(super) async fn take(&self, taken: &Taken) -> Result<Chunks, CommandError> {
        let trace = match self {
            Place::Sidecar(sidecar) => return Ok(sidecar.take(taken).await?),
            Place::Postgres(database) => database.trace(&taken.trace_id).await?,
            Place::Here(store) => store.trace(&taken.trace_id).await?.data,
        };
        Ok(taken::write(taken, trace).await?)
    }

    /// Stores a batch: again and again, where that may help. It is never stored twice.
    pub(super) async fn store(&self, mut batch: Batch) -> Result<Tally, StoreError> {
        batch.body = without_nul(batch.body);
        let mut attempts = 1..ATTEMPTS;
        loop {
            let pause = match self.try_to_store(&batch).await {
                Err(StoreError::Unavailable(_) | StoreError::Conflict(_))
                    if attempts.next().is_some() =>
                {
                    PAUSE
                }
                Err(StoreError::Full { retry_after, .. }) if attempts.next().is_some() => {
                    retry_after.min(MAX_PAUSE)
                }
                Err(StoreError::Refused(reason)) => {
                    return Ok(Tally::refused(batch.events, &reason));
                }
                result => return result,
            };
            sleep(pause).await;
        }
    }

    async fn try_to_store(&self, batch: &Batch) -> Result<Tally, StoreError> {
        match self {
            Place::Sidecar(sidecar) => sidecar.store(batch).await,
            Place::Postgres(database) => {
                match database.ingest_bodies(&[&batch.body]).await?.swap_remove(0) {
                    Ok(Ingested { waiting: Some(waiting), .. }) => Err(waiting.cause),
                    outcome => Ok(Tally::of(outcome, batch.events)),
                }
            }
            Place::Here(store) => {
                let delivery = Arc::new(Delivery::of_ourselves(batch.body.clone()));
                Ok(Tally::of(Ok(store.ingest(delivery).await?), batch.events))
            }
        }
    }
}

async fn in_postgres(config: &config::Postgres) -> Result<Place, CommandError> {
    Ok(Place::Postgres(open::database(config).await?))
}
