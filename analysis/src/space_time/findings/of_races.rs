//! Races as findings.

use super::access::{Role, Step};
use super::places::Places;
use super::{Found, Kind};
use crate::races::{Race, Races};

pub(super) fn found(places: &Places, races: &Races) -> Vec<Found> {
    races.shown.iter().filter_map(|race| of_race(places, race)).collect()
}

fn of_race(places: &Places, race: &Race) -> Option<Found> {
    let [first, second] =
        [&race.first, &race.second].map(|access| places.find(&access.event_id, access.timestamp));
    let (first, second) = (first?, second?);
    Some(Found {
        kind: Kind::Race,
        severity: race.severity,
        variable: Some(race.variable.clone()),
        description: format!("{}.", race.description),
        reason: race.reason.clone(),
        lost_value: None,
        missing: format!(
            "{}; nothing orders {} and {}",
            missing_lock(race),
            places.say(first),
            places.say(second)
        ),
        steps: vec![
            Step { role: Role::First, event: first },
            Step { role: Role::Second, event: second },
        ],
    })
}

fn missing_lock(race: &Race) -> &'static str {
    let [first, second] = [&race.first.locks, &race.second.locks];
    if first.is_empty() && second.is_empty() {
        "no lock"
    } else if first.iter().any(|lock| second.contains(lock)) {
        "no lock in common that excludes the other"
    } else {
        "no lock in common"
    }
}
