//! How long traces and events take, line by line.

use raceway_analysis::figures::Performance;
use serde::Serialize;

/// A row of the answer.
#[derive(Default, Serialize)]
pub(super) struct Line {
    subject: &'static str,
    name: Option<String>,
    count: u64,
    avg_ms: f64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    services: Vec<String>,
}

/// Lines for all traces together, which are so many, for each kind of event, for each service, and for the slowest
/// traces.
pub(super) fn lines(performance: Performance, traces: u64) -> Vec<Line> {
    let Performance { trace_latency: all, event_performance, service_latency, .. } = performance;
    let total = Line {
        subject: "all traces",
        count: traces,
        avg_ms: all.avg_ms,
        p50_ms: Some(all.p50_ms),
        p95_ms: Some(all.p95_ms),
        p99_ms: Some(all.p99_ms),
        ..Line::default()
    };
    let line = |subject, name, count, avg_ms| Line {
        subject,
        name: Some(name),
        count,
        avg_ms,
        ..Line::default()
    };
    let kinds = event_performance.by_type.into_iter();
    let services = service_latency.into_iter();
    let slowest = all.slowest_traces.into_iter();
    std::iter::once(total)
        .chain(kinds.map(|kind| line("kind", kind.kind, kind.count, kind.avg_duration_ms)))
        .chain(services.map(|of| line("service", of.service, of.event_count, of.avg_duration_ms)))
        .chain(slowest.map(|trace| Line {
            services: trace.services,
            ..line("trace", trace.trace_id, 1, trace.duration_ms)
        }))
        .collect()
}
