//! Counts traces that have changed in the figures that the database keeps, or has them counted there.

use std::sync::Once;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::store::StoreError;
use crate::store::postgres::Database;
use crate::task;

/// What changes waits so long to be counted, unless much does: whoever asks meanwhile counts it from events.
const PAUSE: Duration = Duration::from_secs(1);

/// More has probably changed than was counted.
const FEW: usize = 100;

/// After an error.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// Of the time, a third at most: sessions that store events need the rest of a processor.
const PAUSES_TO_WORK: u32 = 2;

/// Starts the task. Several sidecars may do so: the database lets one at a time count.
pub(crate) fn start(database: Database) {
    task::keep_running("figures", move || run(database.clone()));
}

async fn run(database: Database) {
    let mut was_denied = false;
    loop {
        let started = Instant::now();
        let updated = database.update_figures().await;
        let is_denied = matches!(updated, Err(StoreError::Denied(_)));
        let pause = match updated {
            Ok(..FEW) => PAUSE.max(started.elapsed() * PAUSES_TO_WORK),
            Ok(_) => started.elapsed() * PAUSES_TO_WORK,
            // So it seems for a moment while somebody moves the database to the other flavour.
            Err(StoreError::Denied(_)) if !was_denied => PAUSE,
            Err(error) => {
                report(&error);
                LONG_PAUSE
            }
        };
        was_denied = is_denied;
        sleep(pause).await;
    }
}

/// That the server is away is told by others; who has not been granted enough is told once.
fn report(error: &StoreError) {
    static DENIED: Once = Once::new();
    tracing::debug!(%error, "can't count traces in the kept figures");
    if matches!(error, StoreError::Denied(_)) {
        DENIED.call_once(|| {
            tracing::warn!(%error, "kept figures can't be counted: answers count more and more events");
        });
    }
}
