//! What is asked of kept figures.

use raceway_model::Timestamp;

use super::{Kept, Tables};
use crate::anomalies::{Anomaly, EarlierDurations, anomalies, time_before};
use crate::figures::{
    ALWAYS, Figures, Hotspots, Names, Part, Performance, Service, ServiceDependencies, ServiceEdge,
    ServiceHealth, Width, Window, newest_seconds,
};
use crate::trace::Trace;

/// All services, by name.
pub fn services<T: Tables>(tables: &mut T) -> Result<Vec<Service>, T::Error> {
    always(tables, &[Part::Services], Figures::services)
}

/// Calls between services, most calls first.
pub fn edges<T: Tables>(tables: &mut T) -> Result<Vec<ServiceEdge>, T::Error> {
    always(tables, &[Part::Calls], Figures::edges)
}

/// Which services a service calls, and which call it.
pub fn service_dependencies<T: Tables>(
    tables: &mut T,
    service: &str,
) -> Result<ServiceDependencies, T::Error> {
    always(tables, &[Part::Calls], |all, names| all.service_dependencies(names, service))
}

/// The variables and calls of which there are most, so many of each.
pub fn hotspots<T: Tables>(tables: &mut T, most: usize) -> Result<Hotspots, T::Error> {
    always(tables, &[Part::Variables, Part::Calls], |all, names| all.hotspots(names, most))
}

fn always<T: Tables, A>(
    tables: &mut T,
    parts: &[Part],
    answer: impl FnOnce(&Figures, &Names) -> A,
) -> Result<A, T::Error> {
    let kept = Kept::read(tables, parts, ALWAYS)?;
    Ok(answer(&kept.total(), &kept.names))
}

/// The health of all services by name, with what happened in a window.
pub fn service_health<T: Tables>(
    tables: &mut T,
    window: &Window,
    now: Timestamp,
) -> Result<Vec<ServiceHealth>, T::Error> {
    let latest = newest_events(tables)?;
    let mut recent = Kept::read(tables, &[Part::Services], window.micros())?;
    let latest = latest.into_iter().map(|(service, time)| (recent.names.intern(&service), time));
    let latest: Vec<_> = latest.collect();
    Ok(recent.total().service_health(&recent.names, latest, now))
}

/// The services that have events, and when the newest of each happened.
fn newest_events<T: Tables>(tables: &mut T) -> Result<Vec<(String, Timestamp)>, T::Error> {
    let parts = &[Part::Services];
    let kept = Kept::read(tables, parts, ALWAYS)?;
    let seconds = newest_seconds(|width, times| {
        // Days have been read, with what has changed since.
        if width == Width::Day {
            return Ok(kept.by(width, &kept.pages));
        }
        let times: Vec<_> = times.iter().map(|times| (width, times.clone())).collect();
        Ok::<_, T::Error>(kept.by(width, &kept.pages_of(tables, parts, &times)?))
    })?;
    let seconds = seconds.iter().map(|(&service, &second)| (kept.names.text(service), second));
    let seconds: Vec<(&str, i64)> = seconds.collect();
    // A second that somebody has damaged has no event any more.
    let newest =
        seconds.iter().map(|&(service, second)| (service.to_owned(), Timestamp::nearest(second)));
    let mut newest: Vec<(String, Timestamp)> = newest.collect();
    for (place, time) in tables.newest_events(&seconds)? {
        newest[place].1 = time;
    }
    Ok(newest)
}

/// How long traces and events in a window took, with so many of the slowest traces; and how many traces there are.
pub fn performance<T: Tables>(
    tables: &mut T,
    window: &Window,
    most: usize,
) -> Result<(Performance, u64), T::Error> {
    let times = window.micros();
    let kept =
        Kept::read(tables, &[Part::Services, Part::Operations, Part::Traces], times.clone())?;
    let (range, slowest) = (tables.event_range(&times)?, tables.slowest(&times, most)?);
    let figures = kept.total();
    let traces = u64::try_from(figures.traces.durations.count()).unwrap_or(0);
    Ok((figures.performance(&kept.names, range, slowest), traces))
}

/// What in a trace took much longer than it did before.
pub fn anomalies_of<T: Tables>(tables: &mut T, trace: &Trace) -> Result<Vec<Anomaly>, T::Error> {
    if !trace.has_durations() {
        return Ok(Vec::new());
    }
    let kept = Kept::read(tables, &[Part::Operations], time_before(trace))?;
    Ok(anomalies(trace, &EarlierDurations { figures: &kept.total(), names: &kept.names }))
}
