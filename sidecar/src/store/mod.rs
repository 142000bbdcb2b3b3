//! Where events are kept. Storage only: what is made of the events is not its business.

pub(crate) mod activity;
pub(crate) mod chunks;
mod circuit;
pub(crate) mod counters;
mod drain;
pub(crate) mod export;
pub(crate) mod failover;
mod group_commit;
mod live;
pub(crate) mod memory;
pub(crate) mod postgres;
pub(crate) mod question;
pub(crate) mod replica;
pub(crate) mod trace;
pub(crate) mod window;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raceway_memory::{Limits, Usage as MemoryUsage};
use raceway_model::{MAX_LISTED_REJECTIONS, Rejection, TracePage, TraceQuery};
use raceway_spool::Usage;
use thiserror::Error;

use self::activity::Activity;
use self::chunks::Chunks;
use self::export::{ExportFilter, Unreadable};
use self::question::{Answer, Question};
use self::trace::Trace;
use crate::body_budget::OverBudget;
use crate::delivery::Delivery;

/// Keeps events, and gives them back.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// How it is.
    fn state(&self) -> State;

    /// What it has done, and is doing.
    fn activity(&self) -> Activity;

    /// Stores the valid events of a request's body, in any of its shapes. All of them are stored
    /// when it returns, or none.
    async fn ingest(&self, delivery: Arc<Delivery>) -> Result<Ingested, StoreError>;

    /// The trace, events in time order; `None` if there is none.
    async fn trace(&self, trace_id: &str) -> Result<Read<Option<Trace>>, StoreError>;

    /// One page of the traces, newest first.
    async fn traces(&self, query: &TraceQuery) -> Result<Read<TracePage>, StoreError>;

    /// What is asked of many traces together.
    async fn ask(&self, question: Question) -> Result<Read<Answer>, StoreError>;

    /// How much there is; fails when the store can't be used.
    async fn counts(&self) -> Result<Read<Counts>, StoreError>;

    /// Everything that is here now and matches. Of what comes meanwhile, some may be exported too;
    /// nothing comes twice.
    async fn export(self: Arc<Self>, filter: ExportFilter) -> Result<Chunks, StoreError>;
}

/// How a store is.
#[derive(Debug)]
pub(crate) struct State {
    /// Where events go at present.
    pub(crate) stored_in: StoredIn,
    /// Why reads may show less than there is, and events may be on their way.
    pub(crate) degraded: Option<String>,
    pub(crate) readiness: Readiness,
    /// Of what waits for Postgres.
    pub(crate) spool: Option<Usage>,
    /// Of the store in memory, where that is the backend.
    pub(crate) memory: Option<(MemoryUsage, Limits)>,
}

/// Whether events should be sent to a store; if not, why.
#[derive(Debug, Default)]
pub(crate) enum Readiness {
    #[default]
    Ready,
    /// Not yet, though they are taken.
    Starting(String),
    /// They are refused, or can't come to where they belong.
    Refusing(String),
}

/// Where events are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StoredIn {
    #[default]
    Postgres,
    Spool,
    Memory,
}

impl StoredIn {
    pub(crate) fn name(self) -> &'static str {
        match self {
            StoredIn::Postgres => "postgres",
            StoredIn::Spool => "spool",
            StoredIn::Memory => "memory",
        }
    }

    /// Whether they survive a crash of this process.
    pub(crate) fn is_durable(self) -> bool {
        self != StoredIn::Memory
    }
}

/// What became of the events of a body.
#[derive(Debug, Default)]
pub(crate) struct Ingested {
    pub(crate) accepted: usize,
    pub(crate) duplicates: usize,
    /// How many events are rejected.
    pub(crate) rejected: usize,
    /// Why, of the first of these.
    pub(crate) rejections: Vec<Rejection>,
    /// Events that had to go for them, which may be among them.
    pub(crate) evicted: u64,
    pub(crate) stored_in: StoredIn,
    /// Valid events that are not stored yet, and not counted above.
    pub(crate) waiting: Option<Box<Waiting>>,
}

