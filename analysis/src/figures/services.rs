//! Services, and when they were last heard of.

use raceway_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Figures, NameId, Names, ServiceSums, Width, count};
use crate::durations::quotient;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How many events it has recorded.
    pub event_count: u64,
    /// How many traces have such an event.
    pub trace_count: u64,
}

/// How long ago a service was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = HealthStatus))]
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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
    pub fn services(&self, names: &Names) -> Vec<Service> {
        let known = self.services.iter().filter(|(_, sums)| sums.events > 0);
        let mut services: Vec<_> = known
            .map(|(service, sums)| Service {
                name: names.text(service).to_owned(),
                event_count: count(sums.events),
                trace_count: count(sums.traces),
            })
            .collect();
        services.sort_by(|one, other| one.name.cmp(&other.name));
        services
    }

    /// The health of services by name: of each that has a newest event, with what these figures say happened
    /// [since](super::Window::since) a time. Then a trace has an event of a service in it just if its last event
    /// of it is in it.
    #[must_use]
    pub fn service_health(
        &self,
        names: &Names,
        latest: impl IntoIterator<Item = (NameId, Timestamp)>,
        now: Timestamp,
    ) -> Vec<ServiceHealth> {
        let services = latest.into_iter();
        let mut services: Vec<_> = services
            .map(|(service, latest)| {
                health(names.text(service), latest, self.services.get(service), now)
            })
            .collect();
        services.sort_by(|one, other| one.name.cmp(&other.name));
        services
    }
}

fn health(name: &str, latest: Timestamp, recent: ServiceSums, now: Timestamp) -> ServiceHealth {
    let since = (now.micros() - latest.micros()).max(0);
    ServiceHealth {
        name: name.to_owned(),
        status: Health::of(since),
        trace_count: count(recent.traces),
        last_activity: latest,
        avg_events_per_trace: quotient(recent.events.into(), recent.traces.into()),
        minutes_since_last_activity: quotient(since.into(), Width::Minute.micros().into()),
    }
}

#[cfg(test)]
mod tests {
    use raceway_model::Timestamp;

    use crate::figures::{Health, Names, Timeline, Width};
    use crate::testing::{event, trace};

    #[test]
    fn a_service_is_healthy_for_5_minutes_and_critical_after_30() {
        let trace = trace([event("a").at(0.0)]);
        let mut names = Names::default();
        let figures = Timeline::of(&trace, &[], &mut names).total();
        let latest = trace.timestamp(0);
        let status_after = |micros: i64| {
            let now = Timestamp::nearest(latest.micros() + micros);
            let latest = figures.services.keys().map(|service| (service, latest));
            let [health] = &figures.service_health(&names, latest, now)[..] else {
                panic!("one service")
            };
            (health.status, health.trace_count, health.minutes_since_last_activity >= 0.0)
        };
        let (minute, second) = (Width::Minute.micros(), 1_000_000);
        assert_eq!(status_after(-minute), (Health::Healthy, 1, true));
        assert_eq!(status_after(5 * minute - second), (Health::Healthy, 1, true));
        assert_eq!(status_after(5 * minute), (Health::Warning, 1, true));
        assert_eq!(status_after(30 * minute - second), (Health::Warning, 1, true));
        assert_eq!(status_after(30 * minute), (Health::Critical, 1, true));
    }
}
