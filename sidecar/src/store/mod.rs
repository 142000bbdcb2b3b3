//! Where events are kept. Storage only: what is made of the events is not its business.

mod group_commit;
pub(crate) mod memory;
pub(crate) mod postgres;

use async_trait::async_trait;
use raceway_model::{Rejection, Timestamp};
use serde_json::value::RawValue;
use thiserror::Error;

/// Keeps events, and gives them back.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// `memory` or `postgres`.
    fn name(&self) -> &'static str;

    /// Whether what [`Store::ingest`] has stored survives a crash of this process.
    fn is_durable(&self) -> bool;

    /// Stores the valid events of a request's body, in any of its shapes. All of them are stored
    /// when it returns, or none.
    async fn ingest(&self, body: String) -> Result<Ingested, StoreError>;

    /// The trace as `{"trace_id", "events"}`, events in time order; `None` if there is none.
    async fn trace(&self, trace_id: &str) -> Result<Option<Box<RawValue>>, StoreError>;

    /// One page of the traces, newest first.
    async fn traces(&self, query: &TraceQuery) -> Result<TracePage, StoreError>;

    /// How much there is; fails when the store can't be used.
    async fn counts(&self) -> Result<Counts, StoreError>;
}

/// What became of the events of a body.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub(crate) accepted: usize,
    pub(crate) duplicates: usize,
    pub(crate) rejected: Vec<Rejection>,
}

/// Which traces to list.
#[derive(Debug)]
pub(crate) struct TraceQuery {
    /// From 1.
    pub(crate) page: u32,
    pub(crate) page_size: u32,
    /// Only traces in which this service took part.
    pub(crate) service: Option<String>,
    /// Only traces of at least so many events.
    pub(crate) min_events: u32,
}

impl TraceQuery {
    /// How many traces come before the page.
    pub(crate) fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.page_size)
    }
}

/// One page of traces, and how many there are on all pages.
#[derive(Debug, Default)]
pub(crate) struct TracePage {
    pub(crate) traces: Vec<ListedTrace>,
    pub(crate) total: u64,
}

/// A trace in the list.
#[derive(Debug)]
pub(crate) struct ListedTrace {
    pub(crate) trace_id: String,
    pub(crate) service_name: Option<String>,
    pub(crate) services: Vec<String>,
    pub(crate) start_time: Timestamp,
    pub(crate) end_time: Timestamp,
    pub(crate) event_count: u64,
}

/// How much a store holds.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) traces: u64,
}

/// Why a store could not do what it was asked for.
#[derive(Clone, Debug, Error)]
pub(crate) enum StoreError {
    /// The body holds no events at all.
    #[error("{0}")]
    Refused(String),
    /// It may work later.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// It will not work by trying again.
    #[error("{0}")]
    Internal(String),
}
