//! The answers about a trace as clients read them: one field of another type, and they refuse the whole.
//! Fields that are `null` must be there too, so they are deserialized by a function: serde takes a missing
//! one for `None` otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// `data` of `GET /api/traces/{trace_id}`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) trace_id: String,
    pub(super) events: Vec<Event>,
    pub(super) audit_trails: BTreeMap<String, Vec<TrailEntry>>,
    pub(super) analysis: Analysis,
    pub(super) critical_path: CriticalPath,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) dependencies: TraceDependencies,
    pub(super) analysis_omitted: Option<String>,
}

/// Others of its fields are anything.
#[derive(Debug, Deserialize, PartialEq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) trace_id: String,
    pub(super) timestamp: String,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) parent_id: Option<String>,
    pub(super) kind: Map<String, Value>,
    pub(super) metadata: Metadata,
    pub(super) causality_vector: Vec<(String, f64)>,
    pub(super) lock_set: Vec<Value>,
}

#[derive(Debug, Deserialize, PartialEq)]
pub(super) struct Metadata {
    pub(super) thread_id: String,
    pub(super) service_name: String,
    pub(super) environment: String,
    pub(super) tags: Map<String, Value>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) duration_ns: Option<u64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct TrailEntry {
    pub(super) event_id: String,
    pub(super) timestamp: String,
    pub(super) thread_id: String,
    pub(super) service_name: String,
    pub(super) access_type: String,
    pub(super) location: String,
    pub(super) old_value: Value,
    pub(super) new_value: Value,
    pub(super) has_causal_link_to_previous: bool,
    pub(super) is_race: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Analysis {
    pub(super) concurrent_events: u64,
    pub(super) potential_races: u64,
    pub(super) anomalies: Vec<String>,
    pub(super) race_details: Vec<RaceDetail>,
    pub(super) race_details_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct RaceDetail {
    pub(super) severity: String,
    pub(super) variable: String,
    pub(super) event1_id: String,
    pub(super) event2_id: String,
    pub(super) event1_thread: String,
    pub(super) event2_thread: String,
    pub(super) event1_location: String,
    pub(super) event2_location: String,
    pub(super) event1_access_type: String,
    pub(super) event2_access_type: String,
    pub(super) description: String,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct CriticalPath {
    pub(super) trace_id: String,
    pub(super) path_events: u64,
    pub(super) total_duration_ms: f64,
    pub(super) trace_total_duration_ms: f64,
    pub(super) percentage_of_total: f64,
    pub(super) path: Vec<Step>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) location: String,
    pub(super) timestamp: String,
    pub(super) duration_ms: f64,
    pub(super) recorded_duration_ms: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Anomaly {
    pub(super) event_id: String,
    pub(super) event_kind: String,
    pub(super) severity: String,
    pub(super) actual_duration_ms: f64,
    pub(super) expected_duration_ms: f64,
    pub(super) std_dev_from_mean: f64,
    pub(super) description: String,
    pub(super) location: String,
    pub(super) timestamp: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceDependencies {
    pub(super) trace_id: String,
    pub(super) services: Vec<Service>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) event_count: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Dependency {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call_count: u64,
}

/// `data` of `GET /api/traces/{trace_id}/anomalies`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceAnomalies {
    pub(super) trace_id: String,
    pub(super) anomaly_count: usize,
    pub(super) anomalies: Vec<Anomaly>,
}

/// `data` of `GET /api/traces/{trace_id}/audit-trail/{variable}`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditTrail {
    pub(super) trace_id: String,
    pub(super) variable: String,
    pub(super) accesses: Vec<TrailEntry>,
}
