//! Makes reports of what was found.

use raceway_model::Timestamp;

use super::access::Access;
use super::choose::Chosen;
use super::finding::{AccessRecord, Evidence, Interleaving};
use super::pattern::Pattern;
use super::reason::reason;
use super::window::{Variable, Window};
use crate::names::Name;
use crate::trace::AccessKind;
use crate::values::tells;

/// How far back a strand's own read is looked for, in accesses of the variable.
const FAR_BACK: usize = 1000;

/// The report of an interleaving of a variable.
pub(super) fn report(window: &Window, variable: &Variable, chosen: &Chosen) -> Interleaving {
    let first = &variable.accesses[chosen.triple.first as usize];
    let second = &variable.accesses[chosen.triple.first as usize + 1];
    let between = &variable.accesses[chosen.triple.between as usize];
    let pattern = Pattern::of(first.kind, between.kind, second.kind)
        .expect("only accesses that make a pattern are chosen");
    let own_read = own_read(variable, chosen.triple.between as usize)
        .filter(|_| pattern == Pattern::LostUpdate);
    let records = [first, between, second].map(|access| record(window, access));
    let variable = window.texts.text(variable.name);
    let reason = reason(pattern, variable, &records);
    let [first_record, between_record, second_record] = records;
    Interleaving {
        pattern,
        severity: pattern.severity(),
        service: second_record.service.clone(),
        variable: variable.to_owned(),
        evidence: evidence(window, pattern, first, between, second),
        first: first_record,
        between: between_record,
        second: second_record,
        own_read: own_read.map(|access| record(window, access)),
        reason,
    }
}

/// What the strand of an access had read last before it.
fn own_read(variable: &Variable, place: usize) -> Option<&Access> {
    let accesses = &variable.accesses;
    let before = accesses[place.saturating_sub(FAR_BACK)..place].iter().rev();
    let mut own = before.take_while(|access| access.strand == accesses[place].strand);
    own.find(|access| access.kind.is_read())
}

/// Values show a lost update if a₂ was made from what a₁ had read and b had changed, or if both writes
/// were made from one value (as Elle reads versions; Kingsbury and Alvaro, VLDB 2020).
fn evidence(
    window: &Window,
    pattern: Pattern,
    first: &Access,
    between: &Access,
    second: &Access,
) -> Evidence {
    let Some(old) = second.old_value.filter(|&value| window.tells(value)) else {
        return Evidence::Order;
    };
    let is_stale = first.new_value == Some(old) && between.new_value.is_some_and(|new| new != old);
    let is_shown = is_stale || between.old_value == Some(old);
    if pattern == Pattern::LostUpdate && is_shown { Evidence::Values } else { Evidence::Order }
}

impl Window {
    /// Whether the equality of a value tells something.
    pub(crate) fn tells(&self, value: Name) -> bool {
        tells(self.texts.text(value))
    }
}

/// An access as reports show it.
pub(crate) fn record(window: &Window, access: &Access) -> AccessRecord {
    let text = |name: Name| window.texts.text(name).to_owned();
    let locks = window.locks.set(access.locks).iter();
    let mut locks: Vec<String> = locks.map(|held| text(held.lock.id)).collect();
    locks.sort_unstable();
    AccessRecord {
        trace_id: window.traces.get(access.trace).to_owned(),
        event_id: window.events.get(access.event_id).to_owned(),
        strand_id: window.strands.get(access.strand).to_owned(),
        thread: access.thread.map(text),
        service: text(access.service),
        location: access.location.map(text),
        access_type: AccessKind::as_str(access.kind),
        old_value: access.old_value.map(text),
        new_value: access.new_value.map(text),
        timestamp: Timestamp::nearest(access.time),
        locks,
    }
}
