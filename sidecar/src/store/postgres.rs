//! The store in Postgres: calls of the SQL API, and nothing else.
//!
//! Each call is one typed query without a named statement, so that it works through poolers in
//! transaction mode.

use async_trait::async_trait;
use deadpool_postgres::{
    Client, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use raceway_model::{Timestamp, unescape_json};
use serde_json::value::RawValue;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{NoTls, Row};

use super::group_commit::GroupCommit;
use super::{Counts, Ingested, ListedTrace, Store, StoreError, TracePage, TraceQuery};
use crate::config::Postgres;

/// Another session was in the way; nothing is stored, and it passes.
pub(super) const CONFLICTS: [SqlState; 2] =
    [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];

/// A pool of connections to Postgres.
pub(crate) struct PostgresStore {
    pool: Pool,
    writers: GroupCommit,
}

/// Makes the pool without connecting. The error says what is wrong with the connection string.
pub(crate) fn pool(config: &Postgres) -> Result<Pool, String> {
    let text = config
        .connection_string
        .as_deref()
        .ok_or("expected a URL, as the backend is not memory")?;
    let mut connection: tokio_postgres::Config =
        text.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
    connection.connect_timeout(config.connection_timeout());
    if connection.get_application_name().is_none() {
        connection.application_name("raceway-sidecar");
    }
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(connection, NoTls, recycling))
        .max_size(config.max_connections)
        .wait_timeout(Some(config.connection_timeout()))
        .create_timeout(Some(config.connection_timeout()))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| error.to_string())
}

/// Opens so many connections in the background, so that the first requests find them.
pub(crate) fn warm_up(pool: &Pool, connections: usize) {
    let pool = pool.clone();
    tokio::spawn(async move {
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections.min(pool.status().max_size) {
            open.push(pool.get().await);
        }
    });
}

impl PostgresStore {
    pub(crate) fn new(pool: Pool) -> Self {
        PostgresStore { writers: GroupCommit::start(&pool), pool }
    }

    async fn query(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let client: Client = self.pool.get().await?;
        Ok(client.query_typed(sql, parameters).await?)
    }

    async fn query_one(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Row, StoreError> {
        let row = self.query(sql, parameters).await?.into_iter().next();
        row.ok_or_else(|| StoreError::Internal(format!("no row from: {sql}")))
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn ingest(&self, body: String) -> Result<Ingested, StoreError> {
        self.writers.ingest(body).await
    }

    async fn trace(&self, trace_id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        if trace_id.contains('\0') {
            return Ok(None);
        }
        let row =
            self.query_one("SELECT raceway_trace_text($1)", &[(&trace_id, Type::TEXT)]).await?;
        let Some(json) = row.get::<_, Option<&str>>(0) else { return Ok(None) };
        RawValue::from_string(unescape_json(json).into_owned())
            .map(Some)
            .map_err(|error| StoreError::Internal(format!("result of raceway_trace_text: {error}")))
    }

    async fn traces(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        let service = query.service.as_deref();
        if service.is_some_and(|service| service.contains('\0')) {
            return Ok(TracePage::default());
        }
        let min_events = i64::from(query.min_events);
        let page_size = i32::try_from(query.page_size).unwrap_or(i32::MAX);
        let offset = i32::try_from(query.offset()).unwrap_or(i32::MAX);
        let rows = self
            .query(
                "SELECT total, trace_id, service_name, services, event_count,
                        (extract(epoch FROM start_time) * 1000000)::bigint,
                        (extract(epoch FROM end_time) * 1000000)::bigint
                 FROM raceway_trace_count(service => $3, min_events => $4) AS total
                 LEFT JOIN raceway_traces(page_size => $1, skip => $2, service => $3,
                                          min_events => $4) ON true",
                &[
                    (&page_size, Type::INT4),
                    (&offset, Type::INT4),
                    (&service, Type::TEXT),
                    (&min_events, Type::INT8),
                ],
            )
            .await?;
        let total = rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
        Ok(TracePage { traces: rows.iter().filter_map(listed).collect(), total })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let row = self.query_one("SELECT events, traces FROM raceway_counts()", &[]).await?;
        let count = |column| row.get::<_, i64>(column).unsigned_abs();
        Ok(Counts { events: count(0), traces: count(1) })
    }
}

/// `None` for the row that only says that the page is empty.
fn listed(row: &Row) -> Option<ListedTrace> {
    Some(ListedTrace {
        trace_id: row.get::<_, Option<String>>(1)?,
        service_name: row.get(2),
        services: row.get(3),
        event_count: row.get::<_, i64>(4).unsigned_abs(),
        start_time: Timestamp::from_micros(row.get(5))?,
        end_time: Timestamp::from_micros(row.get(6))?,
    })
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(TimeoutType::Wait) => {
                StoreError::Unavailable("no connection to Postgres became free in time".into())
            }
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

/// Trying again helps when the server could not be asked, or says so itself.
impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            return StoreError::Unavailable(error.to_string());
        };
        let text = format!("{} (SQLSTATE {})", reported.message(), reported.code().code());
        // Connection, insufficient resources, operator intervention; and no schema yet.
        let passing =
            ["08", "53", "57"].iter().any(|class| reported.code().code().starts_with(class))
                || CONFLICTS.contains(reported.code())
                || *reported.code() == SqlState::UNDEFINED_FUNCTION;
        if passing { StoreError::Unavailable(text) } else { StoreError::Internal(text) }
    }
}
