//! The databases behind a proxy, and which of them are away.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use raceway_model::trace_hash;
use tokio::time::sleep;
use tokio_postgres::types::Type;

use super::connection::Database;
use crate::store::StoreError;

/// Between two looks at a database that is away.
const PAUSE: Duration = Duration::from_secs(1);

/// A cluster: a power of two of databases, each with the traces of its bucket.
pub(super) struct Cluster {
    pub(super) buckets: u32,
    /// The databases that are away, and the first sign of it.
    away: Mutex<BTreeMap<u32, String>>,
}

impl Cluster {
    /// The first sign that the database of a bucket is away, if it is.
    pub(super) fn away(&self, bucket: u32) -> Option<StoreError> {
        self.away_now().get(&bucket).cloned().map(StoreError::Unavailable)
    }

    fn away_now(&self) -> MutexGuard<'_, BTreeMap<u32, String>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Database {
    /// The cluster, if this is the proxy in front of one.
    pub(super) async fn cluster(&self) -> Result<Option<&Cluster>, StoreError> {
        Ok(self.cluster.get_or_try_init(|| self.find_cluster()).await?.as_ref())
    }

    async fn find_cluster(&self) -> Result<Option<Cluster>, StoreError> {
        const FLAVOUR: &str = "SELECT @extschema@.raceway_flavour() = 'proxy'";
        const BUCKETS: &str = "SELECT @extschema@._raceway_buckets()";
        if !self.query(FLAVOUR, &[]).await?.first().is_some_and(|row| row.get(0)) {
            return Ok(None);
        }
        let rows = self.query(BUCKETS, &[]).await?;
        match rows.first().map_or(0, |row| row.get::<_, i32>(0).unsigned_abs()) {
            0 => Err(StoreError::Denied("expected the foreign server raceway".into())),
            buckets => Ok(Some(Cluster { buckets, away: Mutex::default() })),
        }
    }

    /// Which databases of the cluster are away.
    pub(crate) fn away(&self) -> Option<String> {
        let cluster = self.cluster.get()?.as_ref()?;
        let away: Vec<_> = cluster.away_now().keys().map(u32::to_string).collect();
        (!away.is_empty())
            .then(|| format!("databases of the cluster are away: {}", away.join(", ")))
    }

    /// Fails at once where something is asked of all databases, of which one is known to be away.
    pub(super) fn expect_all(&self) -> Result<(), StoreError> {
        self.away().map_or(Ok(()), |away| Err(StoreError::Unavailable(away)))
    }

    /// The same for the one that has a trace.
    pub(super) fn expect_trace(&self, trace_id: &str) -> Result<(), StoreError> {
        let Some(Some(cluster)) = self.cluster.get() else { return Ok(()) };
        let bucket = u32::from(trace_hash(trace_id)) & (cluster.buckets - 1);
        cluster.away(bucket).map_or(Ok(()), Err)
    }

    /// Nothing is sent to the database of this bucket until it answers.
    pub(super) fn set_away(&self, cluster: &Cluster, bucket: u32, reason: &str) {
        if cluster.away_now().insert(bucket, reason.to_owned()).is_some() {
            return;
        }
        tracing::warn!(bucket, reason, "a database of the cluster is away");
        tokio::spawn(await_return(self.clone(), bucket));
    }
}

async fn await_return(database: Database, bucket: u32) {
    const NODE: &str = "SELECT FROM @extschema@._raceway_node($1) WHERE NOT only_reads";
    let place = bucket.cast_signed();
    loop {
        sleep(PAUSE).await;
        let found = database.query(NODE, &[(&place, Type::INT4)]).await;
        if found.is_ok_and(|rows| !rows.is_empty()) {
            break;
        }
    }
    if let Some(Some(cluster)) = database.cluster.get() {
        cluster.away_now().remove(&bucket);
    }
    tracing::info!(bucket, "a database of the cluster is back");
}
