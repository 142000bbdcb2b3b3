//! Keeps a database from growing for ever, where pg_cron does not.

use std::time::Duration;

use tokio::time::sleep;

use crate::config::Retention;
use crate::store::postgres::Database;
use crate::task;

/// Starts the task, if events are not to be kept for ever. Several sidecars may do so: the database
/// lets one at a time delete, and the next one finds little left.
pub(crate) fn start(database: Database, retention: Retention) {
    let Some(keep) = retention.keep else { return };
    task::keep_running("retention", move || run(database.clone(), keep, retention.interval));
}

async fn run(database: Database, keep: Duration, interval: Duration) {
    while !is_left_to_pg_cron(&database, keep).await {
        match database.retention(keep, false).await {
            Ok(deleted) => tracing::info!("retention: deleted {deleted}"),
            Err(error) => tracing::warn!(%error, "can't delete what is old"),
        }
        sleep(interval).await;
    }
}

/// On Supabase, pg_cron does it where there is one: also while no sidecar runs.
async fn is_left_to_pg_cron(database: &Database, keep: Duration) -> bool {
    if !database.namespace().is_supabase() {
        return false;
    }
    match database.schedule_retention(keep).await {
        Ok(false) => false,
        Ok(true) => {
            tracing::info!("retention: scheduled every hour with pg_cron");
            true
        }
        Err(error) => {
            tracing::warn!(%error, "can't schedule retention with pg_cron");
            false
        }
    }
}
