//! Events that are too old.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_postgres::types::Type;

use super::connection::Database;
use crate::store::StoreError;

/// It takes a quarter of a second for a day of a million events, but may wait for others.
const LIMIT: Duration = Duration::from_mins(10);

/// What `raceway_retention()` has deleted, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deleted {
    pub(crate) partitions: i64,
    pub(crate) events: i64,
    pub(crate) traces: i64,
}

impl Deleted {
    fn add(&mut self, other: &Deleted) {
        self.partitions += other.partitions;
        self.events += other.events;
        self.traces += other.traces;
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Deleted { partitions, events, traces } = self;
        write!(f, "{partitions} partitions, {events} events, {traces} traces")
    }
}

/// What was deleted since the start of the process.
#[derive(Debug, Default)]
pub(super) struct DeletedCounters {
    partitions: AtomicU64,
    events: AtomicU64,
    traces: AtomicU64,
}

impl DeletedCounters {
    fn add(&self, deleted: Deleted) {
        let Deleted { partitions, events, traces } = deleted;
        for (counter, more) in
            [(&self.partitions, partitions), (&self.events, events), (&self.traces, traces)]
        {
            counter.fetch_add(more.unsigned_abs(), Ordering::Relaxed);
        }
    }

    pub(super) fn totals(&self) -> Deleted {
        let total = |counter: &AtomicU64| counter.load(Ordering::Relaxed).cast_signed();
        Deleted {
            partitions: total(&self.partitions),
            events: total(&self.events),
            traces: total(&self.traces),
        }
    }
}

impl Database {
    /// Deletes what is older than `keep`, the oldest partitions first, as many in one run as the
    /// locks of the server allow.
    pub(crate) async fn retention(
        &self,
        keep: Duration,
        dry_run: bool,
    ) -> Result<Deleted, StoreError> {
        let mut deleted = self.run_retention(keep, dry_run).await?;
        let mut last = deleted.partitions;
        while last > 0 && !dry_run {
            let more = self.run_retention(keep, dry_run).await?;
            last = more.partitions;
            deleted.add(&more);
        }
        Ok(deleted)
    }

    /// One run. The database allows one at a time: while another goes on for more than five seconds,
    /// this one fails.
    async fn run_retention(&self, keep: Duration, dry_run: bool) -> Result<Deleted, StoreError> {
        const SQL: &str = "
            SELECT partitions_dropped, events_deleted, traces_deleted
            FROM @extschema@.raceway_retention(make_interval(secs => $1), dry_run => $2)";
        let parameters = [(&keep.as_secs_f64() as _, Type::FLOAT8), (&dry_run as _, Type::BOOL)];
        let rows = self.query_within(LIMIT, SQL, &parameters).await?;
        let row = rows.first().ok_or_else(|| StoreError::Internal("no answer".into()))?;
        let deleted = Deleted {
            partitions: row.get::<_, i32>(0).into(),
            events: row.get(1),
            traces: row.get(2),
        };
        if !dry_run {
            self.deleted.add(deleted);
        }
        Ok(deleted)
    }

    /// Has pg_cron do the same every hour from now on, whatever was scheduled under that name.
    /// Returns whether the database has pg_cron.
    pub(crate) async fn schedule_retention(&self, keep: Duration) -> Result<bool, StoreError> {
        const FOUND: &str = "SELECT FROM pg_extension WHERE extname = 'pg_cron'";
        const SCHEDULE: &str = "
            SELECT cron.schedule('raceway-retention', '0 * * * *', format(
                'SELECT @extschema@.raceway_retention(%L)',
                justify_hours(make_interval(secs => $1))))";
        if self.query(FOUND, &[]).await?.is_empty() {
            return Ok(false);
        }
        self.query(SCHEDULE, &[(&keep.as_secs_f64() as _, Type::FLOAT8)]).await?;
        Ok(true)
    }
}
