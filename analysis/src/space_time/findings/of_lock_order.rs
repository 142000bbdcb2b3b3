//! Cycles of locks as findings.

use super::access::{Role, Step};
use super::places::Places;
use super::{Found, Kind};
use crate::lock_order::{Acquisition, Deadlock, LockCycles};
use crate::severity::Severity;

pub(super) fn found(places: &Places, cycles: &LockCycles) -> Vec<Found> {
    cycles.deadlocks.iter().map(|deadlock| of_deadlock(places, deadlock)).collect()
}

fn of_deadlock(places: &Places, deadlock: &Deadlock) -> Found {
    let locks = said(deadlock.locks.iter().map(|lock| lock.id.clone()).collect());
    let step = |role, acquisition: &Acquisition| {
        let event = places.find(&acquisition.event_id, acquisition.timestamp)?;
        Some(Step { role, event })
    };
    let steps = deadlock.steps.iter().flat_map(|taken| {
        [step(Role::Holds, &taken.held), step(Role::Takes, &taken.taken)].into_iter().flatten()
    });
    let is_upgrade = deadlock.locks.len() == 1;
    Found {
        kind: Kind::Deadlock,
        severity: Severity::Critical,
        variable: None,
        description: if is_upgrade {
            format!(
                "Requests that read under {locks} take it to write, too: each waits for the other."
            )
        } else {
            format!(
                "The locks {locks} are taken in a cycle: requests can wait for each other for ever."
            )
        },
        reason: deadlock.reason.clone(),
        lost_value: None,
        missing: if is_upgrade {
            format!("{locks} is not taken exclusively from the start")
        } else {
            format!("no one order in which all take {locks}")
        },
        steps: steps.collect(),
    }
}

/// `a`, `a and b`, `a, b and c`
pub(super) fn said(mut names: Vec<String>) -> String {
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}
