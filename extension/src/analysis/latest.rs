//! When services were last heard of.

use pgrx::pg_sys::BuiltinOid::{TEXTARRAYOID, TIMESTAMPTZARRAYOID};
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::{ALWAYS, Part, Width, newest_seconds};
use raceway_model::Timestamp;

use super::kept::{Kept, instant, pages, place};
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

/// The services that have events, and when the newest of each happened.
pub(super) fn of_services(call: FunctionCallInfo) -> Vec<(String, Timestamp)> {
    let kept = Kept::read(call, &[Part::Services], ALWAYS);
    let seconds = newest_seconds(|width, times| {
        // Days have been read, with what has changed since.
        if width == Width::Day {
            return kept.by(width, &kept.pages);
        }
        let times: Vec<_> = times.iter().map(|times| (width, times.clone())).collect();
        kept.by(width, &pages(&[Part::Services], &times))
    });
    newest(seconds.iter().map(|(&service, &second)| (kept.names.text(service), second)).collect())
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
