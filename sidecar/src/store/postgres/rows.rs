//! The rows of one query, as they come: more than fit into memory, perhaps.

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, RowStream};

use super::calls::Call;
use super::connection::Database;
use super::pool::Client;
use crate::store::StoreError;

/// Until the next row. The first may have to wait until many events are sorted.
const ROW_LIMIT: Duration = Duration::from_mins(2);

/// Rows that are being read. A connection with rows that nobody wants is closed.
pub(super) struct Rows {
    stream: Pin<Box<RowStream>>,
    database: Database,
    /// `None` once all rows have been read.
    client: Option<Client>,
    _turn: OwnedSemaphorePermit,
}

impl Rows {
    pub(super) async fn ask(
        database: Database,
        client: Client,
        turn: OwnedSemaphorePermit,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Self, StoreError> {
        let parameters = parameters.iter().map(|(value, kind)| (*value, kind.clone()));
        let asked = Instant::now();
        let answer = in_time(client.query_typed_raw(sql, parameters)).await;
        database.calls.observe(Call::Stream, asked.elapsed(), &answer);
        match answer {
            Ok(rows) => {
                let stream = Box::pin(rows.map_err(StoreError::of_reading)?);
                Ok(Rows { stream, database, client: Some(client), _turn: turn })
            }
            Err(late) => {
                database.close(client);
                Err(late)
            }
        }
    }

    /// `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        let row = in_time(self.stream.next()).await?.transpose().map_err(StoreError::of_reading);
        // After an error of the query, as after its last row, the connection is as it was.
        if matches!(row, Ok(None) | Err(StoreError::Internal(_))) {
            self.client = None;
        }
        row
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.database.close(client);
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = T>) -> Result<T, StoreError> {
    let late = |_| StoreError::Unavailable(format!("no answer within {ROW_LIMIT:?}"));
    timeout(ROW_LIMIT, answer).await.map_err(late)
}
