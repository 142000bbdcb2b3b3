//! Many requests, one transaction.
//!
//! Requests wait in a queue; each of a few writers takes what has come while it was busy, and sends
//! it as one call. So a request that comes alone is sent at once, and the more there are, the more
//! share one commit.

use std::sync::Arc;

use deadpool_postgres::Pool;
use raceway_model::{Rejection, unescape_json};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Ingested, StoreError};

/// Writers, each with a connection of its own while it has work. Two keep the server busy while
/// the commit of a third is flushed.
const WRITERS: usize = 3;

/// One call takes at most so many bytes beyond its first request.
const MAX_BYTES: usize = 1 << 20;

/// Requests that may wait before others have to wait for their place in the queue.
const MAX_WAITING: usize = 1024;

/// `errors` only where there are some: most rows have none.
const INGEST: &str = "
    SELECT accepted, duplicates, CASE WHEN rejected > 0 THEN errors::text END, refusal
    FROM raceway_ingest_batches($1)";

/// A request, and where its answer goes.
struct Request {
    body: String,
    answer: oneshot::Sender<Result<Ingested, StoreError>>,
}

/// The way into the queue.
pub(super) struct GroupCommit {
    queue: mpsc::Sender<Request>,
}

impl GroupCommit {
    /// Starts the writers; they end when this is dropped.
    pub(super) fn start(pool: &Pool) -> Self {
        let (queue, requests) = mpsc::channel(MAX_WAITING);
        let requests = Arc::new(Mutex::new(requests));
        for _ in 0..WRITERS.min(pool.status().max_size) {
            tokio::spawn(write(pool.clone(), Arc::clone(&requests)));
        }
        GroupCommit { queue }
    }

    /// Answers when the events of the body are committed.
    pub(super) async fn ingest(&self, body: String) -> Result<Ingested, StoreError> {
        let gone = || StoreError::Unavailable("the writers have stopped".into());
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request { body, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn write(pool: Pool, requests: Arc<Mutex<mpsc::Receiver<Request>>>) {
    loop {
        let group = next_group(&mut *requests.lock().await).await;
        if group.is_empty() {
            return;
        }
        commit(&pool, group).await;
    }
}

/// Waits for a request, and takes those that wait behind it along. Empty when there will be none.
async fn next_group(requests: &mut mpsc::Receiver<Request>) -> Vec<Request> {
    let mut group = Vec::new();
    group.extend(requests.recv().await);
    let mut bytes = 0;
    while bytes < MAX_BYTES
        && let Ok(request) = requests.try_recv()
    {
        bytes += request.body.len();
        group.push(request);
    }
    group
}

/// Answers every request of the group. Where the group fails for another reason than that Postgres
/// is away, each is tried by itself: one may be what the others can't be stored with.
async fn commit(pool: &Pool, group: Vec<Request>) {
    let bodies: Vec<&str> = group.iter().map(|request| request.body.as_str()).collect();
    match ingest(pool, &bodies).await {
        Ok(answers) => {
            for (request, answer) in group.into_iter().zip(answers) {
                drop(request.answer.send(answer));
            }
        }
        Err(StoreError::Internal(_)) if group.len() > 1 => {
            for request in group {
                Box::pin(commit(pool, vec![request])).await;
            }
        }
        Err(error) => {
            for request in group {
                drop(request.answer.send(Err(error.clone())));
            }
        }
    }
}

async fn ingest(
    pool: &Pool,
    bodies: &[&str],
) -> Result<Vec<Result<Ingested, StoreError>>, StoreError> {
    let client = pool.get().await?;
    let rows = client.query_typed(INGEST, &[(&bodies, Type::TEXT_ARRAY)]).await?;
    if rows.len() != bodies.len() {
        return Err(StoreError::Internal("raceway_ingest_batches: a row for each batch".into()));
    }
    Ok(rows.iter().map(answer).collect())
}

fn answer(row: &Row) -> Result<Ingested, StoreError> {
    if let Some(refusal) = row.get(3) {
        return Err(StoreError::Refused(refusal));
    }
    Ok(Ingested { accepted: count(row, 0), duplicates: count(row, 1), rejected: rejected(row)? })
}

fn count(row: &Row, column: usize) -> usize {
    usize::try_from(row.get::<_, i32>(column)).unwrap_or_default()
}

fn rejected(row: &Row) -> Result<Vec<Rejection>, StoreError> {
    let Some(errors) = row.get::<_, Option<&str>>(2) else { return Ok(Vec::new()) };
    serde_json::from_str(&unescape_json(errors))
        .map_err(|error| StoreError::Internal(format!("errors of raceway_ingest: {error}")))
}
