//! Stores bodies in a cluster, the events of each database by themselves: one that is away costs no more than its share.

use std::collections::BTreeMap;

use raceway_model::Rejection;
use tokio::task::JoinSet;
use tokio_postgres::types::Type;

use super::cluster::Cluster;
use super::connection::Database;
use super::ingest::{Place, outcome};
use super::judged::{Judged, Part};
use crate::store::{Ingested, Outcome, StoreError};

/// All databases at once.
const INGEST: &str = "
    SELECT accepted, duplicates, rejected, CASE WHEN rejected > 0 THEN errors::text END, refusal,
           place
    FROM @extschema@._raceway_ingest_parts($1, $2, $3)";

/// Databases that are asked at once where it must be found out which of them fails.
const CALLS_AT_ONCE: usize = 4;

/// What became of the events of a part; the error says why they wait.
type Stored = Result<Ingested, StoreError>;

impl Database {
    /// See [`Database::ingest`].
    pub(super) async fn ingest_in_cluster(
        &self,
        cluster: &Cluster,
        bodies: &[&str],
    ) -> Result<Vec<Outcome>, StoreError> {
        let (mut outcomes, mut parts) = (Vec::with_capacity(bodies.len()), Vec::new());
        let mut bodies_of_parts = Vec::new();
        for (nth, body) in bodies.iter().enumerate() {
            outcomes.push(Judged::of(body, cluster.buckets).map(|mut judged| {
                let invalid = judged.invalid();
                bodies_of_parts.extend(judged.parts.iter().map(|_| nth));
                parts.append(&mut judged.parts);
                invalid
            }));
        }
        let stored = self.store_parts(cluster, &parts).await?;
        for ((part, stored), nth) in parts.iter().zip(stored).zip(bodies_of_parts) {
            let Ok(ingested) = &mut outcomes[nth] else { continue };
            match stored {
                Ok(stored) => ingested.add(stored, |index| part.places[index]),
                Err(cause) => ingested.wait(&part.batch, part.places.len(), cause),
            }
        }
        Ok(outcomes)
    }

    /// What became of each part. The error says that the proxy is away.
    async fn store_parts(
        &self,
        cluster: &Cluster,
        parts: &[Part],
    ) -> Result<Vec<Stored>, StoreError> {
        let mut stored: Vec<Option<Stored>> =
            parts.iter().map(|part| cluster.away(part.bucket).map(Err)).collect();
        let there: Vec<usize> = (0..parts.len()).filter(|&nth| stored[nth].is_none()).collect();
        let sent: Vec<_> =
            there.iter().map(|&nth| (parts[nth].bucket, parts[nth].batch.as_str())).collect();
        if let Ok(outcomes) = self.send_parts(&sent).await {
            for (nth, outcome) in there.into_iter().zip(outcomes) {
                stored[nth] = Some(Ok(taken(outcome, &parts[nth])));
            }
        } else {
            self.probe().await?;
            let mut of_buckets: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for nth in there {
                of_buckets.entry(parts[nth].bucket).or_default().push(nth);
            }
            self.store_by_bucket(cluster, parts, of_buckets, &mut stored).await;
        }
        let lost = || Err(StoreError::Unavailable("nobody has stored it".into()));
        Ok(stored.into_iter().map(|stored| stored.unwrap_or_else(lost)).collect())
    }

    /// The parts of each database in a call of its own, some at a time.
    async fn store_by_bucket(
        &self,
        cluster: &Cluster,
        parts: &[Part],
        of_buckets: BTreeMap<u32, Vec<usize>>,
        stored: &mut [Option<Stored>],
    ) {
        let mut waiting = of_buckets.into_iter();
        let mut calls = JoinSet::new();
        loop {
            for (bucket, places) in waiting.by_ref().take(CALLS_AT_ONCE - calls.len()) {
                let batches: Vec<_> = places.iter().map(|&nth| parts[nth].batch.clone()).collect();
                let database = self.clone();
                calls.spawn(async move {
                    let batches: Vec<&str> = batches.iter().map(String::as_str).collect();
                    let result = database.ingest_at(Place::Bucket(bucket), &batches).await;
                    (bucket, places, result)
                });
            }
            let Some(called) = calls.join_next().await else { return };
            let Ok((bucket, places, result)) = called else { continue };
            match result {
                Ok(outcomes) => {
                    for (nth, outcome) in places.into_iter().zip(outcomes) {
                        stored[nth] = Some(Ok(taken(outcome, &parts[nth])));
                    }
                }
                Err(cause) => {
                    if let StoreError::Unavailable(reason) = &cause {
                        self.set_away(cluster, bucket, reason);
                    }
                    for nth in places {
                        stored[nth] = Some(Err(cause.clone()));
                    }
                }
            }
        }
    }

    /// One call; an outcome for each of these batches of valid events, which have the bucket of their database.
    pub(super) async fn send_parts(
        &self,
        parts: &[(u32, &str)],
    ) -> Result<Vec<Outcome>, StoreError> {
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let batches: Vec<&str> = parts.iter().map(|(_, batch)| *batch).collect();
        let buckets: Vec<i32> = parts.iter().map(|(bucket, _)| bucket.cast_signed()).collect();
        let places: Vec<i32> = (0..).take(parts.len()).collect();
        let parameters = [
            (&batches as _, Type::TEXT_ARRAY),
            (&places as _, Type::INT4_ARRAY),
            (&buckets as _, Type::INT4_ARRAY),
        ];
        let mut rows = self.rows_of(INGEST, &batches, &parameters).await?;
        rows.sort_by_key(|row| row.get::<_, i32>(5));
        rows.iter().map(outcome).collect()
    }
}

/// A part is an array of valid events: whoever refuses it as a whole rejects each.
fn taken(outcome: Outcome, part: &Part) -> Ingested {
    outcome.unwrap_or_else(|reason| {
        let rejection = |index| Rejection { index, id: None, reason: reason.clone() };
        let mut ingested = Ingested::default();
        let rejections = (0..part.places.len()).map(rejection).collect();
        ingested.reject(part.places.len(), rejections, |index| index);
        ingested
    })
}
