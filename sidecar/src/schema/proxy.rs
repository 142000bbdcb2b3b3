//! The database in front of a cluster. All of its scripts are run again by whoever brings it up: it has no tables.

use std::time::Duration;

use raceway_sql::PROXY;
use tokio_postgres::{GenericClient, Row, Transaction};

use super::scripts::{render, search_path};
use super::{MigrateError, Migrated, Namespace, Preference};

/// Where a proxy looks for the databases of its cluster.
pub(crate) const PLACES: &str = "
    SELECT bucket, connection_string FROM @extschema@.raceway_nodes ORDER BY bucket";

/// What the database says of itself that is found where that of a bucket should be. In the middle of the call, it says
/// what it takes for now.
pub(crate) const NODE: &str = "
    SELECT bucket, buckets, version, flavour, is_guarded, only_reads, bytes,
           extract(epoch FROM clock - (asked + (clock_timestamp() - asked) / 2))::double precision
    FROM (SELECT clock_timestamp() AS asked OFFSET 0) AS started
    CROSS JOIN LATERAL @extschema@._raceway_node($1)";

/// What a database of a cluster says of itself.
pub(crate) struct Node {
    /// Where the proxy expects it.
    pub(crate) place: i32,
    /// Which of how many it is; `None` where nobody has told it.
    pub(crate) itself: Option<(i32, i32)>,
    pub(crate) version: String,
    pub(crate) flavour: String,
    /// Whether it rejects traces of others.
    pub(crate) is_guarded: bool,
    pub(crate) only_reads: bool,
    pub(crate) bytes: u64,
    /// Of its clock, against that of the proxy.
    pub(crate) skew_seconds: f64,
    pub(crate) answered_in: Duration,
}

impl Node {
    /// Of a row of [`NODE`].
    pub(crate) fn of(
        place: i32,
        row: &Row,
        answered_in: Duration,
    ) -> Result<Self, tokio_postgres::Error> {
        let bucket: Option<i32> = row.try_get(0)?;
        Ok(Node {
            place,
            itself: bucket.zip(row.try_get(1)?),
            version: row.try_get(2)?,
            flavour: row.try_get(3)?,
            is_guarded: row.try_get(4)?,
            only_reads: row.try_get(5)?,
            bytes: row.try_get::<_, i64>(6)?.unsigned_abs(),
            skew_seconds: row.try_get(7)?,
            answered_in,
        })
    }
}

/// Whether what is installed is a proxy.
pub(crate) async fn is_one(
    client: &impl GenericClient,
    namespace: &Namespace,
) -> Result<bool, tokio_postgres::Error> {
    let sql = namespace.sql("SELECT @extschema@.raceway_flavour() = 'proxy'");
    Ok(client.query_typed(&sql, &[]).await?.first().is_some_and(|row| row.get(0)))
}

/// Brings the proxy in this schema, which is quoted, to the version of this program.
pub(super) async fn bring_up(
    transaction: &Transaction<'_>,
    schema: &str,
    preference: Preference,
) -> Result<Migrated, MigrateError> {
    if !matches!(preference, Preference::Proxy | Preference::Either) {
        return Err(MigrateError::IsProxy);
    }
    run(transaction, schema).await?;
    Ok(Migrated::ProxyUpdated)
}

/// Runs its scripts. Plain SQL's functions among them speak of others that a proxy is without.
pub(super) async fn run(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<(), tokio_postgres::Error> {
    let text = render(&PROXY.plain_sql(), schema);
    transaction.batch_execute(&(search_path(schema) + &text)).await
}
