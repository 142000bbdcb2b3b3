//! Answers to questions about many traces by a look at each of their events, for stores that keep no figures.
//! One function a question, over [`Traces`] that are read one after the other, so that memory holds one trace
//! and what the answer is made of.

mod anomalies;
mod figures;
mod health;
mod performance;
mod period;
mod traces;

use std::sync::Arc;

use async_trait::async_trait;
use raceway_analysis::global::{MAX_EVENTS, Search};
use raceway_analysis::{Options, Trace, figures::Window};
use raceway_model::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub(crate) use self::anomalies::timed_trace;
use self::traces::Traces;
use super::StoreError;
use super::chunks::Chunks;
use super::export::ExportFilter;
use super::question::{Answer, Period, Question};
use crate::delivery::now;

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

    /// The traces that match, as an export has them.
    async fn read(&self, filter: ExportFilter) -> Result<Chunks, StoreError>;
}

/// The answer as of now.
pub(crate) async fn answer(source: &impl Source, question: Question) -> Result<Answer, StoreError> {
    let _turn = TURNS.acquire().await;
    match question {
        Question::Services => {
            look(source, ExportFilter::default(), |traces| {
                figures::services(traces).map(Answer::Services)
            })
            .await
        }
        Question::Health { minutes } => {
            let write = move |traces| health::health(traces, minutes, now()).map(Answer::Health);
            look(source, ExportFilter::default(), write).await
        }
        Question::Edges => {
            look(source, ExportFilter::default(), |traces| {
                figures::edges(traces).map(Answer::Edges)
            })
            .await
        }
        Question::Dependencies { service } => {
            let filter = figures::traces_of(&service);
            let write =
                move |traces| figures::dependencies(traces, &service).map(Answer::Dependencies);
            look(source, filter, write).await
        }
        Question::Hotspots { most } => {
            let write = move |traces| figures::hotspots(traces, most).map(Answer::Hotspots);
            look(source, ExportFilter::default(), write).await
        }
        Question::Performance { minutes, most } => {
            let window = period::ending(source.newest().await?, minutes);
            let write = move |traces| {
                performance::performance(traces, &window, most).map(Answer::Performance)
            };
            look(source, period::filter(&window), write).await
        }
        Question::GlobalAnalysis(period, options) => {
            let write = |search: Search| Answer::GlobalAnalysis(search.analysis());
            search(source, period, options, Search::add, write).await
        }
        Question::GlobalRaces(period, options) => {
            let write = |search: Search| Answer::GlobalRaces(search.races());
            search(source, period, options, Search::add_with_races, write).await
        }
        Question::Anomalies { trace_id } => {
            anomalies::anomalies(source, trace_id).await.map(Answer::Anomalies)
        }
    }
}

/// What is made of a search of the newest traces of a period.
async fn search(
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
async fn look<T: Send + 'static>(
    source: &impl Source,
    filter: ExportFilter,
    look: impl FnOnce(Traces) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let traces = Traces::new(source.read(filter).await?);
    let looking = spawn_blocking(move || look(traces));
    looking.await.map_err(|panic| StoreError::Internal(panic.to_string()))?
}
