//! Acquisitions that can be waited for at once.

use super::dependencies::Dependency;
use crate::Causality;
use crate::trace::EventNo;

/// Of each dependency a hold, so that happens-before orders none of their acquisitions: places in the holds of
/// their traces. Counts its steps.
pub(super) fn concurrent(
    traces: &[&Causality],
    dependencies: &[&Dependency],
    steps: &mut u64,
) -> Option<Vec<u32>> {
    let mut chosen = vec![0; dependencies.len()];
    let event = |chosen: &[usize], place: usize| -> Option<EventNo> {
        let dependency: &Dependency = dependencies[place];
        let hold = *dependency.holds.get(chosen[place])?;
        Some(traces[dependency.trace as usize].locks.holds()[hold as usize].acquired)
    };
    // A pair is looked at again after either has changed; it is in order when none has for a whole round.
    let mut is_changed = true;
    while is_changed {
        is_changed = false;
        for one in 0..dependencies.len() {
            for other in 0..dependencies.len() {
                let trace = dependencies[one].trace;
                if one == other || dependencies[other].trace != trace {
                    continue;
                }
                *steps += 1;
                let order = &traces[trace as usize].order;
                while order.happens_before(event(&chosen, one)?, event(&chosen, other)?) {
                    chosen[one] += 1;
                    *steps += 1;
                    is_changed = true;
                }
            }
        }
    }
    let hold = |(dependency, chosen): (&&Dependency, usize)| dependency.holds[chosen];
    Some(dependencies.iter().zip(chosen).map(hold).collect())
}
