//! Races as lines of text, which Raceway's terminal program shows: it finds a variable after `RACE on `, and
//! events by the first characters of their ids.

use super::{Race, Races, VariableRaces};
use crate::severity::Severity;
use crate::text::start;

/// A block for each variable, the worst first: how many pairs race, and the first of them as far as races
/// are shown.
#[must_use]
pub fn anomaly_lines(races: &Races) -> Vec<String> {
    if races.variables.is_empty() {
        return vec!["No potential races detected for this trace".to_owned()];
    }
    let block = |variable| std::iter::once(head(variable)).chain(example(races, variable));
    races.variables.iter().flat_map(block).collect()
}

fn head(races: &VariableRaces) -> String {
    let sign = match races.severity {
        Severity::Critical => "🚨",
        Severity::Warning => "⚠️",
    };
    let pairs = if races.pairs == 1 { "pair" } else { "pairs" };
    let (severity, variable) = (races.severity.as_str(), &races.variable);
    format!("{sign} {severity} RACE on {variable} ({} {pairs})", races.pairs)
}

fn example<'r>(races: &'r Races, of: &VariableRaces) -> impl Iterator<Item = String> + use<'r> {
    let is_of = |race: &&Race| race.variable == of.variable && race.service == of.service;
    let race = races.shown.iter().find(is_of);
    race.into_iter().flat_map(|race| [(1, &race.first), (2, &race.second)]).map(
        |(number, access)| {
            let event = start(&access.event_id);
            format!("   Event {number}: {event} @ {} [{}]", access.location, access.thread)
        },
    )
}
