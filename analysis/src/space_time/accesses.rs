//! The accesses of a diagram: what happened to each variable.

use std::ops::Range;

use raceway_model::Timestamp;
use serde::Serialize;

use super::within;
use crate::races::Races;
use crate::strands::StrandNo;
use crate::text::clip_json;
use crate::trace;
use crate::value_flow::writes::Writes;
use crate::{Causality, EventNo};

/// An access of a variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphAccess))]
pub struct Access {
    /// Its event.
    pub event_id: String,
    /// The variable.
    pub variable: String,
    /// The service that recorded it, `unknown` where it names none.
    pub service: String,
    /// The place of its strand.
    pub strand: StrandNo,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    /// The value before, if it names one. A long one is a string of its start.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub old_value: Option<String>,
    /// The value after, if it names one; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub new_value: Option<String>,
    /// Of a read, the write that it saw: the latest that stored its value, else the last that happened before it.
    #[cfg_attr(feature = "schema", schema(required))]
    pub reads_from: Option<String>,
    /// Whether it is in some race.
    pub is_race: bool,
    /// When it happened.
    pub timestamp: Timestamp,
}

/// Those in the window, by variable and service, then time.
pub(super) fn accesses(causality: &Causality, races: &Races, window: &Range<i64>) -> Vec<Access> {
    let trace = &causality.trace;
    let mut writes = Writes::of(causality);
    let of_event = |number: EventNo| Some((number, trace.event(number).access?));
    let shown = within(causality, window).filter_map(of_event);
    let access = |(number, access)| told(causality, races, &mut writes, number, access);
    let mut accesses: Vec<Access> = shown.map(access).collect();
    accesses.sort_by(|a, b| (&a.variable, &a.service).cmp(&(&b.variable, &b.service)));
    accesses
}

fn told(
    causality: &Causality,
    races: &Races,
    writes: &mut Writes,
    number: EventNo,
    access: trace::Access,
) -> Access {
    let trace = &causality.trace;
    let event = trace.event(number);
    let value = |name: Option<_>| name.map(|name| clip_json(trace.text(name)));
    let seen = if access.kind.is_read() { writes.seen_by(number) } else { None };
    Access {
        event_id: trace.event_id(number).to_owned(),
        variable: trace.text(access.variable).to_owned(),
        service: trace.text(event.service).to_owned(),
        strand: causality.strands.of_event(number),
        access_type: access.kind.as_str(),
        old_value: value(access.old_value),
        new_value: value(access.new_value),
        reads_from: seen.map(|(write, _)| trace.event_id(write).to_owned()),
        is_race: races.is_race(number),
        timestamp: trace.timestamp(number),
    }
}
