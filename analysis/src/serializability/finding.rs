//! What is reported of requests that no serial order explains.

use raceway_model::Timestamp;
use serde::Serialize;

use super::anomaly::Anomaly;
use super::conflicts::Conflict;
use crate::Causality;
use crate::trace::{Access, EventNo};

/// What was found in a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Serializability {
    /// How many groups of requests there are that no serial order explains. No request is in two of them.
    pub found: u64,
    /// How many of them are in `violations`: those whose first events are earliest.
    pub shown: u64,
    /// Variables with more conflicts than could be searched: what is found is true, but there may be more.
    pub unsearched_variables: u64,
    /// One cycle of each group.
    pub violations: Vec<Violation>,
}

/// Requests of which each would have to run before the next, and the last before the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    /// What two such requests are called, if there is a name.
    pub anomaly: Option<Anomaly>,
    /// The first events of the requests, in order of the cycle.
    pub strand_ids: Vec<String>,
    /// Of each request the conflict by which it would have to run before the next.
    pub conflicts: Vec<ConflictRecord>,
    /// How many requests are in cycles with these ones, they themselves included.
    pub group_size: u64,
    /// What happened, in a sentence.
    pub reason: String,
}

/// Two conflicting accesses that nothing orders, of which the first happened first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConflictRecord {
    /// The variable.
    pub variable: String,
    /// How the second access depends on the first: `ww`, `wr` or `rw` (Adya 1999).
    pub dependency: &'static str,
    /// The access of this request.
    pub first: AccessRecord,
    /// The access of the next one.
    pub second: AccessRecord,
    /// The latest event that happened before both.
    pub last_common_ancestor: Option<String>,
}

/// An access of a variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccessRecord {
    /// Its event.
    pub event_id: String,
    /// The first event of its request.
    pub strand_id: String,
    /// The service that recorded it.
    pub service: String,
    /// The thread that its event names.
    pub thread: Option<String>,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite`, `AtomicRMW`.
    pub access_type: &'static str,
    /// JSON of the value before.
    #[serde(serialize_with = "crate::values::as_json")]
    pub old_value: Option<String>,
    /// JSON of the value after; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    pub new_value: Option<String>,
    /// Where in the source it happened.
    pub location: Option<String>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// Ids of the locks held, in order.
    pub locks: Vec<String>,
}

/// The violation of a cycle.
pub(super) fn violation(
    causality: &Causality,
    anomaly: Option<Anomaly>,
    conflicts: &[Conflict],
    group_size: u64,
) -> Violation {
    let conflicts: Vec<_> =
        conflicts.iter().filter_map(|&conflict| record(causality, conflict)).collect();
    Violation {
        anomaly,
        strand_ids: conflicts.iter().map(|conflict| conflict.first.strand_id.clone()).collect(),
        reason: reason(&conflicts),
        conflicts,
        group_size,
    }
}

fn record(causality: &Causality, conflict: Conflict) -> Option<ConflictRecord> {
    let [first, second] = [conflict.first, conflict.second];
    let [one, other] = [first, second].map(|event| causality.trace.event(event).access);
    let (one, other) = (one?, other?);
    let ancestor = causality.order.last_common_ancestor(first, second);
    Some(ConflictRecord {
        variable: causality.trace.text(one.variable).to_owned(),
        dependency: match [one, other].map(|access| access.kind.is_write()) {
            [true, true] => "ww",
            [true, false] => "wr",
            [false, _] => "rw",
        },
        first: access(causality, first, one),
        second: access(causality, second, other),
        last_common_ancestor: ancestor.map(|event| causality.trace.event_id(event).to_owned()),
    })
}

fn access(causality: &Causality, number: EventNo, access: Access) -> AccessRecord {
    let (trace, locks) = (&causality.trace, &causality.locks);
    let event = trace.event(number);
    let optional = |name: Option<_>| name.map(|name| trace.text(name).to_owned());
    let held = locks.set(locks.set_of(number)).iter();
    let mut locks: Vec<String> = held.map(|held| trace.text(held.lock.id).to_owned()).collect();
    locks.sort_unstable();
    AccessRecord {
        event_id: trace.event_id(number).to_owned(),
        strand_id: causality.strand_id(causality.strands.of_event(number)).to_owned(),
        service: trace.text(event.service).to_owned(),
        thread: optional(event.thread),
        access_type: access.kind.as_str(),
        old_value: optional(access.old_value),
        new_value: optional(access.new_value),
        location: optional(event.location),
        timestamp: trace.timestamp(number),
        locks,
    }
}

fn reason(conflicts: &[ConflictRecord]) -> String {
    let conflict = |conflict: &ConflictRecord| {
        let [first, second] = [&conflict.first, &conflict.second];
        format!(
            "request {} {} {}{} before request {} {} it{}",
            first.strand_id,
            verb(conflict.dependency.starts_with('w')),
            conflict.variable,
            place(first),
            second.strand_id,
            verb(conflict.dependency.ends_with('w')),
            place(second),
        )
    };
    let said: Vec<String> = conflicts.iter().map(conflict).collect();
    let mut reason = said.join(", and ");
    reason.replace_range(..1.min(reason.len()), "R");
    reason + ": nothing orders these accesses, and no order of whole requests has the same outcome."
}

fn verb(is_write: bool) -> &'static str {
    if is_write { "wrote" } else { "read" }
}

fn place(access: &AccessRecord) -> String {
    access.location.as_ref().map(|location| format!(" at {location}")).unwrap_or_default()
}
