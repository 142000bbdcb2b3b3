//! Races within a trace.

use std::collections::BTreeSet;

use raceway_analysis::Causality;
use raceway_analysis::races::races;
use raceway_programs::oracle::races as oracle;

use crate::case::Case;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    case.traces.iter().try_for_each(|trace| check_trace(case, trace))
}

fn check_trace(case: &Case, trace: &Causality) -> Result<(), String> {
    let races = races(trace, &case.options()).map_err(|error| error.to_string())?;
    let pair = |one: &str, other: &str| {
        let (one, other) = (case.steps[one], case.steps[other]);
        (one.min(other), one.max(other))
    };
    let shown = races.shown.iter();
    let found: BTreeSet<(usize, usize)> =
        shown.map(|race| pair(&race.first.event_id, &race.second.event_id)).collect();
    let here = |step: usize| trace.trace.find(&case.ids[&step]).is_some();
    let expected = oracle::races(&case.execution, &case.told).into_iter();
    let expected: BTreeSet<(usize, usize)> = expected.filter(|&(one, _)| here(one)).collect();
    if let Some((one, other)) = found.symmetric_difference(&expected).next() {
        let verb = if found.contains(&(*one, *other)) { "invented" } else { "missed" };
        return Err(format!("{verb} {} with {}", case.name(*one), case.name(*other)));
    }
    if races.found != expected.len() as u64 || races.omitted != 0 {
        return Err(format!("found {}, omitted {}", races.found, races.omitted));
    }
    check_accesses(case, trace, &races, &expected)
}

/// Whether each access knows if it races.
fn check_accesses(
    case: &Case,
    trace: &Causality,
    races: &raceway_analysis::races::Races,
    expected: &BTreeSet<(usize, usize)>,
) -> Result<(), String> {
    let events = (0..).take(trace.trace.events().len());
    for event in events {
        let step = case.step(trace, event);
        let is_race = expected.iter().any(|&(one, other)| one == step || other == step);
        if races.is_race(event) != is_race {
            return Err(format!("{} is in a race: found {}", case.name(step), !is_race));
        }
    }
    Ok(())
}
