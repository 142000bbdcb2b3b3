//! Whether Postgres is being asked at all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::StoreError;

/// Closed while Postgres answers. Open while it does not: then nobody waits for it but the drain,
/// which tries it from time to time and closes the circuit again.
pub(crate) struct Circuit {
    outage: watch::Sender<Option<Outage>>,
    /// How often it was opened.
    outages: AtomicU64,
    /// Why Postgres, though it answers, does not store something that was sent.
    obstacle: Mutex<Option<String>>,
}

/// Since when Postgres has been away, and the first sign of it.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    since: Instant,
    pub(crate) reason: String,
}

impl Default for Circuit {
    fn default() -> Self {
        Circuit {
            outage: watch::Sender::new(None),
            outages: AtomicU64::default(),
            obstacle: Mutex::default(),
        }
    }
}

impl Circuit {
    pub(crate) fn open(&self, reason: &str) {
        self.outage.send_if_modified(|outage| {
            let is_new = outage.is_none();
            if is_new {
                tracing::warn!(reason, "Postgres is away");
                self.outages.fetch_add(1, Ordering::Relaxed);
                *outage = Some(Outage { since: Instant::now(), reason: reason.to_owned() });
            }
            is_new
        });
    }

    pub(crate) fn close(&self) {
        self.outage.send_if_modified(|outage| {
            let Some(over) = outage.take() else { return false };
            tracing::info!(seconds = over.since.elapsed().as_secs_f32(), "Postgres is back");
            true
        });
    }

    /// Why it is open, if it is.
    pub(crate) fn outage(&self) -> Option<Outage> {
        self.outage.borrow().clone()
    }

    /// How often it was opened since the start of the process.
    pub(crate) fn outages(&self) -> u64 {
        self.outages.load(Ordering::Relaxed)
    }

    /// Waits until it is open.
    pub(crate) async fn opened(&self) {
        // It can't fail: the sender is in `self`.
        drop(self.outage.subscribe().wait_for(Option::is_some).await);
    }

    /// Something can't be stored for this reason. Where somebody has to mend that first, it is told once.
    pub(crate) fn obstruct(&self, cause: &StoreError) {
        if !matches!(cause, StoreError::Denied(_)) {
            return;
        }
        let reason = cause.to_string();
        let mut obstacle = self.obstacle_now();
        if obstacle.as_ref() != Some(&reason) {
            tracing::warn!(reason, "Postgres answers, but what waits can't be stored");
            *obstacle = Some(reason);
        }
    }

    /// Nothing waits any more.
    pub(crate) fn pass(&self) {
        *self.obstacle_now() = None;
    }

    pub(crate) fn obstacle(&self) -> Option<String> {
        self.obstacle_now().clone()
    }

    fn obstacle_now(&self) -> MutexGuard<'_, Option<String>> {
        self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
