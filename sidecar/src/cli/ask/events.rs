//! The events of one trace, as the API answers them.

use std::collections::HashMap;

use raceway_analysis::{Trace, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::client::{Client, Data};
use super::findings::Analysis;
use super::{AskError, text};

/// What is shown of `GET /api/traces/{trace_id}`.
#[derive(Deserialize)]
pub(super) struct FullTrace {
    pub(super) trace_id: String,
    events: Vec<Box<RawValue>>,
    pub(super) analysis: Analysis,
    pub(super) critical_path: CriticalPath,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) dependencies: Dependencies,
    pub(super) analysis_omitted: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CriticalPath {
    pub(super) path_events: u64,
    pub(super) total_duration_ms: f64,
    pub(super) trace_total_duration_ms: f64,
    pub(super) percentage_of_total: f64,
    pub(super) path: Vec<Step>,
}

#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Anomaly {
    pub(super) event_id: String,
    pub(super) event_kind: String,
    pub(super) severity: String,
    pub(super) description: String,
    pub(super) location: String,
}

#[derive(Deserialize)]
pub(super) struct Dependencies {
    pub(super) dependencies: Vec<Calls>,
}

#[derive(Deserialize)]
pub(super) struct Calls {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call_count: u64,
}

impl FullTrace {
    /// The events in order of time, each with what it means.
    pub(super) fn trace(&self) -> Trace {
        let mut builder = TraceBuilder::new(&self.trace_id);
        for event in self.events.iter().filter_map(|json| EventView::parse(json.get()).ok()) {
            builder.add(&event);
        }
        builder.finish()
    }
}

/// When each event happened, by its id.
pub(super) fn instants(trace: &Trace) -> HashMap<String, Timestamp> {
    let events = (0..).zip(trace.events());
    events.map(|(event, _)| (trace.event_id(event).to_owned(), trace.timestamp(event))).collect()
}

/// The answer about a trace.
pub(super) fn ask(client: &Client, trace_id: &str) -> Result<Data, AskError> {
    let answer = client.get(&format!("/api/traces/{}", text::encoded(trace_id)), &[]);
    answer.map_err(|error| match error {
        AskError::Failed { sidecar, status: 404, .. } => {
            AskError::NoTrace { sidecar, trace_id: trace_id.to_owned() }
        }
        error => error,
    })
}
