//! Postgres, and what serves while it is away: a spool that keeps what is sent, and a store in
//! memory that shows it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raceway_memory::{Limits, MemoryStore};
use raceway_model::{TracePage, TraceQuery, parse_batch};
use raceway_spool::{Body, SEGMENT_BYTES, Spool, SpoolError, Usage};
use tokio::sync::watch;

use super::activity::{Activity, PostgresActivity};
use super::chunks::Chunks;
use super::circuit::Circuit;
use super::counters::EventCounters;
use super::drain::{Drain, Oldest, Rate};
use super::export::ExportFilter;
use super::group_commit::GroupCommit;
use super::memory::{self, Held};
use super::postgres::Database;
use super::question::{Answer, Question};
use super::replica::Replica;
use super::trace::{Merged, Trace, WHOLE_EVENTS};
use super::{Counts, Ingested, Read, Readiness, State, Store, StoreError, StoredIn};
use crate::delivery::Delivery;
use crate::task;

/// Of events that wait for Postgres, so many bytes can be read meanwhile: the newest traces.
const SHADOW_BYTES: usize = 32 << 20;

/// When clients should try again while nothing drains.
const RETRY_WHILE_AWAY: Duration = Duration::from_secs(10);

/// Where events go while Postgres is away.
pub(crate) struct Fallback {
    pub(crate) spool: Arc<dyn Spool>,
    /// `None` where they are refused.
    pub(crate) stored_in: Option<StoredIn>,
}

/// Whether the schema in the database is the one that this program calls; the error says why not.
pub(crate) type SchemaState = watch::Receiver<Result<(), String>>;

/// Postgres with a fallback.
pub(crate) struct FailoverStore {
    database: Database,
    replica: Option<Replica>,
    writers: GroupCommit,
    circuit: Arc<Circuit>,
    schema: SchemaState,
    fallback: Fallback,
    usage: watch::Receiver<Usage>,
    /// What waits, for reading.
    shadow: Arc<MemoryStore>,
    rate: Arc<Rate>,
    counters: Arc<EventCounters>,
    oldest: Arc<Oldest>,
}

impl FailoverStore {
    /// Starts the tasks that write and drain.
    pub(crate) fn start(
        database: Database,
        replica: Option<Replica>,
        schema: SchemaState,
        fallback: Fallback,
    ) -> Self {
        let circuit = Arc::<Circuit>::default();
        let limits = Limits { max_bytes: SHADOW_BYTES, ..Limits::default() };
        let shadow = Arc::new(MemoryStore::new(limits));
        let rate = Arc::<Rate>::default();
        let counters = Arc::<EventCounters>::default();
        let oldest = Arc::<Oldest>::default();
        let drain = Arc::new(Drain {
            database: database.clone(),
            circuit: Arc::clone(&circuit),
            spool: Arc::clone(&fallback.spool),
            rate: Arc::clone(&rate),
            counters: Arc::clone(&counters),
            oldest: Arc::clone(&oldest),
        });
        task::keep_running("drain", move || Arc::clone(&drain).run());
        let (spool, shown) = (Arc::clone(&fallback.spool), Arc::clone(&shadow));
        task::keep_running("shadow", move || keep_shadow(Arc::clone(&spool), Arc::clone(&shown)));
        FailoverStore {
            writers: GroupCommit::start(&database, &circuit, &counters),
            usage: fallback.spool.usage(),
            database,
            replica,
            circuit,
            schema,
            fallback,
            shadow,
            rate,
            counters,
            oldest,
        }
    }

    /// Keeps a body that Postgres can't be given, for this reason.
    async fn keep(&self, body: Arc<Delivery>, reason: String) -> Result<Ingested, StoreError> {
        let Some(stored_in) = self.fallback.stored_in else {
            return Err(StoreError::Unavailable(reason));
        };
        let batch =
            body.read(parse_batch).map_err(|error| StoreError::Refused(error.to_string()))?;
        let rejected = batch.rejected;
        body.acknowledge(batch.events.len());
        let counters = Arc::clone(&self.counters);
        let count = move |body: &Body| counters.spooled(body.waiting_events(), rejected);
        let kept = append(&self.fallback.spool, Arc::clone(&body), count).await;
        kept.map_err(|error| self.refusal(&error))?;
        let shown = body.read(|_| memory::add(&self.shadow, batch));
        // What has to go can't be read for a while, but it is kept.
        Ok(Ingested { stored_in, evicted: 0, ..shown })
    }

