//! Strands, calls and happens-before.

use std::collections::BTreeSet;

use raceway_analysis::{Causality, EventNo};

use crate::case::Case;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    case.traces.iter().try_for_each(|trace| {
        pairs(trace).try_for_each(|(one, other)| check_pair(case, trace, one, other))?;
        check_calls(case, trace)
    })
}

fn pairs(trace: &Causality) -> impl Iterator<Item = (EventNo, EventNo)> {
    let count = EventNo::try_from(trace.trace.events().len()).expect("a small trace");
    (0..count).flat_map(move |one| (0..count).map(move |other| (one, other)))
}

fn check_pair(case: &Case, trace: &Causality, one: EventNo, other: EventNo) -> Result<(), String> {
    let (a, b) = (case.step(trace, one), case.step(trace, other));
    let answers = [
        ("happened before", trace.order.happens_before(one, other), case.told.order.holds(a, b)),
        (
            "is concurrent with",
            trace.order.is_concurrent(one, other),
            case.told.order.is_concurrent(a, b),
        ),
        (
            "is of the strand of",
            trace.strands.of_event(one) == trace.strands.of_event(other),
            case.told.strand[a] == case.told.strand[b],
        ),
    ];
    let Some((relation, found, _)) = answers.iter().find(|(_, found, expected)| found != expected)
    else {
        return Ok(());
    };
    Err(format!("{} {relation} {}: found {found}", case.name(a), case.name(b)))
}

fn check_calls(case: &Case, trace: &Causality) -> Result<(), String> {
    let step = |event| case.step(trace, event);
    let found: BTreeSet<(usize, usize)> =
        trace.calls.iter().map(|call| (step(call.caller), step(call.entry))).collect();
    let is_here = |entry: &str| trace.trace.find(entry).is_some();
    let told = case.told.calls.iter().copied();
    let expected: BTreeSet<(usize, usize)> = told
        .filter(|call| case.written.iter().any(|event| event.step == call.1 && is_here(&event.id)))
        .collect();
    if found == expected { Ok(()) } else { Err(format!("calls {found:?} instead of {expected:?}")) }
}
