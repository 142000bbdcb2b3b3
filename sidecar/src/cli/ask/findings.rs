//! The races of one trace, those of the same two places together.

use std::collections::HashMap;

use raceway_model::Timestamp;
use serde::Deserialize;

use super::text::clean;

/// `analysis` of a trace.
#[derive(Deserialize)]
pub(super) struct Analysis {
    pub(super) potential_races: u64,
    pub(super) race_details: Vec<RaceDetail>,
}

/// Two accesses that race.
#[derive(Deserialize)]
pub(super) struct RaceDetail {
    severity: String,
    pub(super) variable: String,
    pub(super) event1_id: String,
    pub(super) event2_id: String,
    event1_location: String,
    event2_location: String,
    event1_access_type: String,
    event2_access_type: String,
    reason: String,
}

/// Pairs of accesses that race, from the same two places. Texts are as they may be shown.
pub(super) struct Race {
    pub(super) severity: String,
    pub(super) variable: String,
    /// How the earlier access is made, and where; then the later one.
    pub(super) places: [String; 2],
    pub(super) times: u64,
    /// The earliest of these accesses.
    pub(super) since: Option<Timestamp>,
    /// Why the first pair is a race.
    pub(super) reason: String,
}

/// The races in the order in which the analysis has found them.
pub(super) fn grouped(details: &[RaceDetail], instants: &HashMap<String, Timestamp>) -> Vec<Race> {
    let mut races: Vec<Race> = Vec::new();
    for detail in details {
        let place = |kind: &str, location: &str| format!("{} at {}", clean(kind), clean(location));
        let places = [
            place(&detail.event1_access_type, &detail.event1_location),
            place(&detail.event2_access_type, &detail.event2_location),
        ];
        let variable = clean(&detail.variable);
        let since = instants.get(&detail.event1_id).copied();
        let known = races.iter_mut().find(|race| {
            (&race.variable, &race.places, &race.severity) == (&variable, &places, &detail.severity)
        });
        if let Some(race) = known {
            race.times += 1;
            race.since = race.since.into_iter().chain(since).min();
        } else {
            let severity = clean(&detail.severity);
            let reason = clean(&detail.reason);
            races.push(Race { severity, variable, places, times: 1, since, reason });
        }
    }
    races
}
