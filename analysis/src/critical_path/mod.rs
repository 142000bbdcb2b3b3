//! The chain of events that a trace's end waited for.
//!
//! After the longest path of a program activity graph (Yang and Miller 1988) and its use on requests (CRISP:
//! Zhang et al., USENIX ATC 2022): from the last event back, always to the direct predecessor that came last.

mod predecessors;

use foldhash::{HashSet, HashSetExt};
use raceway_model::Timestamp;
use serde::Serialize;

use crate::calls::Call;
use crate::durations::{milliseconds, quotient};
use crate::order::Order;
use crate::strands::Strands;
use crate::trace::{EventNo, Trace, UNKNOWN};
use predecessors::Predecessors;

/// The critical path of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CriticalPath {
    /// The trace.
    pub trace_id: String,
    /// How many events are on the path.
    pub path_events: u64,
    /// From when the path's first event began to the last event of the trace.
    pub total_duration_ms: f64,
    /// From when the first event of the trace began to the last event.
    pub trace_total_duration_ms: f64,
    /// How much of that the path takes: 0 to 100, and 0 of nothing.
    pub percentage_of_total: f64,
    /// Its events, in the order in which they were waited for.
    pub path: Vec<Step>,
}

impl CriticalPath {
    /// Of no events: clients that show a path must not lose it when a trace grows.
    #[must_use]
    pub fn empty(trace_id: String) -> Self {
        CriticalPath {
            trace_id,
            path_events: 0,
            total_duration_ms: 0.0,
            trace_total_duration_ms: 0.0,
            percentage_of_total: 0.0,
            path: Vec::new(),
        }
    }
}

/// An event of a critical path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = CriticalPathStep))]
pub struct Step {
    /// The event.
    pub id: String,
    /// Its operation; of an HTTP request with what it asks for.
    pub kind: String,
    /// Where in the source it happened, or `unknown`.
    pub location: String,
    /// When it ended.
    pub timestamp: Timestamp,
    /// How long the path waited for it: until it ended, since the latest end of those before it. Those of all
    /// steps together are the path's.
    pub duration_ms: f64,
    /// What the event says that it took.
    #[cfg_attr(feature = "schema", schema(required))]
    pub recorded_duration_ms: Option<f64>,
}

/// The critical path; `None` of a trace without events. It costs n log n of events and calls.
///
/// Without an order (of a trace that is too complex to have one), messages that only clocks tell of are not
/// known; no other predecessor needs it.
#[must_use]
pub fn critical_path(
    trace: &Trace,
    strands: &Strands,
    calls: &[Call],
    order: Option<&Order>,
) -> Option<CriticalPath> {
    let path = path(trace, Predecessors::of(trace, strands, calls, order))?;
    let (&first, &last) = (path.first()?, path.last()?);
    let begin = start(trace, first);
    let total = end(trace, last) - begin;
    let earliest = (0..).zip(trace.events()).map(|(event, _)| start(trace, event)).min()?;
    let whole = end(trace, last) - earliest;
    Some(CriticalPath {
        trace_id: trace.id.clone(),
        path_events: path.len() as u64,
        total_duration_ms: milliseconds(total),
        trace_total_duration_ms: milliseconds(whole),
        percentage_of_total: (100.0 * quotient(total, whole)).min(100.0),
        path: steps(trace, &path, begin),
    })
}

/// From the last event back; of several at one instant, from the one with the smallest id.
fn path(trace: &Trace, mut predecessors: Predecessors) -> Option<Vec<EventNo>> {
    let latest = trace.events().last()?.time;
    let last = trace.events().partition_point(|event| event.time < latest);
    let mut event = EventNo::try_from(last).ok()?;
    let mut path = vec![event];
    let mut seen = HashSet::new();
    seen.insert(event);
    while let Some(before) = predecessors.last(event, &seen) {
        seen.insert(before);
        path.push(before);
        event = before;
    }
    path.reverse();
    Some(path)
}

/// What each event adds to the greatest end so far: clocks may run backwards.
fn steps(trace: &Trace, path: &[EventNo], begin: i128) -> Vec<Step> {
    let mut reached = begin;
    let steps = path.iter().map(|&event| {
        let before = reached;
        reached = reached.max(end(trace, event));
        step(trace, event, reached - before)
    });
    steps.collect()
}

fn step(trace: &Trace, number: EventNo, nanoseconds: i128) -> Step {
    let event = trace.event(number);
    Step {
        id: trace.event_id(number).to_owned(),
        kind: kind(trace, number),
        location: event.location.map_or(UNKNOWN, |location| trace.text(location)).to_owned(),
        timestamp: trace.timestamp(number),
        duration_ms: milliseconds(nanoseconds),
        recorded_duration_ms: event.duration_ns().map(|duration| milliseconds(duration.into())),
    }
}

