//! Races of the same two places in the source.

use std::cmp::Reverse;

use serde::Serialize;

use super::accesses::Accesses;
use super::places::{Place, RacingPlaces};
use super::search::Found;
use crate::Causality;
use crate::severity::Severity;
use crate::text::clip;
use crate::trace::UNKNOWN;

/// How many groups are shown at most.
pub const MAX_GROUPS: usize = 1_000;

/// Races of a variable at the same two places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaceGroup {
    /// How bad each is.
    pub severity: Severity,
    /// The variable.
    pub variable: String,
    /// Its service; `None` for a variable that services share.
    pub service: Option<String>,
    /// Where one access is.
    pub first: RacePlace,
    /// Where the other one is, maybe the same place.
    pub second: RacePlace,
    /// How many pairs race there: all of them.
    pub pairs: u64,
}

/// A place in the source that accesses a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RacePlace {
    /// Where it is: `unknown` where events name no location.
    pub location: String,
    /// How it accesses the variable, as events spell it.
    pub access_type: &'static str,
}

/// The groups: the worst first, then the most frequent, then by variable, service and places.
pub(super) fn groups(
    causality: &Causality,
    accesses: &Accesses,
    found: &[Found],
) -> Vec<RaceGroup> {
    let mut groups = Vec::new();
    for found in found {
        let places = found.places.iter().flatten();
        groups.extend(places.map(|places| group(causality, accesses, found, places)));
        if groups.len() > 2 * MAX_GROUPS {
            keep_first(&mut groups);
        }
    }
    keep_first(&mut groups);
    groups
}

fn keep_first(groups: &mut Vec<RaceGroup>) {
    groups.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    groups.truncate(MAX_GROUPS);
}

fn sort_key(group: &RaceGroup) -> impl Ord {
    let places = (&group.first, &group.second);
    (group.severity, Reverse(group.pairs), &group.variable, &group.service, places)
}

fn group(
    causality: &Causality,
    accesses: &Accesses,
    found: &Found,
    places: &RacingPlaces,
) -> RaceGroup {
    let trace = &causality.trace;
    let place = |place: &Place| RacePlace {
        location: place.location.map_or(UNKNOWN.to_owned(), |name| clip(trace.text(name))),
        access_type: place.kind.as_str(),
    };
    let (first, second) = (place(&places.first), place(&places.second));
    let variable = accesses.variable(found.variable);
    RaceGroup {
        severity: places.severity,
        variable: clip(trace.text(variable.name)),
        service: variable.service.map(|service| clip(trace.text(service))),
        first: first.clone().min(second.clone()),
        second: first.max(second),
        pairs: places.pairs,
    }
}
