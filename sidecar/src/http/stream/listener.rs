//! A client that listens.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::condition::Condition;
use super::told::{Filter, Name, Told, event, missed};

/// What is told to one client.
pub(super) struct Listener {
    told: Receiver<Arc<Told>>,
    filter: Filter,
    /// What comes before that.
    first: VecDeque<Event>,
    stop: CancellationToken,
    _slot: OwnedSemaphorePermit,
}

impl Listener {
    pub(super) fn new(
        told: Receiver<Arc<Told>>,
        filter: Filter,
        missed: Option<String>,
        condition: &Condition,
        stop: CancellationToken,
        slot: OwnedSemaphorePermit,
    ) -> Self {
        let missed = missed.map(|json| event(Name::Missed, &json));
        let condition = filter.wants(Name::State).then(|| event(Name::State, &condition.json()));
        let first = missed.into_iter().chain(condition).collect();
        Listener { told, filter, first, stop, _slot: slot }
    }

    /// The events that it wants, until the server stops.
    pub(super) fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut listener| async {
            let event = listener.next().await?;
            Some((Ok(event), listener))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        loop {
            let told = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                told = self.told.recv() => told,
            };
            match told {
                Ok(told) if self.filter.takes(&told) => return Some(told.event()),
                Ok(_) => {}
                Err(RecvError::Lagged(events)) => {
                    return Some(event(Name::Missed, &missed(Some(events))));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
