//! Brings what waits in the spool to Postgres, and finds out when it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use raceway_spool::{Body, Spool};
use tokio::time::sleep;

use super::circuit::Circuit;
use super::counters::EventCounters;
use super::postgres::Database;
use super::{Ingested, Outcome, StoreError};
use crate::delivery::{now, rest};
use crate::quarantine::{self, LateRejection};

/// Between two tries while Postgres is away: doubled each time, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Of bodies in one transaction. More would make others wait longer for their rows of traces.
const MAX_BYTES: usize = 1 << 20;

/// A body over which Postgres fails so often while it answers others gives way to what waits
/// behind it.
const MAX_FAILURES: u32 = 3;

/// What the drain works with.
pub(super) struct Drain {
    pub(super) database: Database,
    pub(super) circuit: Arc<Circuit>,
    pub(super) spool: Arc<dyn Spool>,
    pub(super) rate: Arc<Rate>,
    pub(super) counters: Arc<EventCounters>,
    pub(super) oldest: Arc<Oldest>,
}

/// How fast the spool drains.
#[derive(Default)]
pub(super) struct Rate(AtomicU64);

impl Rate {
    /// Bytes a second, of late; 0 while nothing drains.
    pub(super) fn bytes_per_second(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn observe(&self, bytes: usize, elapsed: Duration) {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate needs no more digits"
        )]
        let now = (bytes as f64 / elapsed.as_secs_f64().max(1e-6)) as u64;
        let before = self.bytes_per_second();
        self.0.store(if before == 0 { now } else { (before * 7 + now) / 8 }, Ordering::Relaxed);
    }

    fn stop(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// When what waits first in the spool was received.
#[derive(Default)]
pub(super) struct Oldest(AtomicI64);

impl Oldest {
    /// How long it has waited; 0 where nothing does.
    pub(super) fn age(&self) -> Duration {
        match self.0.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            micros => {
                let micros = now().micros().saturating_sub(micros);
                Duration::from_micros(micros.try_into().unwrap_or_default())
            }
        }
    }

    fn observe(&self, first: Option<&Arc<Body>>) {
        let micros = first.map_or(0, |body| body.received_at.micros());
        self.0.store(micros, Ordering::Relaxed);
    }
}

/// How much is tried at once, and when.
struct Pace {
    bytes: usize,
    pause: Duration,
    /// In a row, over the same first body.
    failures: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { bytes: MAX_BYTES, pause: SHORTEST_PAUSE, failures: 0 }
    }
}

