//! A database, and how long it may take to answer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use prometheus::proto::MetricFamily;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::calls::{Call, Calls};
use super::cluster::Cluster;
use super::pool::{self, Client, Pool, PoolError, PoolStatus};
use super::retention::{Deleted, DeletedCounters};
use super::rows::Rows;
use crate::config::Postgres;
use crate::schema::Namespace;
use crate::store::StoreError;

/// Connections that store at once. Two keep the server busy while the commit of a third is flushed.
const WRITERS: usize = 3;

/// A database that answers in time or counts as away: TCP alone would take minutes to notice.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    namespace: Namespace,
    deadline: Duration,
    /// Whether the database reads bodies as this program does: the extension is of the same code.
    pub(super) judges_alike: Arc<AtomicBool>,
    /// `None` of a database that stores by itself.
    pub(super) cluster: Arc<OnceCell<Option<Cluster>>>,
    /// Connections that may read at once: the others are for storing, however much is read.
    readers: Arc<Semaphore>,
    /// Those of them that may be held up by slow readers of exports.
    pub(super) exporters: Arc<Semaphore>,
    pub(super) calls: Arc<Calls>,
    /// By retention, from here.
    pub(super) deleted: Arc<DeletedCounters>,
}

impl Database {
    /// The server that stores; nothing is connected yet.
    pub(crate) fn open(config: &Postgres) -> Result<Self, PoolError> {
        Database::new(pool::pool(config)?, config, "primary")
    }

    /// The server that only reads, if there is one.
    pub(crate) fn open_replica(config: &Postgres) -> Result<Option<Self>, PoolError> {
        let pool = pool::read_pool(config)?;
        pool.map(|pool| Database::new(pool, config, "replica")).transpose()
    }

    fn new(pool: Pool, config: &Postgres, server: &str) -> Result<Self, PoolError> {
        let namespace = Namespace::new(config.schema.as_deref(), pool.manager().is_supabase())?;
        let readers = pool.status().max_size.saturating_sub(WRITERS + 1).max(1);
        let [readers, exporters] =
            [readers, readers.div_ceil(2)].map(|turns| Arc::new(Semaphore::new(turns)));
        let judges_alike = Arc::default();
        Ok(Database {
            pool,
            namespace,
            deadline: config.deadline(),
            judges_alike,
            cluster: Arc::default(),
            readers,
            exporters,
            calls: Arc::new(Calls::of(server)),
            deleted: Arc::default(),
        })
    }

    /// Where the API is.
    pub(crate) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// How its connections are used.
    pub(crate) fn pool_status(&self) -> PoolStatus {
        self.pool.status()
    }

    /// How long its answers took.
    pub(crate) fn calls(&self) -> MetricFamily {
        self.calls.family()
    }

    /// What retention has deleted from here since the start of the process.
    pub(crate) fn deleted(&self) -> Deleted {
        self.deleted.totals()
    }

    /// A connection for more than one query.
    pub(crate) async fn client(&self) -> Result<Client, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// Asks the server to stop what it does for a connection.
    pub(crate) async fn cancel(&self, client: &Client) {
        self.pool.manager().cancel(client).await;
    }

    /// Keeps so many connections open from now on.
    pub(crate) fn keep_warm(&self, connections: usize) {
        pool::keep_warm(&self.pool, connections);
    }

    /// How many writers there should be.
    pub(crate) fn writers(&self) -> usize {
        WRITERS.min(self.pool.status().max_size)
    }

    /// A query that stores nothing.
    pub(crate) async fn read(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let _turn = self.turn().await?;
        self.query(sql, parameters).await
    }

    /// A query of many rows, which are read as they come.
    pub(super) async fn read_rows(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Rows, StoreError> {
        let turn = self.turn().await?;
        let client = self.pool.get().await?;
        Rows::ask(self.clone(), client, turn, &self.namespace.sql(sql), parameters).await
    }

    /// A turn to read; given back when dropped.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.turn_of(&self.readers, "too many reads at once").await
    }

    /// One of those to read that slow readers may hold up.
    pub(super) async fn long_turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.turn_of(&self.exporters, "too many long reads at once").await
    }

    /// Within the deadline.
    async fn turn_of(
        &self,
        turns: &Arc<Semaphore>,
        too_many: &str,
    ) -> Result<OwnedSemaphorePermit, StoreError> {
        match timeout(self.deadline, Arc::clone(turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(StoreError::Unavailable(too_many.into())),
        }
    }

    /// One query, without a named statement: it works through poolers in transaction mode.
    pub(crate) async fn query(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        self.query_within(self.deadline, sql, parameters).await
    }

    /// The same for events to be stored, which take their time by their size.
    pub(crate) async fn large_query(
        &self,
        bytes: usize,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        /// A fifth of what plain SQL does on a slow machine.
        const BYTES_PER_SECOND: f64 = 500_000.0;
        #[allow(clippy::cast_precision_loss, reason = "a body has 20 MiB at most")]
        let more = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND);
        self.call_within(Call::Ingest, self.deadline + more, sql, parameters).await
    }

    pub(crate) async fn read_one(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Row, StoreError> {
        let _turn = self.turn().await?;
        let row = self.query(sql, parameters).await?.into_iter().next();
        row.ok_or_else(|| StoreError::Internal(format!("no row from: {sql}")))
    }

    /// A query with another deadline.
    pub(super) async fn query_within(
        &self,
        limit: Duration,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        self.call_within(Call::Query, limit, sql, parameters).await
    }

    async fn call_within(
        &self,
        call: Call,
        limit: Duration,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let deadline = Instant::now() + limit;
        let late = |_| StoreError::Unavailable(format!("no answer within {limit:?}"));
        let sql = self.namespace.sql(sql);
        let client = timeout_at(deadline, self.pool.get()).await.map_err(late)??;
        let asked = Instant::now();
        let answer = timeout_at(deadline, client.query_typed(&sql, parameters)).await;
        self.calls.observe(call, asked.elapsed(), &answer);
        match answer {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                    drop(Client::take(client));
                    self.close_idle();
                }
                Err(error.into())
            }
            Err(elapsed) => {
                self.give_up(client);
                Err(late(elapsed))
            }
        }
    }

    /// Closes the connection: its answer may still come, and belongs to nobody. The others go too, as
    /// the network may have lost them all. The server is asked to stop, lest queries that wait for a
    /// lock pile up there.
    fn give_up(&self, client: Client) {
        self.close(client);
        self.close_idle();
    }

    /// Every connection is made anew: that finds the primary where several hosts are given, and this
    /// one only reads, as a standby does.
    pub(super) fn close_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Asks the server to stop what it does for a connection, then closes it: a pooler passes that on
    /// only for a client that is still there.
    pub(super) fn close(&self, client: Client) {
        /// A server that can't be reached will find out by itself.
        const LIMIT: Duration = Duration::from_secs(5);
        let (pool, client) = (self.pool.clone(), Client::take(client));
        tokio::spawn(async move {
            drop(timeout(LIMIT, pool.manager().cancel(&client)).await);
            drop(client);
        });
    }
}
