//! What is in conflict.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use crate::races::RaceAccess;
use crate::races::explain::components;
use crate::strands::StrandNo;
use crate::text::clip;
use crate::{Causality, EventNo};

/// An access of a finding, or a step of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphFindingAccess))]
pub struct FindingAccess {
    /// Its trace, where a finding ties traces together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub trace_id: Option<String>,
    /// What it is to the finding.
    pub role: Role,
    /// Its event.
    pub event_id: String,
    /// The place of its strand among those of its trace.
    pub strand: StrandNo,
    /// The service that recorded it.
    pub service: String,
    /// Its thread or task, `unknown` where it names none.
    pub thread: String,
    /// Where in the source it happened, `unknown` where it names no place.
    pub location: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`; of what is no access, its kind.
    pub access_type: String,
    /// The value before, if it names one. A long one is a string of its start.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub old_value: Option<String>,
    /// The value after, if it names one; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub new_value: Option<String>,
    /// Its clock by component, of which the first 100 by name are shown.
    pub clock: BTreeMap<String, u64>,
    /// The ids of the locks held, by name; of one held by several readers, with ` (shared)`.
    pub locks: Vec<String>,
    /// The variable of an access, the lock of a step.
    pub of: String,
}

/// What an access is to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphFindingRole))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first of two, or of three of which another strand's is between.
    First,
    /// That of another strand, between two of one strand.
    Between,
    /// The second of two, or the last of three.
    Second,
    /// Of a lost update, what the strand of `between` had read.
    OwnRead,
    /// A lock is held from there on,
    Holds,
    /// and this one is taken then.
    Takes,
}

impl Role {
    /// Whether it is one of those that nothing orders, and not what was before.
    pub(super) fn is_in_conflict(self) -> bool {
        !matches!(self, Role::OwnRead | Role::Holds)
    }
}

/// An event of a finding.
pub(super) struct Step {
    pub(super) role: Role,
    pub(super) event: EventNo,
}

impl FindingAccess {
    pub(super) fn of(causality: &Causality, step: &Step) -> Self {
        let trace = &causality.trace;
        let event = trace.event(step.event);
        let access = RaceAccess::of(causality, step.event);
        let of = event.access.map(|access| access.variable).or(event.lock.map(|step| step.lock));
        FindingAccess {
            trace_id: None,
            role: step.role,
            event_id: access.event_id,
            strand: causality.strands.of_event(step.event),
            service: access.service,
            thread: access.thread,
            location: access.location,
            timestamp: access.timestamp,
            access_type: match event.access {
                Some(_) => access.access_type.to_owned(),
                None => trace.text(event.kind).to_owned(),
            },
            old_value: access.old_value,
            new_value: access.new_value,
            clock: components(trace, step.event),
            locks: access.locks,
            of: of.map(|name| clip(trace.text(name))).unwrap_or_default(),
        }
    }
}
