//! Value flow: where a value came from. A read saw a write; what that write stored came from what its strand
//! had read before; and so on, from a wrong balance back to where it went wrong.

pub(crate) mod writes;

use std::collections::VecDeque;

use foldhash::{HashSet, HashSetExt};
use raceway_model::Timestamp;
use serde::Serialize;

use crate::trace::{EventNo, UNKNOWN};
use crate::{Causality, Trace};
use writes::Writes;

/// How many accesses are listed at most.
pub const MAX_STEPS: usize = 1_000;
/// How far from the first access the others are at most.
pub const MAX_DEPTH: u32 = 64;
/// How many events of a strand are looked at for what it had read before a write.
const MAX_WALK: usize = 10_000;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueFlow {
    /// The access that was asked for, and those that its value came from, breadth first.
    pub steps: Vec<Flow>,
    /// Whether these are all: else there are more than [`MAX_STEPS`], or some beyond [`MAX_DEPTH`].
    pub is_complete: bool,
}

/// An access on the way of a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// How many steps it is from the access that was asked for.
    pub depth: u32,
    /// The access.
    pub event_id: String,
    /// The access that it explains; `None` for the one that was asked for.
    pub explains: Option<String>,
    /// The service of the variable.
    pub service: String,
    /// The variable.
    pub variable: String,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    /// JSON of the value that it read, or else wrote, if it names one.
    #[serde(serialize_with = "crate::values::as_json")]
    pub value: Option<String>,
    /// Of a read, the write that it saw, if there is one.
    pub saw: Option<String>,
    /// How it is known what it saw.
    pub evidence: Option<Evidence>,
    /// Where in the source it happened, `unknown` where it names no place.
    pub location: String,
    /// When it happened.
    pub timestamp: Timestamp,
}

/// How it is known which write a read saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The write stored the value that was read.
    Values,
    /// It is the last one that happened before the read.
    Order,
}

impl Evidence {
    /// As answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Values => "values",
            Evidence::Order => "order",
        }
    }
}

/// Where the value of an access came from. `None` if the trace has no access of that id.
///
/// What a read saw: of the writes of its variable that it didn't happen before, the latest by time that
/// stored an equal value; where none did, the last that happened before it. Values that are objects or
/// arrays are no evidence, as an SDK may have taken them later. What a write came from: the last read of each
/// variable that its strand had made before, or had made before it forked off.
#[must_use]
pub fn value_flow(causality: &Causality, event_id: &str) -> Option<ValueFlow> {
    let start = causality.trace.find(event_id)?;
    causality.trace.event(start).access?;
    let mut search = Search {
        causality,
        writes: Writes::of(causality),
        known: HashSet::from_iter([start]),
        next: VecDeque::from([Step { event: start, depth: 0, explains: None }]),
        is_complete: true,
    };
    let mut steps = Vec::new();
    while let Some(step) = search.next.pop_front() {
        if steps.len() == MAX_STEPS {
            search.is_complete = false;
            break;
        }
        steps.extend(search.visit(&step));
    }
    Some(ValueFlow { steps, is_complete: search.is_complete && search.writes.are_all_compared() })
}

/// An access to look at.
struct Step {
    event: EventNo,
    depth: u32,
    explains: Option<EventNo>,
}

struct Search<'c> {
    causality: &'c Causality,
    writes: Writes<'c>,
    known: HashSet<EventNo>,
    next: VecDeque<Step>,
    is_complete: bool,
}

impl Search<'_> {
    fn visit(&mut self, step: &Step) -> Option<Flow> {
        let kind = self.causality.trace.event(step.event).access?.kind;
        let saw = if kind.is_read() { self.writes.seen_by(step.event) } else { None };
        if let Some((write, _)) = saw {
            self.come_from(step, write);
        }
        if kind.is_write() {
            for read in self.reads_before(step.event) {
                self.come_from(step, read);
            }
        }
        flow(&self.causality.trace, step, saw)
    }

    /// The access's value came from that one.
    fn come_from(&mut self, step: &Step, event: EventNo) {
        if step.depth == MAX_DEPTH {
            self.is_complete = false;
        } else if self.known.len() <= MAX_STEPS && self.known.insert(event) {
            let explains = Some(step.event);
            self.next.push_back(Step { event, depth: step.depth + 1, explains });
        }
    }

    /// The last read of each variable before this event in program order, the last one first.
    fn reads_before(&mut self, event: EventNo) -> Vec<EventNo> {
        let Causality { trace, strands, .. } = self.causality;
        let mut variables = HashSet::new();
        let mut reads = Vec::new();
        let mut before = event;
        for _ in 0..MAX_WALK {
            let strand = strands.get(strands.of_event(before));
            let Some(previous) = strands.previous(before).or(strand.forked_from) else {
                return reads;
            };
            before = previous;
            let event = trace.event(before);
            let read = event.access.filter(|access| access.kind.is_read());
            if read.is_some_and(|access| variables.insert((event.service, access.variable))) {
                reads.push(before);
            }
        }
        self.is_complete = false;
        reads
    }
}

