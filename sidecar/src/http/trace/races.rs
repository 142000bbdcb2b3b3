//! `analysis` of `GET /api/traces/{trace_id}`: which accesses race.

use raceway_analysis::races::{Race, anomaly_lines};
use raceway_analysis::severity::Severity;
use serde::Serialize;
use utoipa::ToSchema;

use super::analysed::Analysed;

/// The races of a trace.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct RaceAnalysis {
    /// The same number as the next: accesses that are merely concurrent do no harm.
    concurrent_events: u64,
    /// Pairs of accesses, all of them.
    potential_races: u64,
    /// Lines of text.
    anomalies: Vec<String>,
    race_details: Vec<RaceDetail>,
    race_details_omitted: u64,
}

/// Two accesses that race, the earlier one first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RaceDetail {
    severity: Severity,
    variable: String,
    event1_id: String,
    event2_id: String,
    event1_thread: String,
    event2_thread: String,
    event1_location: String,
    event2_location: String,
    event1_access_type: &'static str,
    event2_access_type: &'static str,
    description: String,
    /// Why it is a race: the order and the lock that are missing.
    reason: String,
}

pub(super) fn of(Analysed { races, .. }: &Analysed) -> RaceAnalysis {
    RaceAnalysis {
        concurrent_events: races.found,
        potential_races: races.found,
        anomalies: anomaly_lines(races),
        race_details: races.shown.iter().map(detail).collect(),
        race_details_omitted: races.omitted,
    }
}

pub(super) fn detail(race: &Race) -> RaceDetail {
    let Race { first, second, .. } = race;
    RaceDetail {
        severity: race.severity,
        variable: race.variable.clone(),
        event1_id: first.event_id.clone(),
        event2_id: second.event_id.clone(),
        event1_thread: first.thread.clone(),
        event2_thread: second.thread.clone(),
        event1_location: first.location.clone(),
        event2_location: second.location.clone(),
        event1_access_type: first.access_type,
        event2_access_type: second.access_type,
        description: race.description.clone(),
        reason: race.reason.clone(),
    }
}
