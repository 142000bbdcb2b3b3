//! Stores bodies in Postgres, many in one transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use raceway_model::{Rejection, sent_id, split_batch, unescape_json};
use raceway_spool::Body;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::connection::Database;
use super::judged::Judged;
use crate::store::{Ingested, Outcome, StoreError, StoredIn};

/// How often a call is made that is in conflict with another session.
const ATTEMPTS: usize = 3;

/// `errors` only where there are some: most rows have none.
const INGEST: &str = "
    SELECT accepted, duplicates, rejected, CASE WHEN rejected > 0 THEN errors::text END, refusal
    FROM @extschema@.raceway_ingest_batches($1)";

impl Database {
    /// Stores these bodies; the error means that none of them is stored for sure.
    ///
    /// Where Postgres refuses them for what is in them, they are halved until it is known which
    /// event it is: that one is rejected, and the others are stored.
    pub(crate) async fn ingest(&self, bodies: &[Arc<Body>]) -> Result<Vec<Outcome>, StoreError> {
        let bodies: Vec<&str> = bodies.iter().map(|body| body.text.as_str()).collect();
        self.ingest_bodies(&bodies).await
    }

    /// The same for the texts of bodies.
    pub(crate) async fn ingest_bodies(&self, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        match (self.call(bodies).await, bodies) {
            (Err(StoreError::Internal(_)), [body]) => Ok(vec![self.ingest_events(body).await?]),
            (Err(StoreError::Internal(_)), _) => {
                let (first, second) = bodies.split_at(bodies.len() / 2);
                let mut outcomes = Box::pin(self.ingest_bodies(first)).await?;
                outcomes.extend(Box::pin(self.ingest_bodies(second)).await?);
                Ok(outcomes)
            }
            (result, _) => result,
        }
    }

    /// A body that can't be stored as a whole: each event as a body of its own.
    async fn ingest_events(&self, body: &str) -> Result<Outcome, StoreError> {
        let events = match split_batch(body) {
            Ok(events) => events,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let [event] = events[..] {
            return Ok(Ok(self.ingest_or_reject(event).await?));
        }
        // In an array: an event by itself could look like a batch.
        let bodies: Vec<String> = events.iter().map(|event| format!("[{event}]")).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let outcomes = Box::pin(self.ingest_bodies(&bodies)).await?;
        let mut whole = Ingested::default();
        for (index, (outcome, event)) in outcomes.into_iter().zip(events).enumerate() {
            let part = outcome.unwrap_or_else(|refusal| rejected(event, refusal));
            whole.accepted += part.accepted;
            whole.duplicates += part.duplicates;
            whole.reject(part.rejected, part.rejections, |_| index);
        }
        Ok(Ok(whole))
    }

    /// The event was rejected once; where that was for a reason that has passed, it is stored now.
    async fn ingest_or_reject(&self, event: &str) -> Result<Ingested, StoreError> {
        let reason = match self.call(&[&format!("[{event}]")]).await {
            Ok(mut outcomes) => match outcomes.swap_remove(0) {
                Ok(ingested) => return Ok(ingested),
                Err(refusal) => refusal,
            },
            Err(StoreError::Internal(reason)) => format!("Postgres rejects it: {reason}"),
            Err(error) => return Err(error),
        };
        Ok(rejected(event, reason))
    }

    /// An outcome for each body. Plain SQL has a JSON parser of its own: it gets the valid events
    /// only, in a form that it can't take for anything else.
    async fn call(&self, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        if self.judges_alike.load(Ordering::Relaxed) {
            return self.send(bodies).await;
        }
        let judged: Vec<_> = bodies.iter().map(|body| Judged::of(body)).collect();
        let batches: Vec<&str> = judged
            .iter()
            .map(|judged| judged.as_ref().map_or("[]", |judged| judged.batch.as_str()))
            .collect();
        let outcomes = self.send(&batches).await?.into_iter();
        Ok(judged.into_iter().zip(outcomes).map(|(judged, stored)| judged?.merge(stored)).collect())
    }

    /// Whether the database judges bodies as this program does.
    pub(crate) async fn learn_flavour(&self) -> Result<(), StoreError> {
        const SQL: &str = "SELECT @extschema@.raceway_flavour() = 'extension'";
        let is_extension = self.read_one(SQL, &[]).await?.get(0);
        self.judges_alike.store(is_extension, Ordering::Relaxed);
        Ok(())
    }

    /// One call. Made again where others were in the way: that leaves nothing stored, and passes.
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        let bytes = bodies.iter().map(|body| body.len()).sum();
        let mut attempts = 1..ATTEMPTS;
        let rows = loop {
            match self.large_query(bytes, INGEST, &[(&bodies, Type::TEXT_ARRAY)]).await {
                Err(StoreError::Conflict(_)) if attempts.next().is_some() => {}
                result => break result?,
            }
        };
        if rows.len() != bodies.len() {
            return Err(StoreError::Unavailable("expected a row for each batch".into()));
        }
        rows.iter().map(outcome).collect()
    }
}

fn rejected(event: &str, reason: String) -> Ingested {
    let rejections = vec![Rejection { index: 0, id: sent_id(event), reason }];
    Ingested { rejected: 1, rejections, ..Ingested::default() }
}

fn outcome(row: &Row) -> Result<Outcome, StoreError> {
    if let Some(refusal) = row.get(4) {
        return Ok(Err(refusal));
    }
    Ok(Ok(Ingested {
        accepted: count(row, 0),
        duplicates: count(row, 1),
        rejected: count(row, 2),
        rejections: rejections(row)?,
        evicted: 0,
        stored_in: StoredIn::Postgres,
    }))
}

fn count(row: &Row, column: usize) -> usize {
    usize::try_from(row.get::<_, i32>(column)).unwrap_or_default()
}

fn rejections(row: &Row) -> Result<Vec<Rejection>, StoreError> {
    let Some(errors) = row.get::<_, Option<&str>>(3) else { return Ok(Vec::new()) };
    serde_json::from_str(&unescape_json(errors))
        .map_err(|error| StoreError::Unavailable(format!("errors of raceway_ingest: {error}")))
}
