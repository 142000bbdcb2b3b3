//! `GET /api/traces/{trace_id}`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use raceway_analysis::anomalies::Anomaly;
use raceway_analysis::audit::TrailEntry;
use raceway_analysis::critical_path::CriticalPath;
use raceway_analysis::dependencies::TraceDependencies;
use raceway_model::sdk_event;
use serde::Serialize;
use serde_json::json;

use super::analysed::{Analysed, NotAnalysed};
use super::races::{self, RaceAnalysis};
use super::stream::stream;
use super::{anomalies, audit_trail, critical_path, dependencies, whole};
use crate::http::AppState;
use crate::http::chunked::Chunked;
use crate::http::envelope;
use crate::http::error::ApiError;
use crate::http::parameters::{NoParameters, Parameters, TraceId};
use crate::store::Read;
use crate::store::trace::Trace;

/// What stands behind the events.
#[derive(Debug, Serialize)]
struct Parts {
    audit_trails: BTreeMap<String, Vec<TrailEntry>>,
    analysis: RaceAnalysis,
    critical_path: Option<CriticalPath>,
    anomalies: Vec<Anomaly>,
    dependencies: TraceDependencies,
    /// Why all of that is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis_omitted: Option<String>,
}

/// A long trace is streamed, without what could be found in it.
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    let Read { data: trace, is_degraded } = super::find(&state, &trace_id).await?;
    match trace {
        Trace::Whole(events) => {
            let anomalies = anomalies::if_known(&state, &trace_id).await;
            let is_degraded = is_degraded || anomalies.is_degraded;
            let options = Arc::clone(&state.options);
            let write = move |events: &[String]| {
                let parts = match Analysed::of(&trace_id, events, &options) {
                    Ok(trace) => Parts::of(&trace, anomalies.data),
                    Err(reason) => Parts::omitted(&trace_id, &reason),
                };
                write_whole(&trace_id, events, &parts, is_degraded)
            };
            whole::answer(&state.room, events, write).await
        }
        Trace::Long(events) => {
            let parts = Parts::omitted(&trace_id, &NotAnalysed::Long);
            let (head, tail) = around_events(&trace_id, &parts, is_degraded)?;
            let events = stream(events, &state.room).await?;
            let body = Body::new(Chunked::between(head, events, tail).boxed_unsync());
            Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
        }
    }
}

fn write_whole(
    trace_id: &str,
    events: &[String],
    parts: &Parts,
    is_degraded: bool,
) -> Result<Vec<u8>, ApiError> {
    let (head, tail) = around_events(trace_id, parts, is_degraded)?;
    let mut json = head;
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str(&sdk_event(event));
    }
    json.push_str(&tail);
    Ok(json.into_bytes())
}

/// What is before the events in an answer, and after them.
fn around_events(
    trace_id: &str,
    parts: &Parts,
    is_degraded: bool,
) -> Result<(String, String), ApiError> {
    let (envelope_head, envelope_tail) = envelope::around(is_degraded);
    let parts = serde_json::to_string(parts)?;
    let fields = parts.strip_prefix('{').unwrap_or_default();
    Ok((
        format!("{envelope_head}{{\"trace_id\":{},\"events\":[", json!(trace_id)),
        format!("],{fields}{envelope_tail}"),
    ))
}

impl Parts {
    fn of(trace: &Analysed, anomalies: Vec<Anomaly>) -> Self {
        Parts {
            audit_trails: audit_trail::all_of(trace),
            analysis: races::of(trace),
            critical_path: critical_path::of(trace),
            anomalies,
            dependencies: dependencies::of(trace),
            analysis_omitted: None,
        }
    }

    /// Nothing, in the types that clients expect: a critical path of no events, as those that show one must
    /// not lose it when a trace grows.
    fn omitted(trace_id: &str, reason: &NotAnalysed) -> Self {
        Parts {
            audit_trails: BTreeMap::new(),
            analysis: RaceAnalysis::default(),
            critical_path: Some(CriticalPath {
                trace_id: trace_id.to_owned(),
                path_events: 0,
                total_duration_ms: 0.0,
                trace_total_duration_ms: 0.0,
                percentage_of_total: 0.0,
                path: Vec::new(),
            }),
            anomalies: Vec::new(),
            dependencies: TraceDependencies {
                trace_id: trace_id.to_owned(),
                services: Vec::new(),
                dependencies: Vec::new(),
            },
            analysis_omitted: Some(reason.to_string()),
        }
    }
}
