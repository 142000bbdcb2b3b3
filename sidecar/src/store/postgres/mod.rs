//! The store in Postgres: calls of the SQL API, and nothing else.
//!
//! Each call is one typed query without a named statement, so that it works through poolers in
//! transaction mode.

mod ask;
mod calls;
mod cluster;
mod connection;
mod error;
mod export;
mod figures;
mod global;
mod ingest;
mod judged;
mod parts;
mod pool;
mod quarantine;
mod retention;
mod rows;
mod trace;
mod watched;
mod window;

use raceway_model::{ListedTrace, Timestamp, TracePage, TraceQuery};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

pub(crate) use connection::Database;
pub(crate) use pool::{Client, PoolError, PoolStatus};
pub(crate) use retention::Deleted;

use super::{Counts, StoreError};

impl Database {
    /// Whether events can be stored, as far as can be told without storing one.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        const PROBE: &str = "SELECT current_setting('transaction_read_only')::boolean
                             FROM @extschema@.raceway_version()";
        let rows = self.query(PROBE, &[]).await?;
        if rows.first().is_none_or(|row| row.get(0)) {
            self.close_idle();
            return Err(StoreError::Unavailable("the server only reads".into()));
        }
        Ok(())
    }

    /// See [`super::Store::traces`]. What somebody has made start or end out of range is shown as
    /// near to it as can be said.
    pub(crate) async fn traces(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        let service = query.service.as_deref();
        let after_id = query.after.as_ref().map(|place| place.trace_id.as_str());
        if [service, after_id].into_iter().flatten().any(|text| text.contains('\0')) {
            return Ok(TracePage::default());
        }
        self.expect_all()?;
        let after_time = query.after.as_ref().map(|place| place.start_time.to_string());
        let min_events = i64::from(query.min_events);
        let page_size = i32::try_from(query.page_size).unwrap_or(i32::MAX);
        let skip = i32::try_from(query.skip).unwrap_or(i32::MAX);
        let rows = self
            .read(
                "SELECT total, trace_id, service_name, services, event_count,
                        (extract(epoch FROM least(greatest(start_time, earliest), latest))
                            * 1000000)::bigint,
                        (extract(epoch FROM least(greatest(end_time, earliest), latest))
                            * 1000000)::bigint
                 FROM (VALUES (timestamptz '0001-01-01 00:00:00+00',
                               timestamptz '9999-12-31 23:59:59.999999+00'))
                     AS instants (earliest, latest)
                 CROSS JOIN
                     @extschema@.raceway_trace_count(service => $3, min_events => $4) AS total
                 LEFT JOIN @extschema@.raceway_traces(
                     page_size => $1, skip => $2, service => $3, min_events => $4,
                     before_time => $5::text::timestamptz, before_id => $6) ON true",
                &[
                    (&page_size, Type::INT4),
                    (&skip, Type::INT4),
                    (&service, Type::TEXT),
                    (&min_events, Type::INT8),
                    (&after_time, Type::TEXT),
                    (&after_id, Type::TEXT),
                ],
            )
            .await?;
        let total = rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
        Ok(TracePage { traces: rows.iter().filter_map(listed).collect(), total })
    }

    /// See [`super::Store::counts`].
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        self.expect_all()?;
        let row =
            self.read_one("SELECT events, traces FROM @extschema@._raceway_counts()", &[]).await?;
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
