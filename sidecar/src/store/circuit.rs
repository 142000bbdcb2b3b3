//! Whether Postgres is being asked at all.

use std::time::Instant;

use tokio::sync::watch;

/// Closed while Postgres answers. Open while it does not: then nobody waits for it but the drain,
/// which tries it from time to time and closes the circuit again.
pub(crate) struct Circuit(watch::Sender<Option<Outage>>);

/// Since when Postgres has been away, and the first sign of it.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    since: Instant,
    pub(crate) reason: String,
}

impl Default for Circuit {
    fn default() -> Self {
        Circuit(watch::Sender::new(None))
    }
}

impl Circuit {
    pub(crate) fn open(&self, reason: &str) {
        self.0.send_if_modified(|outage| {
            let is_new = outage.is_none();
            if is_new {
                tracing::warn!(reason, "Postgres is away");
                *outage = Some(Outage { since: Instant::now(), reason: reason.to_owned() });
            }
            is_new
        });
    }

    pub(crate) fn close(&self) {
        self.0.send_if_modified(|outage| {
            let Some(over) = outage.take() else { return false };
            tracing::info!(seconds = over.since.elapsed().as_secs_f32(), "Postgres is back");
            true
        });
    }

    /// Why it is open, if it is.
    pub(crate) fn outage(&self) -> Option<Outage> {
        self.0.borrow().clone()
    }

    /// Waits until it is open.
    pub(crate) async fn opened(&self) {
        // It can't fail: the sender is in `self`.
        drop(self.0.subscribe().wait_for(Option::is_some).await);
    }
}
