//! Reads one trace.

use async_trait::async_trait;
use raceway_model::unescape_json;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use super::export::json;
use super::rows::Rows;
use crate::store::StoreError;
use crate::store::trace::{Events, Trace, WHOLE_BYTES, WHOLE_EVENTS};

/// The whole trace if it is small.
const TRACE: &str = "SELECT trace_no, whole FROM @extschema@._raceway_whole_trace($1, $2, $3)";

/// The events of a long trace. They are sorted when the first is there: what can fail by what is
/// stored has failed before.
struct Long {
    next: Option<Row>,
    rows: Rows,
    /// One of those that slow readers may hold up.
    _turn: OwnedSemaphorePermit,
}

impl Database {
    /// See [`crate::store::Store::trace`].
    pub(crate) async fn trace(&self, trace_id: &str) -> Result<Option<Trace>, StoreError> {
        if trace_id.contains('\0') {
            return Ok(None);
        }
        self.expect_trace(trace_id)?;
        let [most_events, most_bytes] =
            [WHOLE_EVENTS, WHOLE_BYTES].map(|most| i32::try_from(most).unwrap_or(i32::MAX));
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(&trace_id, Type::TEXT), (&most_events, Type::INT4), (&most_bytes, Type::INT4)];
        let rows = self.read(TRACE, &parameters).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        if let Some(json) = row.get::<_, Option<&str>>(1) {
            return Ok(Some(Trace::Whole(events(&unescape_json(json))?)));
        }
        let long = self.long_trace(row.get(0)).await?;
        Ok(long.map(|events| Trace::Long(Box::new(events))))
    }

    /// `None` if it has gone meanwhile.
    async fn long_trace(&self, trace_no: i64) -> Result<Option<Long>, StoreError> {
        let turn = self.long_turn().await?;
        let mut rows = self.read_events(&[trace_no]).await?;
        let next = rows.next().await?;
        Ok(next.is_some().then(|| Long { next, rows, _turn: turn }))
    }
}

#[async_trait]
impl Events for Long {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let Some(row) = self.next.take() else { return Ok(None) };
        let json = json(&row).map_err(StoreError::Internal)?.into_owned();
        self.next = self.rows.next().await?;
        Ok(Some(json))
    }
}

/// The events of a trace as `{"trace_id", "events"}`.
fn events(json: &str) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Whole<'a> {
        #[serde(borrow)]
        events: &'a RawValue,
    }
    let whole: Whole = serde_json::from_str(json).map_err(not_events)?;
    documents(whole.events.get())
}

/// The elements of an array.
pub(super) fn documents(json: &str) -> Result<Vec<String>, StoreError> {
    let documents: Vec<&RawValue> = serde_json::from_str(json).map_err(not_events)?;
    Ok(documents.into_iter().map(|event| event.get().to_owned()).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn not_events(error: serde_json::Error) -> StoreError {
    StoreError::Internal(format!("events of a trace: {error}"))
}