fn flow(trace: &Trace, step: &Step, saw: Option<(EventNo, Evidence)>) -> Option<Flow> {
    let event = trace.event(step.event);
    let access = event.access?;
    let id = |event| trace.event_id(event).to_owned();
    let text = |name| trace.text(name).to_owned();
    Some(Flow {
        depth: step.depth,
        event_id: id(step.event),
        explains: step.explains.map(id),
        service: text(event.service),
        variable: text(access.variable),
        access_type: access.kind.as_str(),
        value: access.new_value.map(text),
        saw: saw.map(|(write, _)| id(write)),
        evidence: saw.map(|(_, evidence)| evidence),
        location: event.location.map_or_else(|| UNKNOWN.to_owned(), text),
        timestamp: trace.timestamp(step.event),
    })
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Flow, ValueFlow, value_flow};
    use crate::Causality;
    use crate::testing::{causality, event};

    fn flow_of(causality: &Causality, event_id: &str) -> ValueFlow {
        value_flow(causality, event_id).expect("an access of the trace")
    }

    /// Depth, event, and what it saw.
    type Step<'f> = (u32, &'f str, Option<(&'f str, Evidence)>);

    fn steps<'f>(flow: &'f ValueFlow) -> Vec<Step<'f>> {
        let steps = flow.steps.iter();
        let saw = |step: &'f Flow| step.saw.as_deref().zip(step.evidence);
        steps.map(|step| (step.depth, &*step.event_id, saw(step))).collect()
    }

    #[test]
    fn a_wrong_balance_leads_back_to_the_update_that_was_lost() {
        let causality = causality([
            event("deposit").write("balance").value(100),
            event("a1").read("balance").value(100).after("deposit").on("1"),
            event("b1").read("balance").value(100).after("deposit").on("2"),
            event("a2").write("balance").value(70).after("a1").on("1"),
            event("b2").write("balance").value(150.0).after("b1").on("2"),
            event("r").read("balance").value(150),
        ]);
        let flow = flow_of(&causality, "r");
        let values = Evidence::Values;
        assert_eq!(
            steps(&flow),
            [
                (0, "r", Some(("b2", values))),
                (1, "b2", None),
                (2, "b1", Some(("deposit", values))),
                (3, "deposit", None),
            ]
        );
        assert_eq!(flow.steps[1].explains.as_deref(), Some("r"));
        assert!(flow.is_complete);
    }

    #[test]
    fn where_no_value_matches_a_read_saw_the_last_write_before_it() {
        let causality = causality([
            event("w1").write("x").value(1),
            event("w2").write("x").value(2).after("w1"),
            event("r").read("x").value(3).after("w2"),
            event("other").write("x").value(4),
        ]);
        let flow = flow_of(&causality, "r");
        assert_eq!(steps(&flow)[0], (0, "r", Some(("w2", Evidence::Order))));
        assert_eq!(flow.steps.len(), 2);
    }

    #[test]
    fn an_exchange_saw_its_old_value_and_a_write_what_its_strand_read_of_each_variable() {
        let causality = causality([
            event("w").write("x").value(1),
            event("r1").read("y").value(5),
            event("r2").read("y").value(6).after("r1"),
            event("e").access("AtomicRMW", "x").old(1).value(2).after("r2"),
        ]);
        let flow = flow_of(&causality, "e");
        assert_eq!(
            steps(&flow),
            [(0, "e", Some(("w", Evidence::Values))), (1, "w", None), (1, "r2", None),]
        );
    }

    #[test]
    fn only_accesses_have_a_flow() {
        let causality = causality([event("a"), event("r").read("x")]);
        assert_eq!(value_flow(&causality, "a"), None);
        assert_eq!(value_flow(&causality, "unheard of"), None);
        assert_eq!(steps(&flow_of(&causality, "r")), [(0, "r", None)]);
    }
}
