//! Stores bodies in Postgres, many in one transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use raceway_model::{Rejection, sent_id, split_batch, unescape_json};
use raceway_spool::Body;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Database;
use super::judged::Judged;
use crate::store::{Ingested, Outcome, StoreError, StoredIn};

/// How often a call is made that is in conflict with another session.
const ATTEMPTS: usize = 3;

/// `errors` only where there are some: most rows have none.
const INGEST: &str = "
    SELECT accepted, duplicates, rejected, CASE WHEN rejected > 0 THEN errors::text END, refusal
    FROM @extschema@.raceway_ingest_batches($1)";

/// Where events are stored.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Here,
    /// In the database of a cluster that has this bucket, as arrays of valid events that belong there.
    Bucket(u32),
}

impl Database {
    /// Stores these bodies; the error means that none of them is stored for sure. In a cluster, events can be left to
    /// wait for the database that they belong to.
    ///
    /// Where Postgres refuses them for what is in them, they are halved until it is known which
    /// event it is: that one is rejected, and the others are stored.
    pub(crate) async fn ingest(&self, bodies: &[Arc<Body>]) -> Result<Vec<Outcome>, StoreError> {
        let bodies: Vec<&str> = bodies.iter().map(|body| body.text.as_str()).collect();
        self.ingest_bodies(&bodies).await
    }

    /// The same for the texts of bodies.
    pub(crate) async fn ingest_bodies(&self, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        match self.cluster().await? {
            Some(cluster) => self.ingest_in_cluster(cluster, bodies).await,
            None => self.ingest_at(Place::Here, bodies).await,
        }
    }

    /// The same in one database.
    pub(super) async fn ingest_at(
        &self,
        place: Place,
        bodies: &[&str],
    ) -> Result<Vec<Outcome>, StoreError> {
        match (self.call(place, bodies).await, bodies) {
            (Err(StoreError::Internal(_)), [body]) => {
                Ok(vec![self.ingest_events(place, body).await?])
            }
            (Err(StoreError::Internal(_)), _) => {
                let (first, second) = bodies.split_at(bodies.len() / 2);
                let mut outcomes = Box::pin(self.ingest_at(place, first)).await?;
                outcomes.extend(Box::pin(self.ingest_at(place, second)).await?);
                Ok(outcomes)
            }
            (result, _) => result,
        }
    }

    /// A body that can't be stored as a whole: each event as a body of its own.
    async fn ingest_events(&self, place: Place, body: &str) -> Result<Outcome, StoreError> {
        let events = match split_batch(body) {
            Ok(events) => events,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let [event] = events[..] {
            return Ok(Ok(self.ingest_or_reject(place, event).await?));
        }
        // In an array: an event by itself could look like a batch.
        let bodies: Vec<String> = events.iter().map(|event| format!("[{event}]")).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let outcomes = Box::pin(self.ingest_at(place, &bodies)).await?;
        let mut whole = Ingested::default();
        for (index, (outcome, event)) in outcomes.into_iter().zip(events).enumerate() {
            whole.add(outcome.unwrap_or_else(|refusal| rejected(event, refusal)), |_| index);
        }
        Ok(Ok(whole))
    }

    /// The event was rejected once; where that was for a reason that has passed, it is stored now.
    async fn ingest_or_reject(&self, place: Place, event: &str) -> Result<Ingested, StoreError> {
        let reason = match self.call(place, &[&format!("[{event}]")]).await {
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
    async fn call(&self, place: Place, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        if let Place::Bucket(bucket) = place {
            let parts: Vec<_> = bodies.iter().map(|&batch| (bucket, batch)).collect();
            return self.send_parts(&parts).await;
        }
        if self.judges_alike.load(Ordering::Relaxed) {
            return self.send(bodies).await;
        }
        let judged: Vec<_> = bodies.iter().map(|body| Judged::of(body, 1)).collect();
        let parts = judged.iter().map(|judged| judged.as_ref().ok()?.parts.first());
        let batches: Vec<&str> =
            parts.map(|part| part.map_or("[]", |part| part.batch.as_str())).collect();
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

    async fn send(&self, bodies: &[&str]) -> Result<Vec<Outcome>, StoreError> {
        let rows = self.rows_of(INGEST, bodies, &[(&bodies, Type::TEXT_ARRAY)]).await?;
        rows.iter().map(outcome).collect()
    }

    /// The rows of one call, as many as there are batches. Made again where others were in the way: that leaves
    /// nothing stored, and passes.
    pub(super) async fn rows_of(
        &self,
        sql: &str,
        batches: &[&str],
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let bytes = batches.iter().map(|batch| batch.len()).sum();
        let mut attempts = 1..ATTEMPTS;
        let rows = loop {
            match self.large_query(bytes, sql, parameters).await {
                Err(StoreError::Conflict(_)) if attempts.next().is_some() => {}
                result => break result?,
            }
        };
        if rows.len() != batches.len() {
            return Err(StoreError::Unavailable("expected a row for each batch".into()));
        }
        Ok(rows)
    }
}

fn rejected(event: &str, reason: String) -> Ingested {
    let rejections = vec![Rejection { index: 0, id: sent_id(event), reason }];
    Ingested { rejected: 1, rejections, ..Ingested::default() }
}

/// Of a row of [`INGEST`], or of one that begins like it.
pub(super) fn outcome(row: &Row) -> Result<Outcome, StoreError> {
    if let Some(refusal) = row.get(4) {
        return Ok(Err(refusal));
    }
    Ok(Ok(Ingested {
        accepted: count(row, 0),
        duplicates: count(row, 1),
        rejected: count(row, 2),
        rejections: rejections(row)?,
        stored_in: StoredIn::Postgres,
        ..Ingested::default()
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
