//! Kept figures.

use std::time::Duration;

use super::connection::Database;
use crate::store::StoreError;

/// It takes some 2 µs an event, of which a trace may have millions.
const LIMIT: Duration = Duration::from_mins(5);

impl Database {
    /// Has some of the traces counted that have changed, and says how many; `None` where no figures are kept.
    pub(crate) async fn update_figures(&self) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "SELECT @extschema@.raceway_update_figures()";
        let rows = self.query_within(LIMIT, SQL, &[]).await?;
        Ok(rows.first().and_then(|row| row.get(0)))
    }
}
