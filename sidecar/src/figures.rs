//! Has the database count traces that have changed in its kept figures.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::store::postgres::Database;
use crate::task;

/// What changes waits so long to be counted, unless much does: whoever asks meanwhile counts it from events.
const PAUSE: Duration = Duration::from_secs(1);

/// After an error, and where the database keeps no figures.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// Of the time, a third at most: sessions that store events need the rest of a processor.
const PAUSES_TO_WORK: u32 = 2;

/// Starts the task. Several sidecars may do so: the database lets one at a time count.
pub(crate) fn start(database: Database) {
    task::keep_running("figures", move || run(database.clone()));
}

async fn run(database: Database) {
    loop {
        let started = Instant::now();
        let pause = match database.update_figures().await {
            Ok(Some(_)) => PAUSE.max(started.elapsed() * PAUSES_TO_WORK),
            Ok(None) => LONG_PAUSE,
            Err(error) => {
                tracing::debug!(%error, "can't count traces in the kept figures");
                LONG_PAUSE
            }
        };
        sleep(pause).await;
    }
}
