//! Answers to questions about many traces by a look at each of their events, for stores that keep no figures.
//! One function a question, over [`Traces`] that are read one after the other, so that memory holds one trace
//! and what the answer is made of.

mod anomalies;
mod figures;
mod health;
mod interleavings;
mod performance;
mod period;
mod traces;

use async_trait::async_trait;
use raceway_model::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub(crate) use self::anomalies::timed_trace;
use self::traces::Traces;
use super::StoreError;
use super::chunks::Chunks;
use super::export::ExportFilter;
use super::question::{Answer, Question};
use crate::delivery::now;

/// Questions that are answered at once: each keeps a core busy.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Where events are read from.
#[async_trait]
pub(crate) trait Source: Sync {
    /// When the newest event happened.
    async fn newest(&self) -> Result<Option<Timestamp>, StoreError>;

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
            let window = period.window(source.newest().await?);
            let write =
                move |traces| interleavings::analysis(traces, &options).map(Answer::GlobalAnalysis);
            look(source, period::filter(&window), write).await
        }
        Question::GlobalRaces(period, options) => {
            let window = period.window(source.newest().await?);
            let write =
                move |traces| interleavings::races(traces, &options).map(Answer::GlobalRaces);
            look(source, period::filter(&window), write).await
        }
        Question::Anomalies { trace_id } => {
            anomalies::anomalies(source, trace_id).await.map(Answer::Anomalies)
        }
    }
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
