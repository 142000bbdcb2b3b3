//! Many requests, one transaction.
//!
//! Requests wait in a queue; a writer takes what has come while others were busy, and sends it as
//! one call. So a request that comes alone is sent at once, and the more there are, the more share
//! one commit. Small requests wait for the commit before them rather than having one beside it:
//! those that come one after the other are of the same traces, and would wait there anyway (64
//! connections with an event a request: 8,500 requests/s with a commit each for three writers,
//! 12,000 after that).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use raceway_spool::Body;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

use super::circuit::Circuit;
use super::counters::EventCounters;
use super::postgres::Database;
use super::{Ingested, Outcome, StoreError};
use crate::delivery::Delivery;
use crate::quarantine::{self, Entry};
use crate::task;

/// So many bytes are worth a commit beside the one that is under way: some 100 events.
const ENOUGH_BYTES: usize = 1 << 16;

/// One call takes at most so many bytes beyond its first request.
const MAX_BYTES: usize = 1 << 20;

/// Requests that may wait before others have to wait for their place in the queue.
const MAX_WAITING: usize = 1024;

/// A request, and where its answer goes.
struct Request {
    body: Arc<Delivery>,
    answer: oneshot::Sender<Result<Ingested, StoreError>>,
}

/// The way into the queue.
pub(super) struct GroupCommit {
    sender: mpsc::Sender<Request>,
    queue: Arc<Queue>,
}

impl GroupCommit {
    /// Starts the writers; they end when this is dropped.
    pub(super) fn start(
        database: &Database,
        circuit: &Arc<Circuit>,
        counters: &Arc<EventCounters>,
    ) -> Self {
        let (sender, requests) = mpsc::channel(MAX_WAITING);
        let queue = Arc::new(Queue {
            requests: Mutex::new(requests),
            under_way: AtomicUsize::new(0),
            committed: Notify::new(),
        });
        for _ in 0..database.writers() {
            let (database, circuit, counters, queue) =
                (database.clone(), Arc::clone(circuit), Arc::clone(counters), Arc::clone(&queue));
            // Requests of a group over which it panics are answered as if Postgres were away.
            task::keep_running("write", move || {
                let (circuit, counters) = (Arc::clone(&circuit), Arc::clone(&counters));
                write(database.clone(), circuit, counters, Arc::clone(&queue))
            });
        }
        GroupCommit { sender, queue }
    }

    /// How many requests wait for a commit that takes them.
    pub(super) fn queued(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// How many commits are under way.
    pub(super) fn under_way(&self) -> usize {
        self.queue.under_way.load(Ordering::Relaxed)
    }

    /// Answers when the events of the body are committed.
    pub(super) async fn ingest(&self, body: Arc<Delivery>) -> Result<Ingested, StoreError> {
        let gone = || StoreError::Unavailable("the writers have stopped".into());
        let (answer, answered) = oneshot::channel();
        self.sender.send(Request { body, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Where the writers wait for work.
struct Queue {
    requests: Mutex<mpsc::Receiver<Request>>,
    /// Commits that have not been answered yet.
    under_way: AtomicUsize,
    committed: Notify,
}

async fn write(
    database: Database,
    circuit: Arc<Circuit>,
    counters: Arc<EventCounters>,
    queue: Arc<Queue>,
) {
    while let Some(group) = queue.next_group().await {
        let _under_way = UnderWay(&queue);
        commit(&database, &circuit, &counters, group).await;
    }
}

/// A commit that others wait for; over when dropped, however it ends.
struct UnderWay<'a>(&'a Queue);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.committed.notify_one();
    }
}

impl Queue {
    /// Waits for requests that are worth a commit. `None` when there will be none.
    async fn next_group(&self) -> Option<Vec<Request>> {
        let mut requests = self.requests.lock().await;
        let first = requests.recv().await?;
        let mut bytes = first.body.text.len();
        let mut group = vec![first];
        while let Some(request) = self.another(&mut requests, bytes).await {
            bytes += request.body.text.len();
            group.push(request);
        }
        // Before the next writer may look for work.
        self.under_way.fetch_add(1, Ordering::AcqRel);
        Some(group)
    }

    /// Another request for a group of so many bytes; `None` when the group should go.
    async fn another(
        &self,
        requests: &mut mpsc::Receiver<Request>,
        bytes: usize,
    ) -> Option<Request> {
        loop {
            if bytes >= MAX_BYTES {
                return None;
            }
            if let Ok(request) = requests.try_recv() {
                return Some(request);
            }
            if bytes >= ENOUGH_BYTES || self.under_way.load(Ordering::Acquire) == 0 {
                return None;
            }
            tokio::select! {
                request = requests.recv() => return request,
                () = self.committed.notified() => {}
            }
        }
    }
}

/// Answers every request of the group. When one has found that Postgres is away, those that come
/// after it don't wait to find out.
async fn commit(
    database: &Database,
    circuit: &Circuit,
    counters: &EventCounters,
    group: Vec<Request>,
) {
    let bodies: Vec<_> = group.iter().map(|request| Arc::clone(&request.body.body)).collect();
    let result = match circuit.outage() {
        Some(outage) => Err(StoreError::Unavailable(outage.reason)),
        None => store(database, &bodies).await,
    };
    drop(bodies);
    match result {
        Ok(outcomes) => {
            // Also for clients that are gone.
            outcomes.iter().flatten().for_each(|ingested| counters.judged(ingested));
            for (request, outcome) in group.into_iter().zip(outcomes) {
                drop(request.answer.send(outcome.map_err(StoreError::Refused)));
            }
        }
        Err(error) => {
            if let StoreError::Unavailable(reason) = &error {
                circuit.open(reason);
            }
            for request in group {
                drop(request.answer.send(Err(error.clone())));
            }
        }
    }
}

async fn store(database: &Database, bodies: &[Arc<Body>]) -> Result<Vec<Outcome>, StoreError> {
    let outcomes = database.ingest(bodies).await?;
    // Clients are told what was rejected; that it is kept as well is a service to operators.
    let rejected = bodies.iter().zip(&outcomes);
    let entries: Vec<Entry> =
        rejected.flat_map(|(body, outcome)| quarantine::entries(body, outcome)).collect();
    if let Err(error) = database.quarantine(&entries).await {
        tracing::warn!(%error, "can't keep rejected events in raceway_rejected");
    }
    Ok(outcomes)
}
