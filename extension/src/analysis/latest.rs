//! When services were last heard of.

use std::collections::BTreeMap;
use std::ops::Range;

use pgrx::pg_sys::BuiltinOid::{TEXTARRAYOID, TIMESTAMPTZARRAYOID};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::{NameId, Part, Timeline, Width};
use raceway_model::Timestamp;

use super::kept::{ALWAYS, Kept, instant, pages, place};
use crate::instant::nearest;
use crate::query::{Query, column, rows};

thread_local! {
    static NEWEST_EVENTS: Query = const {
        Query::reading(
            "SELECT * FROM _raceway_newest_events($1, $2)",
            &[TEXTARRAYOID, TIMESTAMPTZARRAYOID],
        )
    };
}

/// The services that have events, and when the newest of each happened. Pages know the second: those of days say
/// which hours to look through, and those which minutes.
pub(super) fn of_services(call: FunctionCallInfo) -> Vec<(String, Timestamp)> {
    let kept = Kept::read(call, &[Part::Services], ALWAYS);
    let days = kept.by(Width::Day, &kept.pages);
    let services = days.total().services.keys().collect::<Vec<_>>();
    let mut latest = BTreeMap::new();
    for service in services {
        latest.extend(last(&days, service, &ALWAYS).map(|day| (service, day)));
    }
    for (width, narrower) in [(Width::Day, Width::Hour), (Width::Hour, Width::Minute)] {
        let time = |&start: &i64| start..start + width.micros();
        let times = latest.values().map(|start| (narrower, time(start)));
        let narrow = kept.by(narrower, &pages(&[Part::Services], &times.collect::<Vec<_>>()));
        for (&service, start) in &mut latest {
            *start = last(&narrow, service, &time(start)).unwrap_or(*start);
        }
    }
    newest(latest.iter().map(|(&service, &second)| (kept.names.text(service), second)).collect())
}

/// The start of the last bucket in a time in which the service has events.
fn last(timeline: &Timeline, service: NameId, times: &Range<i64>) -> Option<i64> {
    let buckets = timeline.iter().filter(|(start, figures)| {
        times.contains(start) && figures.services.get(service).events > 0
    });
    buckets.map(|(start, _)| start).last()
}

/// The newest event of each service in a second, given by its start; that if there is none any more.
fn newest(services: Vec<(&str, i64)>) -> Vec<(String, Timestamp)> {
    let mut newest: Vec<(String, Timestamp)> = services
        .iter()
        .map(|&(service, second)| (service.to_owned(), Timestamp::nearest(second)))
        .collect();
    let arguments = [
        column(&services, |&(service, _)| service),
        column(&services, |&(_, second)| instant(second)),
    ];
    rows(&NEWEST_EVENTS, &arguments, |row| {
        newest[place(row.expect(1))].1 = nearest(row.expect(2));
    });
    newest
}
