//! How long traces and events take.

use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DurationSums, Figures, NameId, Names, Operation, TraceSums, count};
use crate::durations::quotient;

/// How long traces and events in a window take.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Performance {
    /// Of whole traces.
    pub trace_latency: TraceLatency,
    /// Of events.
    pub event_performance: EventPerformance,
    /// Of the events of each service; highest average first, then by name.
    pub service_latency: Vec<ServiceLatency>,
    /// How many a second.
    pub throughput: Throughput,
}

/// How long traces take from their first event to their last, those of one instant included.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TraceLatency {
    /// The average, exactly.
    pub avg_ms: f64,
    /// The median; like the next two within 1 % of what `percentile_cont` gives.
    pub p50_ms: f64,
    /// Of 95 of 100.
    pub p95_ms: f64,
    /// Of 99 of 100.
    pub p99_ms: f64,
    /// The slowest, slowest first, then by id.
    pub slowest_traces: Vec<SlowTrace>,
}

/// A trace that took long.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlowTrace {
    /// Its id.
    pub trace_id: String,
    /// From its first event to its last.
    pub duration_ms: f64,
    /// Its services, by name.
    pub services: Vec<String>,
}

impl SlowTrace {
    /// One that took so many microseconds.
    #[must_use]
    pub fn lasting(trace_id: String, micros: i64, services: Vec<String>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "2^53 µs are 285 years")]
        let duration_ms = micros as f64 / 1e3;
        SlowTrace { trace_id, duration_ms, services }
    }
}

/// How long events take that have a duration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EventPerformance {
    /// Highest average first, then by name.
    pub by_type: Vec<KindLatency>,
}

/// How long events of one kind take.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KindLatency {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many have a duration.
    pub count: u64,
    /// Their average.
    pub avg_duration_ms: f64,
}

/// How long the events of one service take.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ServiceLatency {
    /// The service.
    pub service: String,
    /// How many have a duration.
    pub event_count: u64,
    /// Their average.
    pub avg_duration_ms: f64,
}

/// How many events and traces there are a second.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Throughput {
    /// Events.
    pub events_per_second: f64,
    /// Traces.
    pub traces_per_second: f64,
    /// Seconds from the oldest to the newest event, at least 1; 0 without events.
    pub time_range_seconds: f64,
}

/// Traces that took longest: longest first, then by id. Each is given as microseconds, id, and what else
/// the caller knows of it.
pub fn slowest<I: Ord, T>(
    traces: impl IntoIterator<Item = (i64, I, T)>,
    limit: usize,
) -> Vec<(i64, I, T)> {
    let mut slowest: Vec<_> = traces.into_iter().collect();
    let order = |one: &(i64, I, T), other: &(i64, I, T)| {
        other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1))
    };
    if limit < slowest.len() {
        slowest.select_nth_unstable_by(limit, order);
        slowest.truncate(limit);
    }
    slowest.sort_by(order);
    slowest
}

impl Figures {
    /// Performance in the time of these figures. A trace is in the time in which its last event is. The range is
    /// that of the oldest and the newest event in the time, which sums can't tell.
    #[must_use]
    pub fn performance(
        &self,
        names: &Names,
        range: Option<(Timestamp, Timestamp)>,
        slowest_traces: Vec<SlowTrace>,
    ) -> Performance {
        let events = self.services.iter().map(|(_, sums)| sums.events);
        let events = events.fold(0, i64::wrapping_add);
        let by_type = self.durations_by(names, |operation| operation.kind).into_iter();
        let services = self.durations_by(names, |operation| operation.service).into_iter();
        Performance {
            trace_latency: trace_latency(&self.traces, slowest_traces),
            event_performance: EventPerformance {
                by_type: by_type.map(KindLatency::from).collect(),
            },
            service_latency: services.map(ServiceLatency::from).collect(),
            throughput: throughput(range, events, self.traces.durations.count()),
        }
    }

