//! How long traces and events take.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys::BuiltinOid::{INT8OID, TIMESTAMPTZOID};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::{Part, Performance, SlowTrace};
use raceway_model::Timestamp;
use serde::Serialize;

use super::figures::most;
use super::json;
use super::kept::{Kept, instant};
use super::window::Asked;
use crate::instant::nearest;
use crate::jsonb::Jsonb;
use crate::query::{Query, rows};

thread_local! {
    static EVENT_RANGE: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_event_range($1, $2)",
            &[TIMESTAMPTZOID, TIMESTAMPTZOID],
        )
    };
    static SLOWEST_TRACES: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_slowest_traces($1, $2, $3)",
            &[TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID],
        )
    };
}

/// How long they take in a time.
pub(super) fn measured(call: FunctionCallInfo, asked: &Asked) -> Performance {
    measured_with_traces(call, asked).0
}

/// With how many traces these are.
fn measured_with_traces(call: FunctionCallInfo, asked: &Asked) -> (Performance, u64) {
    let times = asked.window().micros();
    let ends = [instant(times.start), instant(times.end)];
    let kept = Kept::read(call, &[Part::Services, Part::Operations, Part::Traces], times);
    let figures = kept.total();
    let traces = u64::try_from(figures.traces.durations.count()).unwrap_or(0);
    (figures.performance(&kept.names, range(ends), slowest(ends, most(asked))), traces)
}

/// The oldest and the newest event in a time.
fn range([since, until]: [TimestampWithTimeZone; 2]) -> Option<(Timestamp, Timestamp)> {
    let range = rows(&EVENT_RANGE, &[since.into(), until.into()], |row| {
        Some((nearest(row.get(1)?), nearest(row.get(2)?)))
    });
    range.into_iter().flatten().next()
}

fn slowest([since, until]: [TimestampWithTimeZone; 2], most: usize) -> Vec<SlowTrace> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "2^53 µs are 285 years")]
    let slow = rows(&SLOWEST_TRACES, &[since.into(), until.into(), most.into()], |row| SlowTrace {
        trace_id: row.expect(1),
        duration_ms: row.expect::<i64>(2) as f64 / 1e3,
        services: row.expect(3),
    });
    slow
}

#[derive(Default, Serialize)]
struct Line {
    subject: &'static str,
    name: Option<String>,
    count: u64,
    avg_ms: f64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    services: Vec<String>,
}

/// Lines for all traces together, for each kind of event, for each service, and for the slowest traces.
pub(super) fn lines(call: FunctionCallInfo, asked: &Asked) -> Jsonb {
    let (performance, traces) = measured_with_traces(call, asked);
    json(&lines_of(performance, traces))
}

fn lines_of(performance: Performance, traces: u64) -> Vec<Line> {
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