    /// Keeps the events of a body that wait for a database of the cluster, while others of it are stored.
    async fn keep_waiting(
        &self,
        body: Arc<Delivery>,
        mut ingested: Ingested,
    ) -> Result<Ingested, StoreError> {
        let Some(waiting) = ingested.waiting.take() else { return Ok(ingested) };
        self.circuit.obstruct(&waiting.cause);
        let Some(stored_in) = self.fallback.stored_in else {
            return Err(StoreError::Unavailable(waiting.cause.to_string()));
        };
        let rest = Arc::new(body.rest(waiting.text, waiting.events));
        let counters = Arc::clone(&self.counters);
        // Until it is kept, it has its share of the room for the whole.
        let count = move |rest: &Body| {
            let _body = body;
            counters.spooled(rest.waiting_events(), 0);
        };
        let kept = append(&self.fallback.spool, Arc::clone(&rest), count).await;
        kept.map_err(|error| self.refusal(&error))?;
        let batch = rest.read(parse_batch);
        let batch = batch.map_err(|error| StoreError::Internal(error.to_string()))?;
        ingested.add(memory::add(&self.shadow, batch), |index| index);
        Ok(Ingested { stored_in, ..ingested })
    }

    /// Clients should try again when what drains now has made room, by its rate.
    fn refusal(&self, error: &SpoolError) -> StoreError {
        if matches!(error, SpoolError::Stopped) {
            task::end_process(&error.to_string());
        }
        let retry_after = match self.rate.bytes_per_second() {
            0 => RETRY_WHILE_AWAY,
            rate => Duration::from_secs((SEGMENT_BYTES / rate).clamp(1, 60)),
        };
        StoreError::Full { reason: error.to_string(), retry_after }
    }

    /// The answer of the primary, unless it is known to be away.
    async fn ask<T, A>(&self, question: impl FnOnce(Database) -> A) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        match self.circuit.outage() {
            Some(outage) => Err(StoreError::Unavailable(outage.reason)),
            None => question(self.database.clone()).await,
        }
    }

    /// The answer of the replica, or of the primary where there is none.
    async fn read<T, A>(&self, question: impl Fn(Database) -> A) -> Result<T, StoreError>
    where
        A: Future<Output = Result<T, StoreError>>,
    {
        if let Some(replica) = &self.replica
            && let Some(answer) = replica.ask(&question).await
        {
            return answer;
        }
        self.ask(question).await
    }

    /// What Postgres has; where it is away, what the shadow has. A fallback in memory is needed for
    /// that.
    fn or_shadow<T>(
        &self,
        stored: Result<T, StoreError>,
        shadow: impl FnOnce(&MemoryStore) -> T,
    ) -> Result<Read<T>, StoreError> {
        match stored {
            Ok(data) => Ok(Read { data, is_degraded: self.is_waiting() }),
            Err(StoreError::Unavailable(_) | StoreError::Denied(_))
                if self.fallback.stored_in.is_some() =>
            {
                Ok(Read { data: shadow(&self.shadow), is_degraded: true })
            }
            Err(error) => Err(error),
        }
    }

    fn is_waiting(&self) -> bool {
        self.usage.borrow().bytes > 0
    }

    /// What Postgres has rejected of what was acknowledged, since the start.
    fn late_rejections(&self) -> Option<String> {
        let events = self.counters.totals().rejected_late;
        let told = || {
            format!(
                "Postgres has rejected {events} events that were acknowledged: they are in \
                 raceway_rejected, raceway-sidecar quarantine replay stores them when it can"
            )
        };
        (events > 0).then(told)
    }

    fn readiness(&self, usage: Usage, outage: Option<&str>) -> Readiness {
        if let Err(reason) = &*self.schema.borrow() {
            return Readiness::Refusing(reason.clone());
        }
        match outage {
            Some(reason) if self.fallback.stored_in.is_none() => Readiness::Refusing(reason.into()),
            Some(reason) if usage.is_full => {
                Readiness::Refusing(format!("what waits for Postgres has no more room: {reason}"))
            }
            None if usage.backlog > 0 => {
                Readiness::Starting("what waited when the sidecar started is replayed".into())
            }
            _ => Readiness::Ready,
        }
    }
}

