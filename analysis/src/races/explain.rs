//! What a person needs to believe that two accesses race.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};
use raceway_model::Timestamp;
use serde::Serialize;

use super::choose::Pair;
use super::reason::reason;
use crate::locks::Held;
use crate::severity::Severity;
use crate::text::{clip, clip_json};
use crate::trace::{AccessKind, Trace, UNKNOWN};
use crate::{Causality, EventNo, Options};

/// How many components of a clock are shown of an access at most.
const MAX_COMPONENTS: usize = 100;

/// Two accesses that race. Texts longer than 1,000 characters are cut, with `…` for the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Race {
    /// How bad it is.
    pub severity: Severity,
    /// The variable.
    pub variable: String,
    /// Its service; `None` for a variable that services share.
    pub service: Option<String>,
    /// The access that is earlier by time, then id.
    pub first: RaceAccess,
    /// The other one.
    pub second: RaceAccess,
    /// The id of the latest event that happened before both.
    pub last_common_ancestor: Option<String>,
    /// What races, in one line.
    pub description: String,
    /// Why it is a race: the order and the lock that are missing, in one sentence.
    pub reason: String,
}

/// One of two accesses that race.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaceAccess {
    /// Its event.
    pub event_id: String,
    /// The id of the first event of its strand, which is what a request or task is called.
    pub strand: String,
    /// The service that recorded it.
    pub service: String,
    /// Its thread, `unknown` where it names none.
    pub thread: String,
    /// Where in the source it is, `unknown` where it doesn't say.
    pub location: String,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    /// JSON of the value before. A text of JSON too long to be shown is a string of its start.
    #[serde(serialize_with = "crate::values::as_json")]
    pub old_value: Option<String>,
    /// JSON of the value after; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    pub new_value: Option<String>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The ids of the locks held, by name; of one held by several readers, with ` (shared)`.
    pub locks: Vec<String>,
    /// JSON of its clock by component, of which the first 100 by name are shown.
    pub clock: Option<String>,
}

/// Explains races. An access is in many of them, and told once.
pub(super) fn explain(causality: &Causality, options: &Options, pairs: &[Pair]) -> Vec<Race> {
    let mut known: HashMap<EventNo, RaceAccess> = HashMap::new();
    let mut access =
        |event| known.entry(event).or_insert_with(|| RaceAccess::of(causality, event)).clone();
    let race =
        |pair: &Pair| race(causality, options, pair, access(pair.first), access(pair.second));
    pairs.iter().map(race).collect()
}

fn race(
    causality: &Causality,
    options: &Options,
    pair: &Pair,
    first: RaceAccess,
    second: RaceAccess,
) -> Race {
    let trace = &causality.trace;
    let access = trace.event(pair.first).access;
    let variable = access.map_or("", |access| trace.text(access.variable));
    let is_shared = options.shared_variables.contains(variable);
    let variable = clip(variable);
    let ancestor = causality.order.last_common_ancestor(pair.first, pair.second);
    Race {
        severity: pair.severity,
        service: (!is_shared).then(|| first.service.clone()),
        description: format!("{} races with {} on {variable}", first.says(), second.says()),
        reason: reason(causality, pair, &first, &second),
        variable,
        first,
        second,
        last_common_ancestor: ancestor.map(|event| trace.event_id(event).to_owned()),
    }
}

impl RaceAccess {
    pub(crate) fn of(causality: &Causality, number: EventNo) -> Self {
        let trace = &causality.trace;
        let event = trace.event(number);
        let access = event.access;
        let text = |name| clip(trace.text(name));
        let value = |name| clip_json(trace.text(name));
        let strand = causality.strands.of_event(number);
        RaceAccess {
            event_id: trace.event_id(number).to_owned(),
            strand: causality.strand_id(strand).to_owned(),
            service: text(event.service),
            thread: event.thread.map_or(UNKNOWN.to_owned(), text),
            location: event.location.map_or(UNKNOWN.to_owned(), text),
            access_type: access.map_or(AccessKind::Write, |access| access.kind).as_str(),
            old_value: access.and_then(|access| access.old_value).map(value),
            new_value: access.and_then(|access| access.new_value).map(value),
            timestamp: trace.timestamp(number),
            locks: locks(causality, number),
            clock: clock(trace, number),
        }
    }

    /// `Write at a.rs:10 in thread 7`
    fn says(&self) -> String {
        format!("{} at {} in thread {}", self.access_type, self.location, self.thread)
    }
}

/// The ids of the locks held at an event, by name; of one held by several readers, with ` (shared)`.
pub(crate) fn locks(causality: &Causality, event: EventNo) -> Vec<String> {
    let held = causality.locks.set(causality.locks.set_of(event)).iter();
    let name = |held: &Held| {
        let id = clip(causality.trace.text(held.lock.id));
        if held.is_shared { format!("{id} (shared)") } else { id }
    };
    held.map(name).collect()
}

fn clock(trace: &Trace, event: EventNo) -> Option<String> {
    let clock = components(trace, event);
    if clock.is_empty() { None } else { serde_json::to_string(&clock).ok() }
}

/// Its clock by component, of which the first 100 by name are shown.
pub(crate) fn components(trace: &Trace, event: EventNo) -> BTreeMap<String, u64> {
    let components = trace.clock(event).iter().map(|&(name, clock)| (trace.text(name), clock));
    let mut components: Vec<(&str, u64)> = components.collect();
    components.sort_unstable();
    components.truncate(MAX_COMPONENTS);
    components.into_iter().map(|(name, clock)| (clip(name), clock)).collect()
}
