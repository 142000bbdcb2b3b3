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

use deadpool_postgres::Pool;
use raceway_model::{Rejection, unescape_json};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::postgres::CONFLICTS;
use super::{Ingested, StoreError};

/// Writers, each with a connection of its own while it has work. Two keep the server busy while
/// the commit of a third is flushed.
const WRITERS: usize = 3;

/// So many bytes are worth a commit beside the one that is under way: some 100 events.
const ENOUGH_BYTES: usize = 1 << 16;

/// One call takes at most so many bytes beyond its first request.
const MAX_BYTES: usize = 1 << 20;

/// How often a call is made that is in conflict with another session.
const ATTEMPTS: usize = 3;

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
        let line = Arc::new(Line {
            requests: Mutex::new(requests),
            under_way: AtomicUsize::new(0),
            committed: Notify::new(),
        });
        for _ in 0..WRITERS.min(pool.status().max_size) {
            tokio::spawn(write(pool.clone(), Arc::clone(&line)));
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

/// Where the writers wait for work.
struct Line {
    requests: Mutex<mpsc::Receiver<Request>>,
    /// Commits that have not been answered yet.
    under_way: AtomicUsize,
    committed: Notify,
}

async fn write(pool: Pool, line: Arc<Line>) {
    while let Some(group) = line.next_group().await {
        let _under_way = UnderWay(&line);
        commit(&pool, group).await;
    }
}

/// A commit that others wait for; over when dropped, however it ends.
struct UnderWay<'a>(&'a Line);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.committed.notify_one();
    }
}

impl Line {
    /// Waits for requests that are worth a commit. `None` when there will be none.
    async fn next_group(&self) -> Option<Vec<Request>> {
        let mut requests = self.requests.lock().await;
        let first = requests.recv().await?;
        let mut bytes = first.body.len();
        let mut group = vec![first];
        while let Some(request) = self.another(&mut requests, bytes).await {
            bytes += request.body.len();
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

/// Tries again where others were in the way: that leaves nothing stored, and passes.
async fn ingest(
    pool: &Pool,
    bodies: &[&str],
) -> Result<Vec<Result<Ingested, StoreError>>, StoreError> {
    let client = pool.get().await?;
    let mut attempts = 1..ATTEMPTS;
    let rows = loop {
        match client.query_typed(INGEST, &[(&bodies, Type::TEXT_ARRAY)]).await {
            Err(error) if is_conflict(&error) && attempts.next().is_some() => {}
            result => break result?,
        }
    };
    if rows.len() != bodies.len() {
        return Err(StoreError::Internal("raceway_ingest_batches: a row for each batch".into()));
    }
    Ok(rows.iter().map(answer).collect())
}

fn is_conflict(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| CONFLICTS.contains(code) || *code == SqlState::UNIQUE_VIOLATION)
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
