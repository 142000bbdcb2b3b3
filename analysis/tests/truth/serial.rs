//! Requests that no serial order explains.

use raceway_analysis::Causality;
use raceway_analysis::serializability::serializability;
use raceway_programs::oracle::serial::Conflicts;

use crate::case::Case;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    case.traces.iter().try_for_each(|trace| check_trace(case, trace))
}

fn check_trace(case: &Case, trace: &Causality) -> Result<(), String> {
    let options = case.options();
    let found = serializability(trace, &options);
    let first = case.execution.steps[case.step(trace, 0)].strand;
    let number = case.execution.program.strands[first].trace;
    let expected =
        Conflicts::of(&case.execution, &case.told, &case.times, options.clock_skew, number);
    let groups = expected.cyclic_groups() as u64;
    if found.found != groups || found.violations.len() as u64 != groups {
        return Err(format!("found {} groups instead of {groups}", found.found));
    }
    match expected.are_serializable() {
        Some(is_serializable) if is_serializable != (found.found == 0) => {
            Err(format!("found {}, and some order is serial: {is_serializable}", found.found))
        }
        _ => Ok(()),
    }
}
