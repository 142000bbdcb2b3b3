//! Answers to questions about many traces by a look at each of their events, for stores that keep no figures.
//! One function a question (`question.rs` says which), over [`Traces`] that are read one after the other, so
//! that memory holds one trace and what the answer is made of.

pub(super) mod anomalies;
pub(super) mod examined;
pub(super) mod figures;
pub(super) mod health;
pub(super) mod performance;
pub(super) mod period;
mod traces;
pub(super) mod window;

use std::sync::Arc;

use async_trait::async_trait;
use raceway_analysis::global::{MAX_EVENTS, Search};
use raceway_analysis::{Options, Trace, figures::Window};
use raceway_model::{Timestamp, TracePage, TraceQuery};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;

pub(crate) use self::anomalies::timed_trace;
use self::traces::Traces;
use super::StoreError;
use super::chunks::Chunks;
use super::export::ExportFilter;
use super::question::{Answer, Period, Watched};

/// Questions that are answered at once: each keeps a core busy.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Where events are read from.
#[async_trait]
pub(crate) trait Source: Sync {
    /// When the newest event happened.
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError>;

    /// When the oldest of the newest traces with events in a window begins that have so many events at most in
    /// all, and how many other traces there are.
    async fn newest_traces(
        &self,
        window: &Window,
        most_events: u64,
    ) -> Result<(Option<Timestamp>, u64), StoreError>;

    /// One page of the list of traces.
    async fn list(&self, query: &TraceQuery) -> Result<TracePage, StoreError>;

    /// What a list says of these traces, and of so many that came last.
    async fn watched(&self, trace_ids: &[String], newest: u32) -> Result<Watched, StoreError>;

    /// The traces that match, as an export has them.
    async fn read(&self, filter: ExportFilter) -> Result<Chunks, StoreError>;
}

/// Waits for a turn, which lasts as long as the answer takes.
pub(super) async fn turn() -> SemaphorePermit<'static> {
    TURNS.acquire().await.expect("turns are never closed")
}

/// What is made of a search of the newest traces of a period.
pub(super) async fn search(
    source: &impl Source,
    period: Period,
    options: Arc<Options>,
    add: fn(&mut Search, Trace),
    write: fn(Search) -> Answer,
) -> Result<Answer, StoreError> {
    let window = period.window(source.newest().await?);
    let (from, omitted) = source.newest_traces(&window, MAX_EVENTS).await?;
    let filter = ExportFilter { from, ..period::filter(&window) };
    look(source, filter, move |traces| {
        let mut search = Search::new(Options::clone(&options), omitted);
        traces.each(|trace| add(&mut search, trace))?;
        Ok(write(search))
    })
    .await
}

/// What is made of these traces, by a thread that others don't wait for.
pub(super) async fn look<T: Send + 'static>(
    source: &impl Source,
    filter: ExportFilter,
    look: impl FnOnce(Traces) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let traces = Traces::new(source.read(filter).await?);
    let looking = spawn_blocking(move || look(traces));
    looking.await.map_err(|panic| StoreError::Internal(panic.to_string()))?
}
