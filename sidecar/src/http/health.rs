//! `GET /health` and `GET /status`

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::AppState;
use super::envelope::{self, Envelope};
use super::error::ApiError;

/// Raceway replays its traces when it starts, and reports how far it is. Here nothing has to be
/// replayed, so this is always complete.
#[derive(Debug, Serialize)]
pub(crate) struct Warmup {
    phase: &'static str,
    ready: bool,
    total_traces: u64,
    processed_traces: u64,
    last_trace: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
    last_error: Option<String>,
}

impl Warmup {
    fn completed(traces: u64) -> Self {
        Warmup {
            phase: "completed",
            ready: true,
            total_traces: traces,
            processed_traces: traces,
            last_trace: None,
            started_at: None,
            completed_at: None,
            last_error: None,
        }
    }
}

/// What this server is and holds.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    version: &'static str,
    uptime_seconds: u64,
    events_captured: u64,
    traces_active: u64,
    warmup: Warmup,
    storage: &'static str,
    durable: bool,
}

/// 200 when the store answers, else 503.
pub(crate) async fn health(
    State(state): State<AppState>,
) -> Result<Json<Envelope<Warmup>>, ApiError> {
    let counts = state.store.counts().await?;
    Ok(envelope::success(Warmup::completed(counts.traces)))
}

pub(crate) async fn status(
    State(state): State<AppState>,
) -> Result<Json<Envelope<Status>>, ApiError> {
    let counts = state.store.counts().await?;
    Ok(envelope::success(Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: state.started.elapsed().as_secs(),
        events_captured: counts.events,
        traces_active: counts.traces,
        warmup: Warmup::completed(counts.traces),
        storage: state.store.name(),
        durable: state.store.is_durable(),
    }))
}