/// `HttpRequest(GET /accounts)`, else the operation.
pub(crate) fn kind(trace: &Trace, number: EventNo) -> String {
    let event = trace.event(number);
    match (event.subject, event.url) {
        (Some(method), Some(url)) => {
            format!("{}({} {})", trace.text(event.kind), trace.text(method), trace.text(url))
        }
        (None, Some(url)) => format!("{}({})", trace.text(event.kind), trace.text(url)),
        _ => trace.operation(number),
    }
}

/// When an event ended, which is when it was recorded: nanoseconds since 1970.
pub(crate) fn end(trace: &Trace, event: EventNo) -> i128 {
    trace.interval(event).1
}

/// When it began.
pub(crate) fn start(trace: &Trace, event: EventNo) -> i128 {
    trace.interval(event).0
}

#[cfg(test)]
mod tests {
    use super::{CriticalPath, critical_path};
    use crate::testing::{Draft, causality, event};

    fn of(events: impl IntoIterator<Item = Draft>) -> CriticalPath {
        let known = causality(events);
        critical_path(&known.trace, &known.strands, &known.calls, Some(&known.order))
            .expect("there are events")
    }

    fn steps(path: &CriticalPath) -> Vec<(&str, f64)> {
        path.path.iter().map(|step| (&*step.id, step.duration_ms)).collect()
    }

    #[test]
    fn two_equal_requests_at_once_are_one_whole() {
        let path = of([
            event("a1").at(0.0),
            event("b1").at(0.0),
            event("a2").at(100.0).lasting(90.0).after("a1"),
            event("b2").at(100.0).lasting(90.0).after("b1"),
        ]);
        assert_eq!(steps(&path), [("a1", 0.0), ("a2", 100.0)]);
        assert_eq!((path.total_duration_ms, path.percentage_of_total), (100.0, 100.0));
        assert_eq!(path.path[1].recorded_duration_ms, Some(90.0));
    }

    #[test]
    fn a_call_that_lies_in_a_gap_of_its_caller_was_waited_for() {
        let request = event("in").of("bank").kind("HttpRequest").upstream("web span");
        let path = of([
            event("a").of("web").span("web span").at(0.0),
            event("aside").of("web").after("a").at(1.0),
            request.field("method", "GET").field("url", "/x").at(2.0),
            event("work").of("bank").after("in").at(7.0),
            event("b").of("web").after("aside").at(9.0),
        ]);
        let expected = [("a", 0.0), ("aside", 1.0), ("in", 1.0), ("work", 5.0), ("b", 2.0)];
        assert_eq!(steps(&path), expected);
        assert_eq!(path.path[2].kind, "HttpRequest(GET /x)");
    }

    #[test]
    fn a_call_that_outlasts_the_gap_was_not_waited_for() {
        let path = of([
            event("a").of("web").span("web span").at(0.0),
            event("in").of("bank").upstream("web span").at(2.0),
            event("work").of("bank").after("in").at(5.0),
            event("b").of("web").after("a").at(4.0),
            event("c").of("web").after("b").at(9.0),
        ]);
        assert_eq!(steps(&path), [("a", 0.0), ("b", 4.0), ("c", 5.0)]);
    }

    #[test]
    fn a_message_between_threads_was_waited_for_if_clocks_tell_of_it() {
        let step = |id, thread, clock: &[(&str, u64)]| event(id).flat().on(thread).clock(clock);
        let path = of([
            step("a1", "1", &[("1", 1)]).at(0.0),
            step("b1", "2", &[("2", 1)]).at(1.0),
            step("a2", "1", &[("1", 2)]).at(6.0),
            step("b2", "2", &[("1", 2), ("2", 2)]).at(7.0),
            step("b3", "2", &[("1", 2), ("2", 3)]).at(9.0),
        ]);
        assert_eq!(steps(&path), [("a1", 0.0), ("a2", 6.0), ("b2", 1.0), ("b3", 2.0)]);
    }

    #[test]
    fn a_clock_that_runs_backwards_takes_no_time() {
        let path = of([
            event("a").at(5.0).lasting(1.0),
            event("b").at(3.0).after("a"),
            event("c").at(6.0).after("b"),
        ]);
        assert_eq!(steps(&path), [("a", 1.0), ("b", 0.0), ("c", 1.0)]);
    }

    #[test]
    fn services_that_call_each_other_in_a_circle_have_a_path() {
        let path = of([
            event("a").of("web").span("1").upstream("2").at(0.0),
            event("b").of("bank").span("2").upstream("1").at(0.0),
        ]);
        assert_eq!(steps(&path), [("b", 0.0), ("a", 0.0)]);
    }

    #[test]
    fn a_circle_of_parents_is_broken_at_its_earliest_event() {
        let path = of([event("a").after("c"), event("b").after("a"), event("c").after("b")]);
        assert_eq!(steps(&path), [("a", 0.0), ("b", 1.0), ("c", 1.0)]);
    }

    #[test]
    fn a_trace_without_events_has_no_path() {
        let known = causality([]);
        assert_eq!(critical_path(&known.trace, &known.strands, &[], None), None);
    }
}