/// Goes on when the client goes away: as long as the body is on its way, it has its share of the budget, and
/// it is counted when it is kept.
async fn append(
    spool: &Arc<dyn Spool>,
    delivery: Arc<Delivery>,
    count: impl FnOnce(&Body) + Send + 'static,
) -> Result<(), SpoolError> {
    let spool = Arc::clone(spool);
    let kept = tokio::spawn(async move {
        let kept = spool.append(Arc::clone(&delivery.body)).await;
        if kept.is_ok() {
            count(&delivery);
        }
        kept
    });
    kept.await.expect("appending to a spool does not panic")
}

/// Shows what waited when the process started, and forgets everything when nothing waits.
async fn keep_shadow(spool: Arc<dyn Spool>, shadow: Arc<MemoryStore>) {
    match spool.tail(SHADOW_BYTES as u64).await {
        Ok(bodies) => {
            for batch in bodies.iter().filter_map(|body| parse_batch(&body.text).ok()) {
                memory::add(&shadow, batch);
            }
        }
        Err(error) => tracing::warn!(%error, "can't show what waits in the spool"),
    }
    let mut usage = spool.usage();
    while usage.wait_for(|usage| usage.bytes == 0).await.is_ok() {
        shadow.clear();
        if usage.wait_for(|usage| usage.bytes > 0).await.is_err() {
            return;
        }
    }
}

/// A trace of which some waits for Postgres.
async fn with_waiting(waiting: Held, stored: Option<Trace>) -> Result<Trace, StoreError> {
    let is_long = waiting.len() > WHOLE_EVENTS || stored.as_ref().is_some_and(Trace::is_long);
    let events = Merged::new(waiting, stored.map(Trace::into_events));
    Trace::of(Box::new(events), is_long).await
}

#[async_trait]
impl Store for FailoverStore {
    fn state(&self) -> State {
        let usage = *self.usage.borrow();
        let outage = self.circuit.outage().map(|outage| outage.reason);
        let readiness = self.readiness(usage, outage.as_deref());
        let stored_in = outage.as_ref().and(self.fallback.stored_in).unwrap_or_default();
        let waiting = (usage.bytes > 0).then(|| "events wait for Postgres".to_owned());
        let degraded = outage
            .or_else(|| self.circuit.obstacle())
            .or_else(|| self.database.away())
            .or(waiting)
            .or_else(|| self.late_rejections());
        State { stored_in, readiness, degraded, spool: Some(usage), memory: None }
    }

    fn activity(&self) -> Activity {
        let mut calls = self.database.calls();
        let mut pools = vec![("primary", self.database.pool_status())];
        if let Some(replica) = &self.replica {
            calls.mut_metric().extend(replica.database().calls().take_metric());
            pools.push(("replica", replica.database().pool_status()));
        }
        let postgres = PostgresActivity {
            is_away: self.circuit.outage().is_some(),
            outages: self.circuit.outages(),
            is_obstructed: self.circuit.obstacle().is_some(),
            oldest_waiting: self.oldest.age(),
            queued_requests: self.writers.queued(),
            commits: self.writers.under_way(),
            pools,
            calls,
            deleted: self.database.deleted(),
        };
        Activity { events: self.counters.totals(), postgres: Some(postgres) }
    }

    async fn ingest(&self, body: Arc<Delivery>) -> Result<Ingested, StoreError> {
        if let Some(outage) = self.circuit.outage() {
            return self.keep(body, outage.reason).await;
        }
        match self.writers.ingest(Arc::clone(&body)).await {
            Err(StoreError::Unavailable(reason) | StoreError::Conflict(reason)) => {
                self.keep(body, reason).await
            }
            Err(denied @ StoreError::Denied(_)) => {
                self.circuit.obstruct(&denied);
                self.keep(body, denied.to_string()).await
            }
            Ok(ingested @ Ingested { waiting: Some(_), .. }) => {
                self.keep_waiting(body, ingested).await
            }
            answer => {
                if !self.is_waiting() {
                    self.circuit.pass();
                }
                answer
            }
        }
    }

