//! Unserializable interleavings as findings.

use super::Found;
use super::access::{Role, Step};
use super::places::{Places, equals, said_at};
use crate::interleavings::{AccessRecord, Interleaving, Interleavings, Pattern};
use crate::text::clip_json;

pub(super) fn found(places: &Places, interleavings: &Interleavings) -> Vec<Found> {
    interleavings.shown.iter().filter_map(|found| of_interleaving(places, found)).collect()
}

fn of_interleaving(places: &Places, found: &Interleaving) -> Option<Found> {
    let number = |access: &AccessRecord| places.find(&access.event_id, access.timestamp);
    let [first, between, second] = [&found.first, &found.between, &found.second].map(number);
    let own_read = found.own_read.as_ref().and_then(number);
    let (first, between, second) = (first?, between?, second?);
    let own_read = own_read.map(|event| Step { role: Role::OwnRead, event });
    let mut steps = vec![
        Step { role: Role::First, event: first },
        Step { role: Role::Between, event: between },
        Step { role: Role::Second, event: second },
    ];
    steps.extend(own_read);
    Some(Found {
        kind: found.pattern.into(),
        severity: found.severity,
        variable: Some(found.variable.clone()),
        description: description(found),
        reason: found.reason.clone(),
        lost_value: lost_value(found),
        missing: missing(found),
        steps,
    })
}

/// What was written over.
pub(super) fn lost_value(found: &Interleaving) -> Option<String> {
    let lost = match found.pattern {
        Pattern::LostUpdate => found.between.new_value.as_ref(),
        Pattern::OwnWriteLost => found.first.new_value.as_ref(),
        Pattern::IntermediateRead | Pattern::NonRepeatableRead => None,
    };
    lost.map(|value| clip_json(value))
}

pub(super) fn missing(found: &Interleaving) -> String {
    let [first, between, second] = [&found.first, &found.between, &found.second].map(say);
    format!("no lock held from {first} to {second} keeps out {between}")
}

/// Where an access is in the source, else which event it is.
fn say(access: &AccessRecord) -> String {
    said_at(access.location.as_deref(), &access.event_id)
}

/// What happened, in one sentence.
pub(crate) fn description(found: &Interleaving) -> String {
    let [at_first, at_between, at_second] = [&found.first, &found.between, &found.second].map(say);
    let variable = &found.variable;
    let [first, between, second] = [&found.first, &found.between, &found.second]
        .map(|access| equals(access.new_value.as_deref()));
    match found.pattern {
        Pattern::LostUpdate => format!(
            "The write of {variable}{between} at {at_between} is lost: {at_second} wrote \
             {variable}{second} over it, made from what {at_first} had read before."
        ),
        Pattern::OwnWriteLost => format!(
            "The write of {variable}{first} at {at_first} is lost before {at_second} reads it: \
             {at_between} wrote {variable}{between} over it."
        ),
        Pattern::IntermediateRead => format!(
            "The read of {variable}{between} at {at_between} sees what {at_first} had written and \
             {at_second} changes again."
        ),
        Pattern::NonRepeatableRead => format!(
            "The reads of {variable} at {at_first} and {at_second} see different values: {at_between} \
             wrote {variable}{between} between them."
        ),
    }
}