/// Events of a body that can't be stored now, while others of it are: those of a database of a cluster that is away.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// A JSON array of them, each as it is read back.
    pub(crate) text: String,
    pub(crate) events: usize,
    /// Why, of the first of them.
    pub(crate) cause: StoreError,
}

impl Ingested {
    /// Adds what became of other events of the body; `place` says where in it one is that is at this index.
    pub(crate) fn add(&mut self, others: Ingested, place: impl Fn(usize) -> usize) {
        self.accepted += others.accepted;
        self.duplicates += others.duplicates;
        self.reject(others.rejected, others.rejections, place);
    }

    /// Adds events that can't be stored now, for this reason; `array` is a JSON array of them.
    pub(crate) fn wait(&mut self, array: &str, events: usize, cause: StoreError) {
        if let Some(waiting) = &mut self.waiting {
            waiting.text.pop();
            waiting.text.push(',');
            waiting.text.push_str(&array[1..]);
            waiting.events += events;
        } else {
            let text = array.to_owned();
            self.waiting = Some(Box::new(Waiting { text, events, cause }));
        }
    }

    /// How many of its events are not stored yet.
    pub(crate) fn waiting_events(&self) -> u32 {
        let events = self.waiting.as_ref().map_or(0, |waiting| waiting.events);
        u32::try_from(events).unwrap_or(u32::MAX)
    }

    /// Adds events that are rejected too, of which some are listed; `place` says where in the body
    /// one is that is at this index of its list.
    pub(crate) fn reject(
        &mut self,
        rejected: usize,
        listed: Vec<Rejection>,
        place: impl Fn(usize) -> usize,
    ) {
        self.rejected += rejected;
        let placed = |listed: Rejection| Rejection { index: place(listed.index), ..listed };
        self.rejections.extend(listed.into_iter().map(placed));
        self.rejections.sort_by_key(|rejection| rejection.index);
        self.rejections.truncate(MAX_LISTED_REJECTIONS);
    }
}

/// What became of a body: the error says why it holds no events.
pub(crate) type Outcome = Result<Ingested, String>;

/// What was read, and whether there may be more.
#[derive(Debug)]
pub(crate) struct Read<T> {
    pub(crate) data: T,
    /// Because Postgres is away, or has not got all of it yet.
    pub(crate) is_degraded: bool,
}

impl<T> Read<T> {
    pub(crate) fn all(data: T) -> Self {
        Read { data, is_degraded: false }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read { data: change(self.data), is_degraded: self.is_degraded }
    }
}

/// How much a store holds.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) traces: u64,
}

/// Why a store could not do what it was asked for.
#[derive(Clone, Debug, Error)]
pub(crate) enum StoreError {
    /// The body holds no events at all.
    #[error("{0}")]
    Refused(String),
    /// It may work later.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// Postgres answers, but its schema or its rights are not as expected: somebody has to mend them.
    #[error("Postgres does not let it be done: {0}; raceway-sidecar doctor says what mends it")]
    Denied(String),
    /// Another session was in the way; it works when tried again.
    #[error("in conflict with other sessions: {0}")]
    Conflict(String),
    /// It will work when something that waits for Postgres has gone there.
    #[error("storage is full while Postgres is away: {reason}")]
    Full { reason: String, retry_after: Duration },
    /// What others read or send takes all the memory there is for it.
    #[error("too many bodies at once")]
    OverBudget,
    /// Of these traces; all others were read.
    #[error("can't read these traces: {0}")]
    Unreadable(Unreadable),
    /// Postgres refuses what it was given, and would again.
    #[error("{0}")]
    Internal(String),
}

impl From<OverBudget> for StoreError {
    fn from(OverBudget: OverBudget) -> Self {
        StoreError::OverBudget
    }
}
