//! A trace as it is read from above: each call and each fork within what made it.

use raceway_analysis::calls::calls;
use raceway_analysis::strands::{StrandNo, Strands};
use raceway_analysis::{EventNo, Trace};

/// All events of a trace, each with how many calls and forks it is within. A request is followed event by event;
/// where it calls or forks, what that does comes next.
pub(super) fn nested(trace: &Trace) -> Vec<(EventNo, usize)> {
    let strands = Strands::of(trace);
    let mut walk = Walk {
        begun: vec![Vec::new(); trace.events().len()],
        is_within: vec![false; strands.all().len()],
        is_shown: vec![false; strands.all().len()],
        shown: Vec::new(),
        strands,
    };
    walk.find_forks();
    walk.find_calls(trace);
    let (outer, rest): (Vec<_>, Vec<_>) =
        (0..).zip(&walk.is_within).partition(|(_, within)| !**within);
    // Of services that call each other in a circle, none is outside.
    let starts: Vec<StrandNo> = outer.into_iter().chain(rest).map(|(strand, _)| strand).collect();
    for strand in starts {
        walk.show(strand);
    }
    walk.shown
}

struct Walk {
    strands: Strands,
    /// Of each event, the strands that begin there.
    begun: Vec<Vec<StrandNo>>,
    is_within: Vec<bool>,
    is_shown: Vec<bool>,
    shown: Vec<(EventNo, usize)>,
}

impl Walk {
    fn find_forks(&mut self) {
        for (number, strand) in (0..).zip(self.strands.all()) {
            if let Some(event) = strand.forked_from {
                self.begun[event as usize].push(number);
                self.is_within[number as usize] = true;
            }
        }
    }

    /// A call begins after the last event of its caller before it.
    fn find_calls(&mut self, trace: &Trace) {
        for call in calls(trace) {
            let inner = self.strands.of_event(call.entry);
            let outer = self.strands.of_event(call.caller);
            if inner == outer || self.is_within[inner as usize] {
                continue;
            }
            let events = &self.strands.get(outer).events;
            let before = events.partition_point(|&event| event < call.entry);
            let event = before.checked_sub(1).map_or(call.caller, |place| events[place]);
            self.begun[event as usize].push(inner);
            self.is_within[inner as usize] = true;
        }
    }

    /// A strand with all that is within it, unless that is shown.
    fn show(&mut self, start: StrandNo) {
        if std::mem::replace(&mut self.is_shown[start as usize], true) {
            return;
        }
        let mut stack = vec![(start, 0, 0)];
        while let Some((strand, place, depth)) = stack.pop() {
            let Some(&event) = self.strands.get(strand).events.get(place) else { continue };
            self.shown.push((event, depth));
            stack.push((strand, place + 1, depth));
            for &inner in self.begun[event as usize].iter().rev() {
                if !std::mem::replace(&mut self.is_shown[inner as usize], true) {
                    stack.push((inner, 0, depth + 1));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use raceway_analysis::TraceBuilder;
    use raceway_model::EventView;
    use serde_json::json;

    use super::*;

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
