//! Rejected events, kept in the table `raceway_rejected` for an operator to read and to replay.

use std::sync::Arc;

use raceway_model::escape_json;
use tokio_postgres::types::Type;

use super::connection::Database;
use crate::delivery::Delivery;
use crate::quarantine::{self, Entry};
use crate::store::{Outcome, StoreError};

impl Database {
    /// Keeps what was rejected of these bodies.
    pub(crate) async fn quarantine(
        &self,
        bodies: &[Arc<Delivery>],
        outcomes: &[Outcome],
    ) -> Result<(), StoreError> {
        let rejected = bodies.iter().zip(outcomes);
        let entries: Vec<Entry> =
            rejected.flat_map(|(body, outcome)| quarantine::entries(body, outcome)).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let json = serde_json::to_string(&entries)
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
