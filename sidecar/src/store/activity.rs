//! What a store does, for those who watch it.

use std::time::Duration;

use prometheus::proto::MetricFamily;

use super::counters::EventTotals;
use super::postgres::{Deleted, PoolStatus};

/// What a store has done since the start of the process, and is doing.
pub(crate) struct Activity {
    pub(crate) events: EventTotals,
    /// Where the backend is Postgres.
    pub(crate) postgres: Option<PostgresActivity>,
}

/// The same of what is special about Postgres.
pub(crate) struct PostgresActivity {
    /// Whether Postgres is away.
    pub(crate) is_away: bool,
    /// How often it was.
    pub(crate) outages: u64,
    /// Whether it answers, but does not let something be stored.
    pub(crate) is_obstructed: bool,
    /// How long what waits first in the spool has waited.
    pub(crate) oldest_waiting: Duration,
    /// Requests that wait for a commit that takes them.
    pub(crate) queued_requests: usize,
    pub(crate) commits: usize,
    /// By the name of the server.
    pub(crate) pools: Vec<(&'static str, PoolStatus)>,
    /// How long the servers took to answer.
    pub(crate) calls: MetricFamily,
    /// What retention has deleted from here.
    pub(crate) deleted: Deleted,
}
