//! `GET /api/analyze/global`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use raceway_analysis::global::{CrossTraceRace, GlobalAnalysis, Searched};
use raceway_analysis::interleavings::{Evidence, Pattern};
use raceway_analysis::severity::Severity;
use raceway_analysis::trace::UNKNOWN;
use raceway_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::answered::answered;
use super::envelope::Envelope;
use super::error::ApiError;
use super::openapi::ReadFailures;
use super::parameters::{Parameters, PeriodParameters};
use crate::store::question::{Answer, Question};

/// What two traces do to each other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GlobalAnalysis)]
pub(crate) struct Global {
    /// Traces and events that were looked at.
    total_traces: u64,
    total_events: u64,
    /// The same number as the next.
    concurrent_events: u64,
    potential_races: u64,
    /// Else there are more.
    is_exact: bool,
    /// Traces that were not looked at.
    omitted_traces: u64,
    /// Lines of text.
    anomalies: Vec<String>,
    /// Newest first.
    race_details: Vec<Detail>,
    race_details_omitted: u64,
}

/// An access of another trace, and the one that it came before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrossTraceRace)]
struct Detail {
    /// `Critical`, `Warning`: here clients color no other spelling.
    severity: &'static str,
    pattern: Pattern,
    evidence: Evidence,
    service: String,
    variable: String,
    trace1_id: String,
    trace2_id: String,
    event1_id: String,
    event2_id: String,
    event1_thread: String,
    event2_thread: String,
    event1_location: String,
    event2_location: String,
    event1_timestamp: Timestamp,
    event2_timestamp: Timestamp,
    description: String,
}

/// What requests of different traces did to each other.
#[utoipa::path(
    get,
    operation_id = "analyze_global",
    path = "/api/analyze/global",
    tag = "across traces",
    params(PeriodParameters),
    responses(
        (status = 200, description = "what was found", body = Envelope<Global>),
        ReadFailures,
    ),
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Parameters(parameters): Parameters<PeriodParameters>,
) -> Result<Json<Envelope<Global>>, ApiError> {
    let global = |answer| match answer {
        Answer::GlobalAnalysis(searched) => Some(global(searched)),
        _ => None,
    };
    answered(
        &state,
        Question::GlobalAnalysis(parameters.into(), Arc::clone(&state.options)),
        global,
    )
    .await
}

fn global(searched: Searched<GlobalAnalysis>) -> Global {
    let GlobalAnalysis { potential_races, is_exact, race_details, anomalies } = searched.found;
    Global {
        total_traces: searched.traces,
        total_events: searched.events,
        concurrent_events: potential_races,
        potential_races,
        is_exact: is_exact && searched.omitted_traces == 0,
        omitted_traces: searched.omitted_traces,
        anomalies,
        race_details_omitted: potential_races.saturating_sub(race_details.len() as u64),
        race_details: race_details.into_iter().map(detail).collect(),
    }
}

fn detail(race: CrossTraceRace) -> Detail {
    let CrossTraceRace { event1, event2, .. } = race;
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    Detail {
        severity: match race.severity {
            Severity::Critical => "Critical",
            Severity::Warning => "Warning",
        },
        pattern: race.pattern,
        evidence: race.evidence,
        service: race.service,
        variable: race.variable,
        trace1_id: event1.trace_id,
        trace2_id: event2.trace_id,
        event1_id: event1.event_id,
        event2_id: event2.event_id,
        event1_thread: or_unknown(event1.thread),
        event2_thread: or_unknown(event2.thread),
        event1_location: or_unknown(event1.location),
        event2_location: or_unknown(event2.location),
        event1_timestamp: event1.timestamp,
        event2_timestamp: event2.timestamp,
        description: race.description,
    }
}
