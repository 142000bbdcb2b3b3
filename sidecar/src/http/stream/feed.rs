//! What all listeners are told, and who they are.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use raceway_analysis::Options;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::condition::Condition;
use super::follow::follow;
use super::listener::Listener;
use super::noted::Noted;
use super::told::{Filter, Name, Place, Told, missed};
use crate::body_budget::BodyBudget;
use crate::delivery::now;
use crate::http::error::ApiError;
use crate::store::Store;
use crate::task;

/// Clients that listen at once.
const MAX_LISTENERS: usize = 100;
/// Events that wait for the slowest listener. It misses those that come before them.
const MAX_WAITING: usize = 1024;
/// A longer event is missed by all: so waiting ones take 16 MiB at most, and some 0.5 MiB usually.
const MAX_EVENT_BYTES: usize = 16 * 1024;
/// How long a client waits for the list of traces that there are already.
const BEGINNING: Duration = Duration::from_secs(2);

/// Nothing is done and held for it while nobody listens, but that each request that stores events asks whether
/// somebody does.
pub(in crate::http) struct Feed {
    pub(super) store: Arc<dyn Store>,
    pub(super) budget: BodyBudget,
    pub(super) options: Arc<Options>,
    /// Ends every stream.
    pub(super) stop: CancellationToken,
    pub(super) noted: Noted,
    slots: Arc<Semaphore>,
    run: Mutex<Option<Run>>,
}

/// What is told as long as somebody listens.
struct Run {
    sender: broadcast::Sender<Arc<Told>>,
    /// Of the last event.
    place: Place,
    /// Whether it is known which traces are not new.
    has_begun: watch::Sender<bool>,
}

impl Feed {
    pub(in crate::http) fn new(
        store: Arc<dyn Store>,
        budget: BodyBudget,
        options: Arc<Options>,
        stop: CancellationToken,
    ) -> Self {
        Feed {
            store,
            budget,
            options,
            stop,
            noted: Noted::default(),
            slots: Arc::new(Semaphore::new(MAX_LISTENERS)),
            run: Mutex::default(),
        }
    }

    /// Whether it should be [told](Self::note) of bodies: an atomic load.
    pub(in crate::http) fn is_listened_to(&self) -> bool {
        self.noted.is_wanted()
    }

    /// Takes in that the events of a body are stored.
    pub(in crate::http) fn note(&self, body: &str) {
        self.noted.note(body);
    }

    /// How many clients listen.
    pub(in crate::http) fn listeners(&self) -> usize {
        MAX_LISTENERS - self.slots.available_permits()
    }

    /// A new listener, who has seen the event with this id last. What is written after that is told.
    pub(super) async fn listen(
        self: &Arc<Self>,
        filter: Filter,
        last_seen: Option<&str>,
    ) -> Result<Listener, ApiError> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| {
            ApiError::NotReady(format!("{MAX_LISTENERS} clients listen, and no more can"))
        })?;
        let (receiver, mut begun, missed) = self.join(last_seen);
        // Without Postgres it does not begin: there is something to tell all the same.
        drop(timeout(BEGINNING, begun.wait_for(|&has_begun| has_begun)).await);
        let condition = Condition::from(self.store.state());
        Ok(Listener::new(receiver, filter, missed, &condition, self.stop.clone(), slot))
    }

    /// Who is the first begins a run. The last is what was missed since the event with this id, if anything was.
    fn join(
        self: &Arc<Self>,
        last_seen: Option<&str>,
    ) -> (broadcast::Receiver<Arc<Told>>, watch::Receiver<bool>, Option<String>) {
        let mut run = self.run.lock();
        let run = run.get_or_insert_with(|| {
            self.noted.set_wanted(true);
            let feed = Arc::clone(self);
            task::keep_running("stream", move || follow(Arc::clone(&feed)));
            Run::begin()
        });
        let missed = last_seen.and_then(|id| run.missed_since(Place::parse(id)));
        (run.sender.subscribe(), run.has_begun.subscribe(), missed)
    }

    /// It is known which traces there are.
    pub(super) fn begin(&self) {
        if let Some(run) = &*self.run.lock() {
            run.has_begun.send_replace(true);
        }
    }

    /// Tells all listeners.
    pub(super) fn tell(&self, name: Name, json: String, services: Arc<[String]>) {
        let is_long = json.len() > MAX_EVENT_BYTES;
        let (name, json) = if is_long { (Name::Missed, missed(Some(1))) } else { (name, json) };
        if let Some(run) = &mut *self.run.lock() {
            run.place.number += 1;
            // It fails where the last listener has gone.
            drop(run.sender.send(Arc::new(Told { name, place: run.place, json, services })));
        }
    }

    /// Ends the run, unless somebody listens.
    pub(super) fn end_if_alone(&self) -> bool {
        let mut run = self.run.lock();
        let is_alone = run.as_ref().is_none_or(|run| run.sender.receiver_count() == 0);
        if is_alone {
            *run = None;
            self.noted.set_wanted(false);
        }
        is_alone
    }

    pub(super) fn has_listeners(&self) -> bool {
        self.run.lock().as_ref().is_some_and(|run| run.sender.receiver_count() > 0)
    }
}

impl Run {
    fn begin() -> Self {
        let run = now().micros().unsigned_abs();
        Run {
            sender: broadcast::Sender::new(MAX_WAITING),
            place: Place { run, number: 0 },
            has_begun: watch::Sender::new(false),
        }
    }

    fn missed_since(&self, last_seen: Option<Place>) -> Option<String> {
        match last_seen {
            Some(Place { run, number }) if run == self.place.run => {
                let events = self.place.number.saturating_sub(number);
                (events > 0).then(|| missed(Some(events)))
            }
            _ => Some(missed(None)),
        }
    }
}
