//! Requests that no serial order explains as findings.

use std::collections::BTreeSet;

use super::access::{Role, Step};
use super::of_lock_order::said;
use super::places::Places;
use super::{Found, Kind};
use crate::interleavings::Interleavings;
use crate::serializability::{Serializability, Violation};
use crate::severity::Severity;

/// Those that aren't told as an interleaving of the same two requests at the same variable.
pub(super) fn found(
    places: &Places,
    unserializable: &Serializability,
    interleavings: &Interleavings,
) -> Vec<Found> {
    let told: BTreeSet<(&str, [&str; 2])> = interleavings
        .shown
        .iter()
        .map(|found| (&*found.variable, pair(&found.first.strand_id, &found.between.strand_id)))
        .collect();
    let is_new = |violation: &&Violation| {
        let mut conflicts = violation.conflicts.iter().map(|conflict| {
            (&*conflict.variable, pair(&conflict.first.strand_id, &conflict.second.strand_id))
        });
        let first = conflicts.next();
        !first.is_some_and(|first| told.contains(&first) && conflicts.all(|next| next == first))
    };
    let violations = unserializable.violations.iter().filter(is_new);
    violations.map(|violation| of_violation(places, violation)).collect()
}

fn pair<'s>(one: &'s str, other: &'s str) -> [&'s str; 2] {
    if one < other { [one, other] } else { [other, one] }
}

fn of_violation(places: &Places, violation: &Violation) -> Found {
    let conflicts = violation.conflicts.iter();
    let variables: BTreeSet<&str> = conflicts.clone().map(|conflict| &*conflict.variable).collect();
    let named = said(variables.iter().map(|&variable| variable.to_owned()).collect());
    let steps = conflicts.flat_map(|conflict| {
        let accesses = [(Role::First, &conflict.first), (Role::Second, &conflict.second)];
        accesses.into_iter().filter_map(|(role, access)| {
            let event = places.find(&access.event_id, access.timestamp)?;
            Some(Step { role, event })
        })
    });
    let kind = Kind::from(violation.anomaly);
    let name = violation.anomaly.map_or("no serial order", |anomaly| anomaly.as_str());
    Found {
        kind,
        severity: severity(kind),
        variable: variables.first().filter(|_| variables.len() == 1).map(|&name| name.to_owned()),
        description: format!(
            "{} requests conflict on {named} ({name}): no order of whole requests has the same outcome.",
            violation.strand_ids.len()
        ),
        reason: violation.reason.clone(),
        lost_value: None,
        missing: format!("no lock that each request holds around all of its accesses of {named}"),
        steps: steps.collect(),
    }
}

/// Critical where what was written may be lost, or be made from what was no longer so.
fn severity(kind: Kind) -> Severity {
    match kind {
        Kind::DirtyRead | Kind::NonRepeatableRead | Kind::ReadSkew => Severity::Warning,
        _ => Severity::Critical,
    }
}
