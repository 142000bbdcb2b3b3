//! When services were last heard of.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{ALWAYS, NameId, Timeline, Width};

/// Of each service that has events, the start of the newest second that has one, in microseconds since 1970.
///
/// Pages know the second: those of days say which hours to look through, and those which minutes. `pages` gives
/// the pages of a width that start in any of these times, with [`Part::Services`](super::Part::Services).
pub(super) fn newest_seconds<E>(
    mut pages: impl FnMut(Width, &[Range<i64>]) -> Result<Timeline, E>,
) -> Result<BTreeMap<NameId, i64>, E> {
    let days = pages(Width::Day, &[ALWAYS])?;
    let mut newest = BTreeMap::new();
    for service in days.total().services.keys() {
        newest.extend(last(&days, service, &ALWAYS).map(|day| (service, day)));
    }
    for (width, narrower) in [(Width::Day, Width::Hour), (Width::Hour, Width::Minute)] {
        let time = |&start: &i64| start..start + width.micros();
        let narrow = pages(narrower, &newest.values().map(time).collect::<Vec<_>>())?;
        for (&service, start) in &mut newest {
            *start = last(&narrow, service, &time(start)).unwrap_or(*start);
        }
    }
    Ok(newest)
}

/// The start of the last bucket in a time in which the service has events.
fn last(timeline: &Timeline, service: NameId, times: &Range<i64>) -> Option<i64> {
    let buckets = timeline.iter().filter(|(start, figures)| {
        times.contains(start) && figures.services.get(service).events > 0
    });
    buckets.map(|(start, _)| start).last()
}
