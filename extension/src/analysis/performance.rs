//! How long traces and events take.

use std::collections::BTreeSet;

use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::Trace;
use raceway_analysis::figures::{Performance, SlowTrace, slowest};
use raceway_model::Timestamp;
use serde::Serialize;

use super::figures::{most, of_window};
use super::json;
use super::window::Asked;
use crate::jsonb::Jsonb;

/// Lines for all traces together, for each kind of event, for each service, and for the slowest traces.
pub(super) fn answer(call: FunctionCallInfo, asked: &Asked) -> Jsonb {
    let window = asked.window();
    let times = window.from.micros()..window.until.micros().saturating_add(1);
    let mut range: Option<(i64, i64)> = None;
    let mut spans = Vec::new();
    let (figures, borders) = of_window(call, &asked.traces(), window, |trace| {
        let of_trace = trace.events().iter().map(|event| event.time);
        for time in of_trace.filter(|time| times.contains(time)) {
            range =
                Some(range.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        }
        spans.extend(Span::of(trace).filter(|span| times.contains(&span.last)));
    });
    let range = range.map(|(first, last)| (Timestamp::nearest(first), Timestamp::nearest(last)));
    let traces = u64::try_from(spans.len()).unwrap_or(u64::MAX);
    let slowest = slow_traces(&spans, most(asked));
    json(&lines(figures.window(window, borders).performance(range, slowest), traces))
}

/// From when to when a trace has events.
struct Span {
    trace_id: String,
    first: i64,
    last: i64,
    services: Vec<String>,
}

impl Span {
    fn of(trace: &Trace) -> Option<Self> {
        let (first, last) = (trace.events().first()?, trace.events().last()?);
        let services = trace.events().iter().map(|event| trace.text(event.service));
        let services: BTreeSet<&str> = services.collect();
        Some(Span {
            trace_id: trace.id.clone(),
            first: first.time,
            last: last.time,
            services: services.into_iter().map(str::to_owned).collect(),
        })
    }
}

fn slow_traces(spans: &[Span], most: usize) -> Vec<SlowTrace> {
    let spans = spans.iter().map(|span| (span.last - span.first, &*span.trace_id, span));
    let slow = slowest(spans, most).into_iter();
    #[expect(clippy::cast_precision_loss, reason = "2^53 µs are 285 years")]
    slow.map(|(micros, id, span)| SlowTrace {
        trace_id: id.to_owned(),
        duration_ms: micros as f64 / 1e3,
        services: span.services.clone(),
    })
    .collect()
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

fn lines(performance: Performance, traces: u64) -> Vec<Line> {
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
