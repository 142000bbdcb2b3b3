//! `GET /livez`, `/readyz`, `/health` and `/status`

use axum::Json;
use axum::extract::State;
use raceway_memory::{Limits, Usage as MemoryUsage};
use raceway_spool::Usage;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;
use super::openapi::{KeyFailures, NotReady};
use crate::log;
use crate::store::{self, Counts, Readiness};

/// That the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    alive: bool,
}

/// That events should be sent here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    ready: bool,
    #[serde(flatten)]
    degradation: Degradation,
}

/// Whether events wait for Postgres, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Degradation {
    degraded: bool,
    #[schema(required)]
    reason: Option<String>,
}

impl From<Option<String>> for Degradation {
    fn from(reason: Option<String>) -> Self {
        Degradation { degraded: reason.is_some(), reason }
    }
}

/// How far the replay is of what waited when the server started, in the shape of Raceway's own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warmup {
    phase: &'static str,
    ready: bool,
    total_traces: u64,
    processed_traces: u64,
    #[schema(required)]
    last_trace: Option<String>,
    #[schema(required)]
    started_at: Option<String>,
    #[schema(required)]
    completed_at: Option<String>,
    #[schema(required)]
    last_error: Option<String>,
}

impl Warmup {
    fn of(counts: &Counts, state: &store::State) -> Self {
        let ready = !matches!(state.readiness, Readiness::Starting(_));
        Warmup {
            phase: if ready { "completed" } else { "replaying" },
            ready,
            total_traces: counts.traces,
            processed_traces: counts.traces,
            last_trace: None,
            started_at: None,
            completed_at: None,
            last_error: state.degraded.clone(),
        }
    }
}

/// What this server is and holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    version: &'static str,
    uptime_seconds: u64,
    events_captured: u64,
    traces_active: u64,
    /// Of the log: there was no way to write them.
    lost_log_lines: u64,
    warmup: Warmup,
    storage: &'static str,
    durable: bool,
    #[serde(flatten)]
    degradation: Degradation,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Spool)]
    spool: Option<Spool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Memory)]
    memory: Option<Memory>,
}

/// What waits for Postgres.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SpoolUsage)]
pub(crate) struct Spool {
    bytes: u64,
    max_bytes: u64,
    /// Places that could not be read, since the start.
    damaged: u64,
}

impl From<Usage> for Spool {
    fn from(usage: Usage) -> Self {
        Spool { bytes: usage.bytes, max_bytes: usage.max_bytes, damaged: usage.damaged }
    }
}

/// What the store in memory takes, and what it had to evict since the start.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemoryUsage)]
pub(crate) struct Memory {
    bytes: usize,
    max_bytes: usize,
    evicted_events: u64,
    evicted_traces: u64,
}

impl From<(MemoryUsage, Limits)> for Memory {
    fn from((usage, limits): (MemoryUsage, Limits)) -> Self {
        Memory {
            bytes: usage.bytes,
            max_bytes: limits.max_bytes,
            evicted_events: usage.evicted_events,
            evicted_traces: usage.evicted_traces,
        }
    }
}

/// 200 while the process runs. It touches nothing.
#[utoipa::path(
    get,
    operation_id = "livez",
    path = "/livez",
    tag = "state",
    responses((status = 200, description = "as it is", body = Envelope<Alive>)),
)]
pub(crate) async fn livez() -> Json<Envelope<Alive>> {
    envelope::success(Alive { alive: true })
}

/// 503 while no events should be sent here; else whether they have to wait for Postgres.
#[utoipa::path(
    get,
    operation_id = "readyz",
    path = "/readyz",
    tag = "state",
    responses((status = 200, description = "as it is", body = Envelope<Ready>), NotReady),
)]
pub(crate) async fn readyz(
    State(state): State<AppState>,
) -> Result<Json<Envelope<Ready>>, ApiError> {
    let state = state.store.state();
    match state.readiness {
        Readiness::Ready => {
            Ok(envelope::success(Ready { ready: true, degradation: state.degraded.into() }))
        }
        Readiness::Starting(reason) | Readiness::Refusing(reason) => {
            Err(ApiError::NotReady(reason))
        }
    }
}

/// 503 while events can't be stored.
#[utoipa::path(
    get,
    operation_id = "health",
    path = "/health",
    tag = "state",
    responses(
        (status = 200, description = "as it is", body = Envelope<Warmup>),
        KeyFailures,
        NotReady,
    ),
)]
pub(crate) async fn health(
    State(state): State<AppState>,
) -> Result<Json<Envelope<Warmup>>, ApiError> {
    let counts = state.store.counts().await?;
    let state = state.store.state();
    match state.readiness {
        Readiness::Refusing(reason) => Err(ApiError::NotReady(reason)),
        _ => Ok(envelope::read(counts.map(|counts| Warmup::of(&counts, &state)))),
    }
}

/// What this server is and holds.
#[utoipa::path(
    get,
    operation_id = "status",
    path = "/status",
    tag = "state",
    responses(
        (status = 200, description = "as it is", body = Envelope<Status>),
        KeyFailures,
        NotReady,
    ),
)]
pub(crate) async fn status(
    State(app): State<AppState>,
) -> Result<Json<Envelope<Status>>, ApiError> {
    let counts = app.store.counts().await?;
    let state = app.store.state();
    Ok(envelope::read(counts.map(|counts| Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: app.started.elapsed().as_secs(),
        events_captured: counts.events,
        traces_active: counts.traces,
        lost_log_lines: log::lost_lines(),
        warmup: Warmup::of(&counts, &state),
        storage: state.stored_in.name(),
        durable: state.stored_in.is_durable(),
        degradation: state.degraded.into(),
        spool: state.spool.map(Spool::from),
        memory: state.memory.map(Memory::from),
    })))
}