    async fn trace(&self, trace_id: &str) -> Result<Read<Option<Trace>>, StoreError> {
        let waiting = if self.is_waiting() { memory::events(&self.shadow, trace_id) } else { None };
        let stored = self.read(|database| async move { database.trace(trace_id).await }).await;
        if let Some(waiting) = waiting {
            let stored = stored.ok().flatten();
            let data = Some(with_waiting(waiting, stored).await?);
            return Ok(Read { data, is_degraded: true });
        }
        // Without a trace in the shadow, only Postgres knows whether there is one.
        Ok(Read { data: stored?, is_degraded: self.is_waiting() })
    }

    async fn traces(&self, query: &TraceQuery) -> Result<Read<TracePage>, StoreError> {
        let stored = self.read(|database| async move { database.traces(query).await }).await;
        self.or_shadow(stored, |shadow| shadow.page(query))
    }

    async fn ask(&self, question: Question) -> Result<Read<Answer>, StoreError> {
        let ask = |database: Database| {
            let question = question.clone();
            async move { database.answer(question).await }
        };
        let stored = self.read(ask).await.map(Some);
        let Read { data, is_degraded } = self.or_shadow(stored, |_| None)?;
        let data = match data {
            Some(answer) => answer,
            None => question.look(&self.shadow).await?,
        };
        Ok(Read { data, is_degraded })
    }

    async fn counts(&self) -> Result<Read<Counts>, StoreError> {
        let stored = self.read(|database| async move { database.counts().await }).await;
        self.or_shadow(stored, memory::counts)
    }

    /// Refused while events wait for Postgres: who exports wants all there is.
    async fn export(self: Arc<Self>, filter: ExportFilter) -> Result<Chunks, StoreError> {
        if self.is_waiting() {
            return Err(StoreError::Unavailable("events wait for Postgres".into()));
        }
        self.ask(async |database| database.export(&filter).await).await
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::Ipv4Addr;

    use tokio::sync::Notify;
    use tokio::time::timeout;

    use super::*;
    use crate::body_budget::BodyBudget;

    /// A disk that writes when it is told to.
    #[derive(Default)]
    struct SlowSpool {
        written: Notify,
    }

    #[async_trait]
    impl Spool for SlowSpool {
        async fn append(&self, _body: Arc<Body>) -> Result<(), SpoolError> {
            self.written.notified().await;
            Ok(())
        }

        async fn front(&self, _max_bytes: usize) -> io::Result<Vec<Arc<Body>>> {
            Ok(Vec::new())
        }

        async fn remove(&self, _bodies: usize) {}

        async fn tail(&self, _max_bytes: u64) -> io::Result<Vec<Body>> {
            Ok(Vec::new())
        }

        fn usage(&self) -> watch::Receiver<Usage> {
            watch::Sender::default().subscribe()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_being_written_has_its_share_of_the_room_whoever_waits_for_it() {
        /// More than half of the least room.
        const BYTES: usize = 20 << 20;
        let budget = BodyBudget::new(0);
        let mut share = budget.share(BYTES);
        share.grow_to(BYTES).await.expect("room");
        let delivery = Arc::new(Delivery::new(String::new(), Ipv4Addr::LOCALHOST.into(), share));
        let disk = Arc::new(SlowSpool::default());
        let spool: Arc<dyn Spool> = Arc::<SlowSpool>::clone(&disk);
        let given_up = timeout(Duration::from_secs(1), append(&spool, delivery, |_| ())).await;
        assert!(given_up.is_err(), "written before the disk was told to");
        assert!(budget.share(BYTES).grow_to(BYTES).await.is_err(), "its room was given away");
        disk.written.notify_one();
        budget.share(BYTES).grow_to(BYTES).await.expect("its room when it is written");
    }
}
