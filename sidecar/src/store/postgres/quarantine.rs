//! Rejected events, kept in the table `raceway_rejected` for an operator to read and to replay.

use raceway_model::escape_json;
use tokio_postgres::types::Type;

use super::connection::Database;
use crate::quarantine::Entry;
use crate::store::StoreError;

impl Database {
    /// Keeps these entries.
    pub(crate) async fn quarantine(&self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let json = serde_json::to_string(entries)
            .map_err(|error| StoreError::Internal(error.to_string()))?;
        let json = escape_json(&json);
        self.query(
            "SELECT @extschema@.raceway_quarantine($1::text::jsonb)",
            &[(&&*json, Type::TEXT)],
        )
        .await?;
        Ok(())
    }
}
