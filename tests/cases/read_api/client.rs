//! Answers about many traces as clients read them: one field of another type, and they refuse the whole.

use serde::Deserialize;

/// `data` of `GET /api/services`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct AllServices {
    pub(super) total_services: u64,
    pub(super) services: Vec<Service>,
    pub(super) services_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) event_count: u64,
    pub(super) trace_count: u64,
}

/// An entry of `data` of `GET /api/services/health`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Health {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) trace_count: u64,
    pub(super) last_activity: String,
    pub(super) avg_events_per_trace: f64,
    pub(super) minutes_since_last_activity: f64,
}

/// `data` of `GET /api/services/{service}/traces`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceTraces {
    pub(super) service_name: String,
    pub(super) total_traces: u64,
    pub(super) page: u64,
    pub(super) page_size: u64,
    pub(super) total_pages: u64,
    pub(super) traces: Vec<ListedTrace>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedTrace {
    pub(super) trace_id: String,
    pub(super) service_name: Option<String>,
    pub(super) event_count: u64,
    pub(super) first_timestamp: String,
    pub(super) last_timestamp: String,
    pub(super) service_count: u64,
    pub(super) services: Vec<String>,
}

/// `data` of `GET /api/services/{service}/dependencies`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Dependencies {
    pub(super) service_name: String,
    pub(super) calls_to: Vec<Neighbour>,
    pub(super) calls_to_omitted: u64,
    pub(super) called_by: Vec<Neighbour>,
    pub(super) called_by_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Neighbour {
    pub(super) to: String,
    pub(super) total_calls: u64,
    pub(super) trace_count: u64,
}

/// `data` of `GET /api/performance/metrics`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Metrics {
    pub(super) trace_latency: TraceLatency,
    pub(super) event_performance: EventPerformance,
    pub(super) service_latency: Vec<ServiceLatency>,
    pub(super) throughput: Throughput,
    pub(super) service_latency_omitted: u64,
    pub(super) by_type_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceLatency {
    pub(super) avg_ms: f64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) slowest_traces: Vec<SlowTrace>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct SlowTrace {
    pub(super) trace_id: String,
    pub(super) duration_ms: f64,
    pub(super) services: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct EventPerformance {
    pub(super) by_type: Vec<KindLatency>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct KindLatency {
    pub(super) r#type: String,
    pub(super) count: u64,
    pub(super) avg_duration_ms: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLatency {
    pub(super) service: String,
    pub(super) event_count: u64,
    pub(super) avg_duration_ms: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Throughput {
    pub(super) events_per_second: f64,
    pub(super) traces_per_second: f64,
    pub(super) time_range_seconds: f64,
}

/// `data` of `GET /api/distributed/edges`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceGraph {
    pub(super) total_edges: usize,
    pub(super) edges: Vec<Edge>,
    pub(super) edges_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Edge {
    pub(super) from_service: String,
    pub(super) to_service: String,
    pub(super) link_type: String,
    pub(super) call_count: u64,
}

/// `data` of `GET /api/distributed/hotspots`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Hotspots {
    pub(super) top_variables: Vec<HotVariable>,
    pub(super) top_service_calls: Vec<HotCall>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct HotVariable {
    pub(super) variable: String,
    pub(super) access_count: u64,
    pub(super) trace_count: u64,
    pub(super) services: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct HotCall {
    pub(super) from_service: String,
    pub(super) to_service: String,
    pub(super) call_count: u64,
}

/// `data` of `GET /api/distributed/global-races`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct GlobalRaces {
    pub(super) total_races: usize,
    pub(super) races: Vec<GlobalRace>,
    pub(super) races_omitted: u64,
    pub(super) omitted_traces: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct GlobalRace {
    pub(super) service: Option<String>,
    pub(super) variable: String,
    pub(super) trace_count: u64,
    pub(super) access_count: u64,
    pub(super) access_types: Vec<String>,
    pub(super) thread_count: u64,
    pub(super) severity: String,
    pub(super) interleavings: u64,
    pub(super) trace_ids: Vec<String>,
}

/// `data` of `GET /api/analyze/global`
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Global {
    pub(super) total_traces: u64,
    pub(super) total_events: u64,
    pub(super) concurrent_events: u64,
    pub(super) potential_races: u64,
    pub(super) is_exact: bool,
    pub(super) omitted_traces: u64,
    pub(super) anomalies: Vec<String>,
    pub(super) race_details: Vec<CrossTraceRace>,
    pub(super) race_details_omitted: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct CrossTraceRace {
    pub(super) severity: String,
    pub(super) pattern: String,
    pub(super) evidence: String,
    pub(super) service: String,
    pub(super) variable: String,
    pub(super) trace1_id: String,
    pub(super) trace2_id: String,
    pub(super) event1_id: String,
    pub(super) event2_id: String,
    pub(super) event1_thread: String,
    pub(super) event2_thread: String,
    pub(super) event1_location: String,
    pub(super) event2_location: String,
    pub(super) event1_timestamp: String,
    pub(super) event2_timestamp: String,
    pub(super) description: String,
}
