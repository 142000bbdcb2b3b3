//! The audit trail of a variable: who accessed it, in order of time.

use std::collections::BTreeMap;

use raceway_model::Timestamp;
use serde::Serialize;

use crate::Causality;
use crate::order::Order;
use crate::races::Races;
use crate::races::seen::{Listed, ranges_seen};
use crate::trace::{Access, EventNo, Trace, UNKNOWN};

/// An access of a variable, and what it has to do with the one before it in its trail.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TrailEntry {
    /// The access.
    pub event_id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// Its thread or task, `unknown` where it names none.
    pub thread_id: String,
    /// The service that recorded it, `unknown` where it names none.
    pub service_name: String,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    /// Where in the source it happened, `unknown` where it names no place.
    pub location: String,
    /// JSON of the value before, if it names one.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub old_value: Option<String>,
    /// JSON of the value after, if it names one; of a read, the value.
    #[serde(serialize_with = "crate::values::as_json")]
    #[cfg_attr(feature = "schema", schema(value_type = serde_json::Value, required))]
    pub new_value: Option<String>,
    /// Whether the access before it in the trail happened before it; of the first one, true.
    pub has_causal_link_to_previous: bool,
    /// Whether it is in some race.
    pub is_race: bool,
}

/// All accesses of the variables of this name, of all services: by time, those of one instant in an order
/// in which they can have happened, then by id.
#[must_use]
pub fn audit_trail(causality: &Causality, races: &Races, variable: &str) -> Vec<TrailEntry> {
    let trace = &causality.trace;
    let Some(variable) = trace.names().get(variable) else { return Vec::new() };
    let accesses = accesses(trace).filter(|(_, access)| access.variable == variable);
    trail(causality, races, accesses.collect())
}

/// The audit trails of all variables of a trace, by name.
#[must_use]
pub fn audit_trails(causality: &Causality, races: &Races) -> BTreeMap<String, Vec<TrailEntry>> {
    let trace = &causality.trace;
    let mut by_variable: BTreeMap<&str, Vec<(EventNo, Access)>> = BTreeMap::new();
    for (event, access) in accesses(trace) {
        by_variable.entry(trace.text(access.variable)).or_default().push((event, access));
    }
    let trail =
        |(variable, accesses): (&str, _)| (variable.to_owned(), trail(causality, races, accesses));
    by_variable.into_iter().map(trail).collect()
}

fn accesses(trace: &Trace) -> impl Iterator<Item = (EventNo, Access)> {
    (0..).zip(trace.events()).filter_map(|(number, event)| Some((number, event.access?)))
}

/// The trail of accesses in order of time and id.
fn trail(
    causality: &Causality,
    races: &Races,
    mut accesses: Vec<(EventNo, Access)>,
) -> Vec<TrailEntry> {
    let trace = &causality.trace;
    let time = |&(event, _): &(EventNo, Access)| trace.event(event).time;
    for instant in accesses.chunk_by_mut(|one, other| time(one) == time(other)) {
        sort_instant(&causality.order, instant);
    }
    let mut previous = None;
    let entries = accesses.iter().map(|&(event, access)| {
        let is_linked = previous
            .replace(event)
            .is_none_or(|previous| causality.order.happens_before(previous, event));
        entry(trace, event, access, is_linked, races.is_race(event))
    });
    entries.collect()
}

/// Puts accesses of one instant, which are in order of ids, in the order in which they happened: by how many
/// of them they have seen.
fn sort_instant(order: &Order, accesses: &mut [(EventNo, Access)]) {
    if accesses.len() < 2 {
        return;
    }
    let mut events: Vec<EventNo> = accesses.iter().map(|&(event, _)| event).collect();
    events.sort_unstable_by_key(|&event| (order.chain_of(event), order.place_of(event)));
    let listed = Listed::of(order, events.iter().copied());
    let mut seen = vec![0_u32; events.len() + 1];
    ranges_seen(order, &listed, &listed, |these, those| {
        let count = those.end - those.start;
        seen[these.start as usize] = seen[these.start as usize].wrapping_add(count);
        seen[these.end as usize] = seen[these.end as usize].wrapping_sub(count);
    });
    let mut on_others = 0_u32;
    let heights = listed.runs().iter().flat_map(|run| (0..).zip(run.events.clone()));
    let heights = heights.map(|(before_on_its_chain, place): (u32, u32)| {
        on_others = on_others.wrapping_add(seen[place as usize]);
        (events[place as usize], before_on_its_chain + on_others)
    });
    let heights: foldhash::HashMap<EventNo, u32> = heights.collect();
    accesses.sort_by_key(|(event, _)| heights[event]);
}

fn entry(
    trace: &Trace,
    number: EventNo,
    access: Access,
    has_causal_link_to_previous: bool,
    is_race: bool,
) -> TrailEntry {
    let event = trace.event(number);
    let text = |name| trace.text(name).to_owned();
    let known = |name: Option<_>| name.map_or_else(|| UNKNOWN.to_owned(), text);
    TrailEntry {
        event_id: text(event.id),
        timestamp: trace.timestamp(number),
        thread_id: known(event.thread),
        service_name: text(event.service),
        access_type: access.kind.as_str(),
        location: known(event.location),
        old_value: access.old_value.map(text),
        new_value: access.new_value.map(text),
        has_causal_link_to_previous,
        is_race,
    }
}

#[cfg(test)]
mod tests {
    use super::{TrailEntry, audit_trail, audit_trails};
    use crate::races::races;
    use crate::testing::{causality, event};
    use crate::{Causality, Options};

    fn trail_of(causality: &Causality, variable: &str) -> Vec<TrailEntry> {
        let races = races(causality, &Options::default()).expect("a small trace");
        let trail = audit_trail(causality, &races, variable);
        assert_eq!(audit_trails(causality, &races).get(variable).unwrap_or(&Vec::new()), &trail);
        trail
    }

    #[test]
    fn a_trail_tells_what_is_linked_and_what_races() {
        let causality = causality([
            event("a").write("x").value(1).on("1").location("a.rs:1"),
            event("b").read("x").value(1).after("a"),
            event("c").write("x").of("shop"),
            event("d").write("x"),
            event("e").write("y"),
        ]);
        let trail = trail_of(&causality, "x");
        let told: Vec<_> = trail
            .iter()
            .map(|entry| (&*entry.event_id, entry.has_causal_link_to_previous, entry.is_race))
            .collect();
        let expected =
            [("a", true, true), ("b", true, true), ("c", false, false), ("d", false, true)];
        assert_eq!(told, expected);
        assert_eq!((&*trail[0].thread_id, &*trail[0].location), ("1", "a.rs:1"));
        assert_eq!((&*trail[2].thread_id, &*trail[2].location), ("unknown", "unknown"));
        assert_eq!(
            (trail[0].old_value.as_deref(), trail[0].new_value.as_deref()),
            (None, Some("1"))
        );
        assert_eq!(trail_of(&causality, "unheard of"), []);
    }

    #[test]
    fn accesses_of_one_instant_are_in_the_order_in_which_they_happened() {
        let at = |id| event(id).write("x").at(1.0);
        let causality = causality([at("c"), at("a").after("c"), at("b"), at("0").after("a")]);
        let trail = trail_of(&causality, "x");
        let ids: Vec<&str> = trail.iter().map(|entry| &*entry.event_id).collect();
        assert_eq!(ids, ["b", "c", "a", "0"]);
    }
}
