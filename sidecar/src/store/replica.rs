//! A server that only reads, which takes reads off the one that stores.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::StoreError;
use super::postgres::Database;

/// After a failure it is not asked for so long.
const REST: Duration = Duration::from_secs(10);

/// The server, and whether it is asked at present.
pub(crate) struct Replica {
    database: Database,
    failed: Mutex<Option<Instant>>,
}

impl Replica {
    pub(crate) fn new(database: Database) -> Self {
        Replica { database, failed: Mutex::new(None) }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// The answer; `None` where it has to be had from elsewhere.
    pub(super) async fn ask<T, A>(
        &self,
        question: impl FnOnce(Database) -> A,
    ) -> Option<Result<T, StoreError>>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        if self.rests() {
            return None;
        }
        match question(self.database.clone()).await {
            Err(StoreError::Unavailable(reason) | StoreError::Denied(reason)) => {
                tracing::warn!(reason, "the read replica is away: reads go to the primary");
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                None
            }
            answer => Some(answer),
        }
    }

    fn rests(&self) -> bool {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|failed| failed.elapsed() < REST)
    }
}