    /// Durations by kind or by service, longest average first, then by name.
    fn durations_by<'n>(
        &self,
        names: &'n Names,
        key: impl Fn(Operation) -> NameId,
    ) -> Vec<(&'n str, DurationSums)> {
        let series = self.operations.by(key);
        let sums = series.iter().map(|(key, &sums)| (names.text(key), sums));
        let mut sums: Vec<_> = sums.filter(|(_, sums)| sums.count > 0).collect();
        sums.sort_by(|(one_name, one), (other_name, other)| {
            other.mean().total_cmp(&one.mean()).then(one_name.cmp(other_name))
        });
        sums
    }
}

impl From<(&str, DurationSums)> for KindLatency {
    fn from((kind, sums): (&str, DurationSums)) -> Self {
        KindLatency {
            kind: kind.to_owned(),
            count: count(sums.count),
            avg_duration_ms: sums.mean() / 1e6,
        }
    }
}

impl From<(&str, DurationSums)> for ServiceLatency {
    fn from((service, sums): (&str, DurationSums)) -> Self {
        ServiceLatency {
            service: service.to_owned(),
            event_count: count(sums.count),
            avg_duration_ms: sums.mean() / 1e6,
        }
    }
}

fn trace_latency(traces: &TraceSums, slowest_traces: Vec<SlowTrace>) -> TraceLatency {
    let percentile = |share| traces.durations.quantile(share) / 1e3;
    TraceLatency {
        avg_ms: quotient(traces.total, traces.durations.count().into()) / 1e3,
        p50_ms: percentile(0.5),
        p95_ms: percentile(0.95),
        p99_ms: percentile(0.99),
        slowest_traces,
    }
}

fn throughput(range: Option<(Timestamp, Timestamp)>, events: i64, traces: i64) -> Throughput {
    let micros =
        range.map_or(0, |(oldest, newest)| (newest.micros() - oldest.micros()).max(1_000_000));
    let per_second = |count: i64| quotient(i128::from(count) * 1_000_000, micros.into());
    Throughput {
        events_per_second: per_second(events),
        traces_per_second: per_second(traces),
        time_range_seconds: quotient(micros.into(), 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::slowest;
    use crate::figures::{Figures, Names, Quantiles, Timeline};
    use crate::testing::{event, trace};

    #[test]
    fn an_empty_store_has_zeros() {
        let performance = Figures::default().performance(&Names::default(), None, Vec::new());
        let throughput = performance.throughput;
        let latency = performance.trace_latency;
        let zeros = [
            latency.avg_ms,
            latency.p99_ms,
            throughput.events_per_second,
            throughput.time_range_seconds,
        ];
        assert!(zeros.iter().all(|zero| zero.to_bits() == 0));
        assert_eq!(performance.service_latency, []);
    }

    #[test]
    fn a_range_is_at_least_a_second() {
        let trace = trace([event("a").lasting(2.0), event("b").lasting(4.0)]);
        let range = Some((trace.timestamp(0), trace.timestamp(1)));
        let mut names = Names::default();
        let figures = Timeline::of(&trace, &[], &mut names).total();
        let performance = figures.performance(&names, range, Vec::new());
        assert_eq!(performance.throughput.events_per_second.to_bits(), 2f64.to_bits());
        assert!((performance.trace_latency.p50_ms - 1.0).abs() <= Quantiles::RELATIVE_ERROR);
        let by_type = &performance.event_performance.by_type;
        assert_eq!((by_type[0].count, by_type[0].avg_duration_ms.to_bits()), (2, 3f64.to_bits()));
    }

    #[test]
    fn traces_that_took_equally_long_are_in_order_of_their_ids() {
        let traces = [(1, "d", ()), (2, "c", ()), (2, "b", ()), (0, "a", ())];
        let ids = slowest(traces, 3).into_iter().map(|(_, id, ())| id);
        assert_eq!(ids.collect::<Vec<_>>(), ["b", "c", "d"]);
    }
}
