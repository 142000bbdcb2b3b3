//! Services, and when they were last heard of.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use super::{Figures, MINUTE, ServiceSums, Windowed, count};
use crate::durations::quotient;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How many events it has recorded.
    pub event_count: u64,
    /// How many traces have such an event.
    pub trace_count: u64,
}

/// How long ago a service was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Less than 5 minutes.
    Healthy,
    /// Less than 30 minutes.
    Warning,
    /// 30 minutes or more.
    Critical,
}

impl Health {
    fn of(micros_since: i64) -> Self {
        match micros_since {
            ..300_000_000 => Health::Healthy,
            300_000_000..1_800_000_000 => Health::Warning,
            _ => Health::Critical,
        }
    }

    /// Its name, as answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Warning => "warning",
            Health::Critical => "critical",
        }
    }
}

/// Whether a service is alive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceHealth {
    /// Its name.
    pub name: String,
    /// By `minutes_since_last_activity`.
    pub status: Health,
    /// How many traces have an event of it in the window.
    pub trace_count: u64,
    /// Its newest event.
    pub last_activity: Timestamp,
    /// Its events in the window per such trace; 0 without any.
    pub avg_events_per_trace: f64,
    /// Minutes since then; 0 if it is in the future.
    pub minutes_since_last_activity: f64,
}

impl Figures {
    /// All services, by name.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        let counts = self.services.keys().map(|(name, buckets)| (name, counts(buckets)));
        let service = |(name, (events, traces)): (&String, _)| Service {
            name: name.clone(),
            event_count: count(events),
            trace_count: count(traces),
        };
        counts.filter(|&(_, (events, _))| events > 0).map(service).collect()
    }

    /// The health of all services, by name, with what happened in a window [since](super::Window::since) a time: then
    /// a trace has an event of a service in it just if its last event of it is in it.
    #[must_use]
    pub fn service_health(&self, recent: &Windowed, now: Timestamp) -> Vec<ServiceHealth> {
        let mut counts: BTreeMap<_, (i64, i64)> = BTreeMap::new();
        for (name, sums) in recent.rows(|figures| &figures.services) {
            let known = counts.entry(name).or_default();
            *known = (known.0 + sums.events, known.1 + sums.traces());
        }
        let latest =
            self.services.keys().filter_map(|(name, buckets)| Some((name, latest(buckets)?)));
        latest
            .map(|(name, latest)| {
                health(name, latest, counts.get(name).copied().unwrap_or_default(), now)
            })
            .collect()
    }
}

/// Events and traces.
fn counts(buckets: &BTreeMap<i64, ServiceSums>) -> (i64, i64) {
    buckets
        .values()
        .fold((0, 0), |(events, traces), sums| (events + sums.events, traces + sums.traces()))
}

fn latest(buckets: &BTreeMap<i64, ServiceSums>) -> Option<Timestamp> {
    let greatest = buckets.values().rev().find_map(|sums| sums.latest.greatest())?;
    Timestamp::from_micros(greatest)
}

fn health(
    name: &str,
    latest: Timestamp,
    (events, traces): (i64, i64),
    now: Timestamp,
) -> ServiceHealth {
    let since = (now.micros() - latest.micros()).max(0);
    ServiceHealth {
        name: name.to_owned(),
        status: Health::of(since),
        trace_count: count(traces),
        last_activity: latest,
        avg_events_per_trace: quotient(events.into(), traces.into()),
        minutes_since_last_activity: quotient(since.into(), MINUTE.into()),
    }
}

#[cfg(test)]
mod tests {
    use raceway_model::Timestamp;

    use crate::figures::{Figures, Health, MINUTE, Window};
    use crate::testing::{event, trace};

    #[test]
    fn a_service_is_healthy_for_5_minutes_and_critical_after_30() {
        let trace = trace([event("a").at(0.0)]);
        let figures = Figures::of(&trace, &[]);
        let status_after = |micros: i64| {
            let now = Timestamp::nearest(trace.event(0).time + micros);
            let window = figures.window(Window::since(now, 60), Figures::default());
            let [health] = &figures.service_health(&window, now)[..] else { panic!("one service") };
            (health.status, health.trace_count, health.minutes_since_last_activity >= 0.0)
        };
        let second = 1_000_000;
        assert_eq!(status_after(-MINUTE), (Health::Healthy, 1, true));
        assert_eq!(status_after(5 * MINUTE - second), (Health::Healthy, 1, true));
        assert_eq!(status_after(5 * MINUTE), (Health::Warning, 1, true));
        assert_eq!(status_after(30 * MINUTE - second), (Health::Warning, 1, true));
        assert_eq!(status_after(30 * MINUTE), (Health::Critical, 1, true));
    }
}
