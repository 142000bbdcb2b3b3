//! Services, and when they were last heard of.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use super::{Figures, MINUTE, ServiceSums, count};
use crate::durations::{quotient, rfc3339};

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
    #[serde(serialize_with = "rfc3339")]
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
        let totals = self.services.totals().filter(|(_, sums)| sums.events > 0);
        let service = |(name, sums): (&String, ServiceSums)| Service {
            name: name.clone(),
            event_count: count(sums.events),
            trace_count: count(sums.traces()),
        };
        totals.map(service).collect()
    }

    /// The health of all services, by name. The window's figures are those since a time, with all that is
    /// dated later: then a trace has an event of a service in it just if its last event of it is in it.
    #[must_use]
    pub fn service_health(&self, window: &Figures, now: Timestamp) -> Vec<ServiceHealth> {
        let recent: BTreeMap<_, _> = window.services.totals().collect();
        let latest = self.services.totals().filter_map(|(name, sums)| Some((name, latest(&sums)?)));
        latest
            .map(|(name, latest)| {
                let recent = recent.get(name).cloned().unwrap_or_default();
                health(name, latest, &recent, now)
            })
            .collect()
    }
}

fn latest(sums: &ServiceSums) -> Option<Timestamp> {
    Timestamp::from_micros(sums.latest.greatest()?)
}

fn health(name: &str, latest: Timestamp, recent: &ServiceSums, now: Timestamp) -> ServiceHealth {
    let since = (now.micros() - latest.micros()).max(0);
    let (traces, events) = (i128::from(recent.traces()), i128::from(recent.events));
    ServiceHealth {
        name: name.to_owned(),
        status: Health::of(since),
        trace_count: count(recent.traces()),
        last_activity: latest,
        avg_events_per_trace: quotient(events, traces),
        minutes_since_last_activity: quotient(since.into(), MINUTE.into()),
    }
}

#[cfg(test)]
mod tests {
    use raceway_model::Timestamp;

    use crate::figures::{Figures, Health, MINUTE};
    use crate::testing::{event, trace};

    #[test]
    fn a_service_is_healthy_for_5_minutes_and_critical_after_30() {
        let trace = trace([event("a").at(0.0)]);
        let figures = Figures::of(&trace, &[]);
        let status_after = |micros: i64| {
            let now = Timestamp::nearest(trace.event(0).time + micros);
            let [health] = &figures.service_health(&Figures::default(), now)[..] else {
                panic!("one service")
            };
            (health.status, health.trace_count, health.minutes_since_last_activity >= 0.0)
        };
        let second = 1_000_000;
        assert_eq!(status_after(-MINUTE), (Health::Healthy, 0, true));
        assert_eq!(status_after(5 * MINUTE - second), (Health::Healthy, 0, true));
        assert_eq!(status_after(5 * MINUTE), (Health::Warning, 0, true));
        assert_eq!(status_after(30 * MINUTE - second), (Health::Warning, 0, true));
        assert_eq!(status_after(30 * MINUTE), (Health::Critical, 0, true));
    }
}
