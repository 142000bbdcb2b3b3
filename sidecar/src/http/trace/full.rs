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
use utoipa::ToSchema;

use super::analysed::{Analysed, NotAnalysed};
use super::races::{self, RaceAnalysis};
use super::stream::{Form, stream};
use super::whole::WholeTrace;
use super::{anomalies, audit_trail, critical_path, dependencies};
use crate::http::AppState;
use crate::http::chunked::Chunked;
use crate::http::envelope::{self, Envelope};
use crate::http::error::ApiError;
use crate::http::event::SdkEvent;
use crate::http::openapi::{NoSuchTrace, ReadFailures};
use crate::http::parameters::{NoParameters, Parameters, TraceId};
use crate::store::Read;
use crate::store::trace::Trace;

/// A trace, and what is found in it.
#[derive(Debug, Serialize, ToSchema)]
struct FullTrace {
    trace_id: String,
    /// In order of time.
    // They are texts, which are written in place of this list: it is empty.
    events: Vec<SdkEvent>,
    /// By the name of the variable.
    audit_trails: BTreeMap<String, Vec<TrailEntry>>,
    analysis: RaceAnalysis,
    critical_path: CriticalPath,
    anomalies: Vec<Anomaly>,
    dependencies: TraceDependencies,
    /// Why all of that is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    analysis_omitted: Option<String>,
}

/// A trace, and what is found in it; a long one is streamed, without what could be found.
#[utoipa::path(
    get,
    operation_id = "read_trace",
    path = "/api/traces/{trace_id}",
    tag = "traces",
    params(TraceId),
    responses(
        (status = 200, description = "the trace", body = Envelope<FullTrace>),
        ReadFailures,
        NoSuchTrace,
    ),
)]
pub(in crate::http) async fn read(
    State(state): State<AppState>,
    TraceId(trace_id): TraceId,
    _: Parameters<NoParameters>,
) -> Result<Response, ApiError> {
    let Read { data: trace, is_degraded } = super::find(&state, &trace_id).await?;
    match trace {
        Trace::Whole(events) => {
            let (id, options) = (trace_id.clone(), Arc::clone(&state.options));
            let analyse = move |events: &[String]| Analysed::of(&id, events, &options);
            let (events, trace) =
                WholeTrace::of(&state.budget, events).await?.make(analyse).await?;
            let anomalies = match &trace {
                Ok(trace) => anomalies::if_known(&state, &trace.causality.trace).await,
                Err(_) => Read::all(Vec::new()),
            };
            let is_degraded = is_degraded || anomalies.is_degraded;
            let write = move |events: &[String]| {
                let trace = match trace {
                    Ok(trace) => FullTrace::of(trace_id, &trace, anomalies.data),
                    Err(reason) => FullTrace::omitted(trace_id, &reason),
                };
                write_whole(events, &trace, is_degraded)
            };
            events.answer(write).await
        }
        Trace::Long(events) => {
            let trace = FullTrace::omitted(trace_id, &NotAnalysed::Long);
            let (head, tail) = around_events(&trace, is_degraded)?;
            let events = stream(events, Form::Array, &state.budget).await?;
            let body = Body::new(Chunked::between(head, events, tail).boxed_unsync());
            Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
        }
    }
}

fn write_whole(
    events: &[String],
    trace: &FullTrace,
    is_degraded: bool,
) -> Result<Vec<u8>, ApiError> {
    let (head, tail) = around_events(trace, is_degraded)?;
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
fn around_events(trace: &FullTrace, is_degraded: bool) -> Result<(String, String), ApiError> {
    const EVENTS: &str = "\"events\":[";
    let (envelope_head, envelope_tail) = envelope::around(is_degraded);
    let trace = serde_json::to_string(trace)?;
    // In a string, quotes are escaped.
    let (head, tail) = trace.split_once(EVENTS).unwrap_or_default();
    Ok((format!("{envelope_head}{head}{EVENTS}"), format!("{tail}{envelope_tail}")))
}

impl FullTrace {
    fn of(trace_id: String, trace: &Analysed, anomalies: Vec<Anomaly>) -> Self {
        FullTrace {
            trace_id,
            events: Vec::new(),
            audit_trails: audit_trail::all_of(trace),
            analysis: races::of(trace),
            critical_path: critical_path::of(trace),
            anomalies,
            dependencies: dependencies::of(trace),
            analysis_omitted: None,
        }
    }

    /// Nothing, in the types that clients expect.
    fn omitted(trace_id: String, reason: &NotAnalysed) -> Self {
        FullTrace {
            events: Vec::new(),
            audit_trails: BTreeMap::new(),
            analysis: RaceAnalysis::default(),
            critical_path: CriticalPath::empty(trace_id.clone()),
            anomalies: Vec::new(),
            dependencies: TraceDependencies {
                trace_id: trace_id.clone(),
                services: Vec::new(),
                dependencies: Vec::new(),
            },
            analysis_omitted: Some(reason.to_string()),
            trace_id,
        }
    }
}
