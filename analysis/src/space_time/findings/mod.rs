//! What is wrong in a trace: races, interleavings, cycles of locks, requests that no serial order explains. All in one
//! form, so that a diagram can show each.

mod access;
mod of_interleavings;
mod of_lock_order;
mod of_races;
mod of_serializability;
mod places;

use std::collections::BTreeMap;
use std::ops::Range;

use raceway_model::{id_key, uuid_text};
use serde::Serialize;

pub use access::{FindingAccess, Role};

use crate::interleavings::{Interleavings, Pattern};
use crate::lock_order::lock_order;
use crate::races::Races;
use crate::serializability::{Anomaly, serializability};
use crate::severity::Severity;
use crate::{Causality, EventNo, Options};
use access::Step;
use places::Places;

/// How many findings of a kind are told at most.
pub const MAX_OF_KIND: usize = 100;

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphFinding))]
pub struct Finding {
    /// What it is called in its trace: the same whatever else comes to the trace.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// The variable; of several, or of locks, none.
    #[cfg_attr(feature = "schema", schema(required))]
    pub variable: Option<String>,
    /// The service of the first access.
    pub service: String,
    /// What happened, in one sentence.
    pub description: String,
    /// Why: the order and the lock that are missing.
    pub reason: String,
    /// The value that was written over, if it is known.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub lost_value: Option<String>,
    /// The id of the last event that happened before all of the accesses.
    #[cfg_attr(feature = "schema", schema(required))]
    pub common_ancestor: Option<String>,
    /// What would have prevented it.
    pub missing: String,
    /// What is in conflict, in order.
    pub accesses: Vec<FindingAccess>,
}

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphFindingKind))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A write was made from an older value, over another write.
    LostUpdate,
    /// A request read what another had written over its own write.
    OwnWriteLost,
    /// Each of two requests read what the other then wrote.
    WriteSkew,
    /// Each of two requests wrote after the other.
    DirtyWrite,
    /// Locks are taken in a cycle: requests can wait for each other for ever.
    Deadlock,
    /// No serial order of whole requests explains what was read and written.
    Unserializable,
    /// Two accesses that nothing orders and no lock keeps apart.
    Race,
    /// A value was read that was not to stay.
    IntermediateRead,
    /// What one request had written was read while it went on.
    DirtyRead,
    /// Two reads of one request saw different values.
    NonRepeatableRead,
    /// Two variables were read of different states.
    ReadSkew,
    /// Each of two requests has read what the other wrote.
    CircularInformationFlow,
}

impl From<Pattern> for Kind {
    fn from(pattern: Pattern) -> Self {
        match pattern {
            Pattern::LostUpdate => Kind::LostUpdate,
            Pattern::OwnWriteLost => Kind::OwnWriteLost,
            Pattern::IntermediateRead => Kind::IntermediateRead,
            Pattern::NonRepeatableRead => Kind::NonRepeatableRead,
        }
    }
}

impl From<Option<Anomaly>> for Kind {
    fn from(anomaly: Option<Anomaly>) -> Self {
        match anomaly {
            Some(Anomaly::LostUpdate) => Kind::LostUpdate,
            Some(Anomaly::DirtyRead) => Kind::DirtyRead,
            Some(Anomaly::NonRepeatableRead) => Kind::NonRepeatableRead,
            Some(Anomaly::OwnWriteLost) => Kind::OwnWriteLost,
            Some(Anomaly::WriteSkew) => Kind::WriteSkew,
            Some(Anomaly::ReadSkew) => Kind::ReadSkew,
            Some(Anomaly::DirtyWrite) => Kind::DirtyWrite,
            Some(Anomaly::CircularInformationFlow) => Kind::CircularInformationFlow,
            None => Kind::Unserializable,
        }
    }
}

/// A finding before its accesses are looked up.
struct Found {
    kind: Kind,
    severity: Severity,
    variable: Option<String>,
    description: String,
    reason: String,
    lost_value: Option<String>,
    missing: String,
    steps: Vec<Step>,
}

/// Those with an access in the window, the worst first, then by kind, variable and time; and how many others there
/// are of a kind of which too many are.
pub(super) fn findings(
    causality: &Causality,
    races: &Races,
    interleavings: &Interleavings,
    options: &Options,
    window: &Range<i64>,
) -> (Vec<Finding>, u64) {
    let places = Places::of(&causality.trace);
    let cycles = lock_order(causality);
    let unserializable = serializability(causality, options);
    let mut found = of_races::found(&places, races);
    found.extend(of_interleavings::found(&places, interleavings));
    found.extend(of_lock_order::found(&places, &cycles));
    found.extend(of_serializability::found(&places, &unserializable, interleavings));
    let is_shown = |step: &Step| window.contains(&causality.trace.event(step.event).time);
    found.retain(|found| found.steps.iter().any(is_shown));
    found.sort_by_key(|found| {
        let first = found.steps.iter().map(|step| step.event).min();
        (found.severity, found.kind, found.variable.clone(), first)
    });
    let not_looked_at = races.omitted
        + (interleavings.found - interleavings.shown.len() as u64)
        + (cycles.found - cycles.shown)
        + (unserializable.found - unserializable.shown);
    let omitted = keep_some(&mut found);
    let told = found.into_iter().map(|found| told(causality, found)).collect();
    (told, not_looked_at + omitted)
}

/// Leaves out those of a kind of which there are too many, and says how many.
fn keep_some(found: &mut Vec<Found>) -> u64 {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    let before = found.len();
    found.retain(|found| {
        let count = counts.entry(found.kind).or_default();
        *count += 1;
        *count <= MAX_OF_KIND
    });
    (before - found.len()) as u64
}

fn told(causality: &Causality, found: Found) -> Finding {
    let trace = &causality.trace;
    let unordered: Vec<EventNo> = found
        .steps
        .iter()
        .filter(|step| step.role.is_in_conflict())
        .map(|step| step.event)
        .collect();
    let ancestor = causality.order.last_before_all(&unordered);
    let accesses: Vec<FindingAccess> =
        found.steps.iter().map(|step| FindingAccess::of(causality, step)).collect();
    Finding {
        id: id(found.kind, found.variable.as_deref(), &accesses),
        kind: found.kind,
        severity: found.severity,
        variable: found.variable,
        service: accesses.first().map(|access| access.service.clone()).unwrap_or_default(),
        description: found.description,
        reason: found.reason,
        lost_value: found.lost_value,
        common_ancestor: ancestor.map(|event| trace.event_id(event).to_owned()),
        missing: found.missing,
        accesses,
    }
}

/// The start of a hash of what makes it this finding: short enough for an address, and of a trace's few hundred
/// findings no two have the same.
fn id(kind: Kind, variable: Option<&str>, accesses: &[FindingAccess]) -> String {
    const LENGTH: usize = 12;
    let ids: Vec<&str> = accesses.iter().map(|access| &*access.event_id).collect();
    let identity = serde_json::to_string(&(kind, variable, ids)).unwrap_or_default();
    let (key, _) = id_key(&identity);
    uuid_text(&key).chars().filter(|&digit| digit != '-').take(LENGTH).collect()
}

#[cfg(test)]
mod tests;
