//! The waterfall of a trace: each event within what it is a part of, as its time.

use std::ops::Range;

use foldhash::HashMap;
use raceway_model::Timestamp;
use serde::Serialize;

use super::within;
use crate::critical_path::{CriticalPath, end, kind, start};
use crate::durations::milliseconds;
use crate::nesting::Nesting;
use crate::strands::StrandNo;
use crate::{Causality, EventNo};

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = WaterfallRow))]
pub struct Row {
    /// The event.
    pub event_id: String,
    /// The place of the row that it is within: the call that it was a part of, else where its strand begins.
    #[cfg_attr(feature = "schema", schema(required))]
    pub parent: Option<u32>,
    /// How many rows it is within.
    pub depth: u32,
    /// Its operation; of an HTTP request with what it asks for.
    pub operation: String,
    /// The service that recorded it.
    pub service: String,
    /// The place of its strand.
    pub strand: StrandNo,
    /// When it began: its timestamp less its duration.
    pub from: Timestamp,
    /// What it says that it took, 0 where it says nothing.
    pub duration_ms: f64,
    /// Whether the end of the trace waited for it.
    pub on_critical_path: bool,
    /// How long that was.
    pub critical_ms: f64,
}

/// The rows of the events in the window. Where what an event is within has no row, it is within the next that has one.
pub(super) fn rows(causality: &Causality, path: &CriticalPath, window: &Range<i64>) -> Vec<Row> {
    let steps = path.path.iter();
    let waited: HashMap<(&str, Timestamp), f64> =
        steps.map(|step| ((&*step.id, step.timestamp), step.duration_ms)).collect();
    let window = within(causality, window);
    let mut rows: Vec<Row> = Vec::with_capacity(window.len());
    let mut walk = Walk::of(causality);
    let mut stack = Vec::new();
    for strand in walk.nesting.starts() {
        if walk.nesting.enter(strand) {
            stack.extend(walk.outermost[strand as usize].iter().rev().map(|&event| (event, None)));
        }
        while let Some((event, outer)) = stack.pop() {
            let mut place = outer;
            if window.contains(&event) {
                place = u32::try_from(rows.len()).ok();
                let depth = outer.map_or(0, |outer| rows[outer as usize].depth + 1);
                rows.push(Row { parent: outer, depth, ..row(causality, &waited, event) });
            }
            stack.extend(walk.within(event).into_iter().rev().map(|event| (event, place)));
        }
    }
    rows
}

fn row(causality: &Causality, waited: &HashMap<(&str, Timestamp), f64>, number: EventNo) -> Row {
    let trace = &causality.trace;
    let event = trace.event(number);
    let waited = waited.get(&(trace.event_id(number), trace.timestamp(number)));
    let began = i64::try_from(start(trace, number).div_euclid(1000)).unwrap_or(event.time);
    Row {
        event_id: trace.event_id(number).to_owned(),
        parent: None,
        depth: 0,
        operation: kind(trace, number),
        service: trace.text(event.service).to_owned(),
        strand: causality.strands.of_event(number),
        from: Timestamp::nearest(began),
        duration_ms: event.duration_ns().map_or(0.0, |duration| milliseconds(duration.into())),
        on_critical_path: waited.is_some(),
        critical_ms: waited.copied().unwrap_or(0.0),
    }
}

/// What each event is within.
struct Walk {
    nesting: Nesting,
    /// Of each event the ones of its strand that it took in, in order.
    inner: Vec<Vec<EventNo>>,
    /// Of each strand, the events that no other took in.
    outermost: Vec<Vec<EventNo>>,
}

impl Walk {
    fn of(causality: &Causality) -> Self {
        let Causality { trace, strands, calls, .. } = causality;
        let mut inner = vec![Vec::new(); trace.events().len()];
        let outermost = strands.all().iter().map(|strand| {
            let mut outermost: Vec<EventNo> = Vec::new();
            for &event in &strand.events {
                inner[event as usize] = taken_in(causality, event, &mut outermost);
                outermost.push(event);
            }
            outermost
        });
        let outermost = outermost.collect();
        Walk { nesting: Nesting::of(strands, calls), inner, outermost }
    }

    /// What comes below an event: what it took in, then the strands that begin there.
    fn within(&mut self, event: EventNo) -> Vec<EventNo> {
        let mut within = std::mem::take(&mut self.inner[event as usize]);
        for strand in self.nesting.enter_begun(event) {
            within.append(&mut self.outermost[strand as usize]);
        }
        within
    }
}

/// An event is recorded when its duration is known, so what it took in is before it in program order: the last
/// events that began and ended within its time.
fn taken_in(causality: &Causality, event: EventNo, before: &mut Vec<EventNo>) -> Vec<EventNo> {
    let trace = &causality.trace;
    let [began, ended] = [start(trace, event), end(trace, event)];
    if began == ended {
        return Vec::new();
    }
    let is_within = |&&other: &&EventNo| start(trace, other) >= began && end(trace, other) <= ended;
    let count = before.iter().rev().take_while(is_within).count();
    before.split_off(before.len() - count)
}

#[cfg(test)]
mod tests {
    use super::rows;
    use crate::Causality;
    use crate::critical_path::critical_path;
    use crate::testing::{causality, event};

    fn shown(causality: &Causality, window: &std::ops::Range<i64>) -> Vec<String> {
        let Causality { trace, strands, calls, order, .. } = causality;
        let path = critical_path(trace, strands, calls, Some(order));
        let rows = rows(causality, &path.expect("events"), window);
        let parent =
            |row: Option<u32>| row.map(|row| format!(" in {}", rows[row as usize].event_id));
        let line = |row: &super::Row| {
            let indent = "  ".repeat(row.depth as usize);
            format!("{indent}{}{}", row.event_id, parent(row.parent).unwrap_or_default())
        };
        rows.iter().map(line).collect()
    }

    #[test]
    fn calls_have_what_they_did_and_what_they_began_below_them() {
        let causality = causality([
            event("request").at(0.0).of("web").span("s"),
            event("query").at(4.0).lasting(2.0).of("web").after("request"),
            event("entry").at(5.0).of("bank").upstream("s"),
            event("call").at(9.0).lasting(8.0).of("web").after("query"),
            event("last").at(12.0).of("web").after("call"),
        ]);
        let all = i64::MIN..i64::MAX;
        let expected = ["request", "call", "  query in call", "    entry in query", "last"];
        assert_eq!(shown(&causality, &all), expected);
        let start = causality.trace.event(0).time;
        assert_eq!(
            shown(&causality, &(start + 4_500..start + 10_000)),
            ["call", "  entry in call"]
        );
    }
}
