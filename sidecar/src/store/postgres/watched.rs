//! Traces for whoever watches them.

use raceway_model::ListedTrace;
use tokio_postgres::types::Type;

use super::connection::Database;
use super::listed;
use crate::store::StoreError;
use crate::store::question::Watched;

const WATCHED: &str = "
    SELECT is_newest, trace_id, service_name, services, event_count,
           (extract(epoch FROM least(greatest(start_time, earliest), latest)) * 1000000)::bigint,
           (extract(epoch FROM least(greatest(end_time, earliest), latest)) * 1000000)::bigint
    FROM (VALUES (timestamptz '0001-01-01 00:00:00+00',
                  timestamptz '9999-12-31 23:59:59.999999+00')) AS instants (earliest, latest)
    CROSS JOIN @extschema@._raceway_watched($1, $2)";

impl Database {
    /// What a list says of these traces, and of so many that came last.
    pub(super) async fn watched_traces(
        &self,
        trace_ids: &[String],
        newest: u32,
    ) -> Result<Watched, StoreError> {
        self.expect_all()?;
        let trace_ids: Vec<&str> =
            trace_ids.iter().map(String::as_str).filter(|id| !id.contains('\0')).collect();
        let rows = self
            .read(WATCHED, &[(&trace_ids, Type::TEXT_ARRAY), (&i64::from(newest), Type::INT8)])
            .await?;
        let (newest, named): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.get(0));
        let traces =
            |rows: Vec<_>| -> Vec<ListedTrace> { rows.into_iter().filter_map(listed).collect() };
        Ok(Watched { named: traces(named), newest: Some(traces(newest)) })
    }
}
