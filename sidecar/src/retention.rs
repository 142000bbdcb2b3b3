//! Keeps a database from growing for ever, where pg_cron does not.

use tokio::time::sleep;

use crate::config::Retention;
use crate::store::postgres::Database;

/// Starts the task, if events are not to be kept for ever. Several sidecars may do so: the database
/// lets one at a time delete, and the next one finds little left.
pub(crate) fn start(database: Database, retention: Retention) {
    let Some(keep) = retention.keep else { return };
    tokio::spawn(async move {
        loop {
            match database.retention(keep, false).await {
                Ok(deleted) => tracing::info!("retention: deleted {deleted}"),
                Err(error) => tracing::warn!(%error, "can't delete what is old"),
            }
            sleep(retention.interval).await;
        }
    });
}
