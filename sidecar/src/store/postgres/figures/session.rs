//! A transaction of some queries, one after the other, for a thread that may block: what is made of the rows keeps a
//! core busy.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use raceway_analysis::figures::tables::Damaged;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use crate::store::StoreError;
use crate::store::postgres::connection::Database;
use crate::store::postgres::pool::Client;

/// How a transaction sees what others do meanwhile.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// All of it is of one moment.
    Reading,
    /// Each query sees what has been committed before it: also who has counted before.
    Counting,
}

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Mode::Reading => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Mode::Counting => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }

    /// How long a query may take, and each row of it. The events of a long trace are sorted before the first is there.
    fn limit(self) -> Duration {
        match self {
            Mode::Reading => Duration::from_secs(30),
            Mode::Counting => Duration::from_mins(5),
        }
    }
}

/// In the order in which ingest locks tables, and who moves the database to the other flavour.
const LOCK: &str = "
    LOCK TABLE @extschema@.frames, ONLY @extschema@.stored_events, @extschema@.traces
    IN ACCESS SHARE MODE";

/// Parameters of a query.
pub(super) type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A transaction. Its connection is closed unless it has ended.
pub(super) struct Session {
    database: Database,
    runtime: Handle,
    limit: Duration,
    client: Option<Client>,
    /// Behind a proxy, so many databases have what is asked for.
    buckets: Option<u32>,
}

impl Database {
    /// What a transaction results in, which is rolled back after an error.
    pub(super) async fn transact<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.expect_all()?;
        let buckets = self.cluster().await?.map(|cluster| cluster.buckets);
        let client = Some(self.client().await?);
        let (database, runtime) = (self.clone(), Handle::current());
        let mut session = Session { database, runtime, limit: mode.limit(), client, buckets };
        let working = spawn_blocking(move || {
            let begun = session.run(mode.begin()).and_then(|()| session.expect_rows());
            let result = begun.and_then(|()| work(&mut session));
            session.end(result)
        });
        working.await.map_err(|panic| StoreError::Internal(panic.to_string()))?
    }
}

impl Session {
    /// Sums without rows that this role does not see would be wrong.
    fn expect_rows(&self) -> Result<(), StoreError> {
        if self.buckets.is_none() {
            self.run(LOCK)?;
        }
        self.rows("SELECT @extschema@._raceway_expect_rows()", &[]).map(|_| ())
    }

    /// How many databases have the figures.
    pub(super) fn databases(&self) -> usize {
        self.buckets.map_or(1, |buckets| buckets as usize)
    }

    /// The rows of a query.
    pub(super) fn rows(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = self.database.namespace().sql(sql);
        Ok(self.wait(self.client()?.query_typed(&sql, parameters))??)
    }

    /// Takes the rows of a query as they come.
    pub(super) fn each_row(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        mut take: impl FnMut(&Row),
    ) -> Result<(), StoreError> {
        let sql = self.database.namespace().sql(sql);
        let parameters = parameters.iter().map(|(value, kind)| (*value, kind.clone()));
        let rows = self.wait(self.client()?.query_typed_raw(&sql, parameters))??;
        let mut rows = pin!(rows);
        while let Some(row) = self.wait(rows.try_next())?.map_err(StoreError::of_reading)? {
            take(&row);
        }
        Ok(())
    }

    /// Commits, or rolls back.
    fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Ok(result) => {
                self.run("COMMIT")?;
                drop(self.client.take());
                Ok(result)
            }
            Err(error) => {
                if !matches!(error, StoreError::Unavailable(_)) && self.run("ROLLBACK").is_ok() {
                    drop(self.client.take());
                }
                Err(error)
            }
        }
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        let sql = self.database.namespace().sql(sql);
        Ok(self.wait(self.client()?.batch_execute(&sql))??)
    }

    fn client(&self) -> Result<&Client, StoreError> {
        self.client.as_ref().ok_or_else(|| StoreError::Internal("the transaction has ended".into()))
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, StoreError> {
        let late = |_| StoreError::Unavailable(format!("no answer within {:?}", self.limit));
        self.runtime.block_on(async { timeout(self.limit, answer).await.map_err(late) })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.database.close(client);
        }
    }
}

impl From<Damaged> for StoreError {
    fn from(damaged: Damaged) -> Self {
        StoreError::Internal(damaged.to_string())
    }
}
