//! A trace as it is read from above: each call and each fork within what made it.

use crate::calls::{Call, calls};
use crate::strands::{StrandNo, Strands};
use crate::{EventNo, Trace};

/// All events of a trace, each with how many calls and forks it is within. A request is followed event by event;
/// where it calls or forks, what that does comes next.
#[must_use]
pub fn nested(trace: &Trace) -> Vec<(EventNo, usize)> {
    let strands = Strands::of(trace);
    let mut nesting = Nesting::of(&strands, &calls(trace));
    let mut shown = Vec::with_capacity(trace.events().len());
    for start in nesting.starts() {
        let mut stack = if nesting.enter(start) { vec![(start, 0, 0)] } else { Vec::new() };
        while let Some((strand, place, depth)) = stack.pop() {
            let Some(&event) = strands.get(strand).events.get(place) else { continue };
            shown.push((event, depth));
            stack.push((strand, place + 1, depth));
            let inner = nesting.enter_begun(event).into_iter().rev();
            stack.extend(inner.map(|strand| (strand, 0, depth + 1)));
        }
    }
    shown
}

/// Where strands begin within others, and which have been shown.
pub(crate) struct Nesting {
    /// Of each event, the strands that begin there.
    begun: Vec<Vec<StrandNo>>,
    is_within: Vec<bool>,
    is_entered: Vec<bool>,
}

impl Nesting {
    pub(crate) fn of(strands: &Strands, calls: &[Call]) -> Self {
        let events = strands.all().iter().map(|strand| strand.events.len()).sum();
        let mut nesting = Nesting {
            begun: vec![Vec::new(); events],
            is_within: vec![false; strands.all().len()],
            is_entered: vec![false; strands.all().len()],
        };
        for (number, strand) in (0..).zip(strands.all()) {
            if let Some(event) = strand.forked_from {
                nesting.begin(number, event);
            }
        }
        for call in calls {
            nesting.add_call(strands, *call);
        }
        nesting
    }

    /// A call begins after the last event of its caller before it.
    fn add_call(&mut self, strands: &Strands, call: Call) {
        let [inner, outer] = [call.entry, call.caller].map(|event| strands.of_event(event));
        if inner != outer && !self.is_within[inner as usize] {
            let events = &strands.get(outer).events;
            let before = events.partition_point(|&event| event < call.entry);
            self.begin(inner, before.checked_sub(1).map_or(call.caller, |place| events[place]));
        }
    }

    fn begin(&mut self, strand: StrandNo, event: EventNo) {
        self.begun[event as usize].push(strand);
        self.is_within[strand as usize] = true;
    }

    /// Where to start: the strands that are within no other. Of services that call each other in a circle, none is
    /// outside, so the others come after these.
    pub(crate) fn starts(&self) -> Vec<StrandNo> {
        let (outer, rest): (Vec<_>, Vec<_>) =
            (0..).zip(&self.is_within).partition(|(_, within)| !**within);
        outer.into_iter().chain(rest).map(|(strand, _)| strand).collect()
    }

    /// Whether a strand is shown for the first time.
    pub(crate) fn enter(&mut self, strand: StrandNo) -> bool {
        !std::mem::replace(&mut self.is_entered[strand as usize], true)
    }

    /// The strands that begin at an event and have not been shown.
    pub(crate) fn enter_begun(&mut self, event: EventNo) -> Vec<StrandNo> {
        let begun = std::mem::take(&mut self.begun[event as usize]);
        begun.into_iter().filter(|&strand| self.enter(strand)).collect()
    }
}

#[cfg(test)]
mod tests {
    use raceway_model::EventView;
    use serde_json::json;

    use super::nested;
    use crate::TraceBuilder;

    /// A trace of events that are written as `id parent service span upstream`, a second apart.
    fn shown(events: &[&str]) -> Vec<String> {
        let mut builder = TraceBuilder::new("t");
        for (second, event) in events.iter().enumerate() {
            let fields: Vec<_> =
                event.split(' ').map(|field| (field != "-").then_some(field)).collect();
            let event = json!({
                "id": fields[0], "trace_id": "t", "parent_id": fields[1],
                "timestamp": format!("2026-01-31T12:00:{second:02}Z"),
                "kind": { "Custom": {} }, "causality_vector": [], "lock_set": [],
                "metadata": {
                    "service_name": fields[2], "thread_id": fields[2],
                    "distributed_span_id": fields[3], "upstream_span_id": fields[4],
                },
            });
            builder.add(&EventView::parse(&event.to_string()).expect("an event"));
        }
        let trace = builder.finish();
        let line = |(event, depth)| format!("{}{}", "  ".repeat(depth), trace.event_id(event));
        nested(&trace).into_iter().map(line).collect()
    }

    #[test]
    fn calls_are_within_their_callers() {
        let events =
            ["a1 - a s -", "a2 a1 a s -", "b1 - b u s", "a3 a2 a s -", "c1 - c v u", "b2 b1 b u s"];
        assert_eq!(shown(&events), ["a1", "a2", "  b1", "    c1", "  b2", "a3"]);
    }

    #[test]
    fn services_that_call_in_a_circle_are_shown_once() {
        let mut lines = shown(&["a1 - a s u", "b1 - b u s", "c1 - c w missing"]);
        lines.sort();
        assert_eq!(lines, ["  b1", "a1", "c1"]);
    }
}