impl Pace {
    async fn pause(&mut self) {
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

impl Drain {
    /// Runs for ever.
    pub(super) async fn run(self: Arc<Self>) {
        let mut pace = Pace::default();
        loop {
            self.work().await;
            match self.step(&mut pace).await {
                Ok(()) => {
                    pace.pause = SHORTEST_PAUSE;
                    self.circuit.close();
                    if self.spool.usage().borrow().bytes == 0 {
                        self.oldest.observe(None);
                        self.circuit.pass();
                    }
                }
                Err(error) => {
                    self.rate.stop();
                    tracing::debug!(%error, "can't drain");
                    pace.pause().await;
                }
            }
        }
    }

    /// Waits until something is in the spool or Postgres is away.
    async fn work(&self) {
        let mut usage = self.spool.usage();
        tokio::select! {
            _ = usage.wait_for(|usage| usage.bytes > 0) => {}
            () = self.circuit.opened() => {}
        }
    }

    /// One transaction; or, where nothing waits, one look at whether Postgres is back.
    async fn step(&self, pace: &mut Pace) -> Result<(), StoreError> {
        let started = Instant::now();
        let unreadable = |error| StoreError::Unavailable(format!("the spool: {error}"));
        let bodies = self.spool.front(pace.bytes).await.map_err(unreadable)?;
        self.oldest.observe(bodies.first());
        if bodies.is_empty() {
            // Postgres is away; or a body is just being written.
            sleep(SHORTEST_PAUSE).await;
            return self.database.probe().await;
        }
        if let Some(failures) = bodies.iter().map(|body| body.failures).min().filter(|&n| n > 0) {
            sleep(LONGEST_PAUSE * failures.min(60)).await;
        }
        match self.store(&bodies).await {
            // All of it waits for databases of the cluster.
            Ok(0) => {
                self.spool.remove(bodies.len()).await;
                sleep(LONGEST_PAUSE).await;
                Ok(())
            }
            Ok(_) => {
                *pace = Pace { bytes: (pace.bytes * 2).min(MAX_BYTES), ..Pace::default() };
                self.spool.remove(bodies.len()).await;
                let bytes = bodies.iter().map(|body| body.text.len()).sum();
                self.rate.observe(bytes, started.elapsed());
                Ok(())
            }
            Err(error) => self.failed(error, &bodies, pace).await,
        }
    }

    /// Says of how many bodies something was stored, or rejected. What has to wait for a database of a cluster goes
    /// behind all others.
    async fn store(&self, bodies: &[Arc<Body>]) -> Result<usize, StoreError> {
        let mut outcomes = self.database.ingest(bodies).await?;
        for (body, outcome) in bodies.iter().zip(&mut outcomes) {
            if let Ok(Ingested { waiting: Some(waiting), .. }) = outcome {
                self.circuit.obstruct(&waiting.cause);
                let rest = rest(body, std::mem::take(&mut waiting.text), waiting.events);
                let kept = self.spool.append(Arc::new(rest)).await;
                kept.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            }
        }
        let late: Vec<Option<LateRejection>> = bodies
            .iter()
            .zip(&outcomes)
            .map(|(body, outcome)| LateRejection::of(body, outcome))
            .collect();
        let mut entries = Vec::new();
        for ((body, outcome), late) in bodies.iter().zip(&outcomes).zip(&late) {
            match late {
                Some(late) => entries.push(late.entry(body)),
                None => entries.extend(quarantine::entries(body, outcome)),
            }
        }
        self.database.quarantine(&entries).await?;
        late.iter().flatten().for_each(tell);
        for ((body, outcome), late) in bodies.iter().zip(&outcomes).zip(&late) {
            let late = late.as_ref().map_or(0, |late| late.events);
            let waiting = outcome.as_ref().map_or(0, Ingested::waiting_events);
            let drained = body.waiting_events().saturating_sub(waiting);
            self.counters.drained(drained, outcome.as_ref().ok(), late);
        }
        Ok(bodies.iter().zip(&outcomes).filter(|(body, outcome)| is_settled(body, outcome)).count())
    }

    /// Whether it is Postgres that is away, or these bodies that it fails over (by taking too long,
    /// say): then fewer are tried, and at last the first one is put behind all others.
    async fn failed(
        &self,
        error: StoreError,
        bodies: &[Arc<Body>],
        pace: &mut Pace,
    ) -> Result<(), StoreError> {
        if let Err(away) = self.database.probe().await {
            self.circuit.open(&away.to_string());
            return Err(away);
        }
        self.circuit.close();
        self.circuit.obstruct(&error);
        pace.bytes = if bodies.len() > 1 { pace.bytes / 2 } else { 1 };
        pace.failures += u32::from(bodies.len() == 1);
        if pace.failures >= MAX_FAILURES {
            self.put_last(&bodies[0], &error).await?;
            pace.failures = 0;
        }
        Err(error)
    }

    async fn put_last(&self, body: &Body, error: &StoreError) -> Result<(), StoreError> {
        let again = Body { failures: body.failures + 1, ..body.clone() };
        let Body { failures, source, .. } = &again;
        // What all of them may wait for is told once.
        if !matches!(error, StoreError::Denied(_)) {
            tracing::warn!(failures, %source, "Postgres fails over a body: it goes last");
        }
        let kept = self.spool.append(Arc::new(again)).await;
        kept.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        self.spool.remove(1).await;
        Ok(())
    }
}

/// Whether something of a body waits no more.
fn is_settled(body: &Body, outcome: &Outcome) -> bool {
    let waiting = outcome.as_ref().map_or(0, Ingested::waiting_events);
    waiting == 0 || waiting < body.waiting_events()
}

/// Somebody was told that these events are stored.
fn tell(late: &LateRejection) {
    let LateRejection { events, reason, .. } = late;
    tracing::error!(
        events,
        reason,
        "Postgres rejects what was acknowledged: kept in raceway_rejected"
    );
}
