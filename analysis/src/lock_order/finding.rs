//! What is reported of locks that are taken in a cycle.

use raceway_model::Timestamp;
use serde::Serialize;

use super::example::Part;
use crate::Causality;
use crate::locks::Hold;

/// What was found in traces.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockCycles {
    /// How many cycles of locks there are in which strands can wait for each other for ever.
    pub found: u64,
    /// How many of them are in `deadlocks`: the shortest.
    pub shown: u64,
    /// Whether all cycles of at most [`MAX_LENGTH`](super::MAX_LENGTH) locks were looked at: else there may
    /// be more.
    pub is_complete: bool,
    /// One example of each cycle.
    pub deadlocks: Vec<Deadlock>,
}

/// Strands that can wait for each other in a cycle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deadlock {
    /// The locks in order of the cycle, from the first by service and id on.
    pub locks: Vec<LockId>,
    /// The strands in order of the cycle: each holds the lock at its place and takes the next one.
    pub steps: Vec<Step>,
    /// What can happen, in a sentence.
    pub reason: String,
}

/// A lock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockId {
    /// Its service.
    pub service: String,
    /// Its id in this service.
    pub id: String,
}

/// A strand that takes a lock while it holds another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its trace.
    pub trace_id: String,
    /// The first event of the strand.
    pub strand_id: String,
    /// The thread that the event names by which it takes the lock.
    pub thread: Option<String>,
    /// The lock of the cycle that it holds.
    pub held: Acquisition,
    /// The next lock, which it takes.
    pub taken: Acquisition,
    /// All that it holds then, in the order in which it was taken.
    pub stack: Vec<Acquisition>,
    /// How often the strand takes that lock while it holds these.
    pub count: u64,
}

/// A lock was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Acquisition {
    /// The lock.
    pub lock: LockId,
    /// Whether others can hold it with this one.
    pub is_shared: bool,
    /// The event by which it was taken, or the first that says that it is held.
    pub event_id: String,
    /// Where in the source that was.
    pub location: Option<String>,
    /// When it was.
    pub timestamp: Timestamp,
}

/// The finding of an example.
pub(super) fn deadlock(traces: &[&Causality], parts: &[Part]) -> Deadlock {
    let steps: Vec<Step> =
        parts.iter().map(|part| step(traces[part.trace as usize], part)).collect();
    let mut locks: Vec<LockId> = steps.iter().map(|step| step.held.lock.clone()).collect();
    locks.dedup();
    Deadlock { locks, reason: reason(&steps), steps }
}

fn step(causality: &Causality, part: &Part) -> Step {
    let (trace, holds) = (&causality.trace, causality.locks.holds());
    let mut within = part.taken.within.clone();
    within.sort_unstable();
    let stack = within.iter().map(|&outer| acquisition(causality, &holds[outer as usize]));
    let thread = trace.event(part.taken.acquired).thread;
    Step {
        trace_id: trace.id.clone(),
        strand_id: causality.strand_id(part.taken.strand).to_owned(),
        thread: thread.map(|thread| trace.text(thread).to_owned()),
        held: acquisition(causality, &holds[part.held as usize]),
        taken: acquisition(causality, part.taken),
        stack: stack.collect(),
        count: part.count,
    }
}

fn acquisition(causality: &Causality, hold: &Hold) -> Acquisition {
    let trace = &causality.trace;
    let lock = hold.held.lock;
    let location = trace.event(hold.acquired).location;
    Acquisition {
        lock: LockId {
            service: trace.text(lock.service).to_owned(),
            id: trace.text(lock.id).to_owned(),
        },
        is_shared: hold.held.is_shared,
        event_id: trace.event_id(hold.acquired).to_owned(),
        location: location.map(|location| trace.text(location).to_owned()),
        timestamp: trace.timestamp(hold.acquired),
    }
}

fn reason(steps: &[Step]) -> String {
    let said: Vec<String> = steps
        .iter()
        .map(|step| {
            format!(
                "request {} takes {} and then {}",
                step.strand_id,
                taken(&step.held),
                taken(&step.taken)
            )
        })
        .collect();
    let mut reason = said.join(", ");
    reason.replace_range(..1.min(reason.len()), "R");
    let whom = if steps.len() == 2 { "the other" } else { "the next" };
    format!("{reason}: if they run at once, each waits for {whom}.")
}

fn taken(acquisition: &Acquisition) -> String {
    let shared = if acquisition.is_shared { " for reading" } else { "" };
    let place = acquisition.location.as_ref();
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    format!("{}{shared}{place}", acquisition.lock.id)
}
