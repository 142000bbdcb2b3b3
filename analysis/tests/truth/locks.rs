//! Which locks are held.

use std::collections::BTreeSet;

use raceway_analysis::locks::Held;
use raceway_analysis::{Causality, EventNo};
use raceway_programs::Held as Expected;

use crate::case::Case;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    case.traces.iter().try_for_each(|trace| {
        let accesses = (0..).zip(trace.trace.events()).filter(|(_, event)| event.access.is_some());
        accesses.map(|(event, _)| event).try_for_each(|event| check_access(case, trace, event))
    })
}

fn check_access(case: &Case, trace: &Causality, event: EventNo) -> Result<(), String> {
    let step = case.step(trace, event);
    let found = names(trace, trace.locks.set(trace.locks.set_of(event)));
    let expected = expected(case, &case.told.held[step]);
    if found == expected {
        return Ok(());
    }
    Err(format!("{} holds {found:?} instead of {expected:?}", case.name(step)))
}

/// Service, id, and whether it is shared.
type Names = BTreeSet<(String, String, bool)>;

fn names(trace: &Causality, held: &[Held]) -> Names {
    let text = |name| trace.trace.text(name).to_owned();
    held.iter().map(|held| (text(held.lock.service), text(held.lock.id), held.is_shared)).collect()
}

fn expected(case: &Case, held: &[Expected]) -> Names {
    let name = |held: &Expected| {
        let lock = &case.execution.program.locks[held.lock];
        (lock.service.clone(), lock.name.clone(), held.is_shared)
    };
    held.iter().map(name).collect()
}
