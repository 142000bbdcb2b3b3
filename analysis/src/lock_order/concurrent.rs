//! Acquisitions that can be waited for at once.

use super::dependencies::Dependency;
use crate::Causality;

/// Chooses of each dependency one of its acquisitions, so that happens-before orders none of them; false if
/// there are none such. Counts its steps.
pub(super) fn choose_concurrent(
    traces: &[&Causality],
    dependencies: &[&Dependency],
    chosen: &mut Vec<usize>,
    steps: &mut u64,
) -> bool {
    chosen.clear();
    chosen.resize(dependencies.len(), 0);
    // Two are looked at again after either has changed; all are in order when none has in a whole round.
    loop {
        let mut is_changed = false;
        for one in 0..dependencies.len() {
            for other in 0..dependencies.len() {
                let trace = dependencies[one].trace;
                if one == other || dependencies[other].trace != trace {
                    continue;
                }
                let order = &traces[trace as usize].order;
                let Some(&(_, event)) = dependencies[other].acquisitions.get(chosen[other]) else {
                    return false;
                };
                let acquisitions = dependencies[one].acquisitions.iter().skip(chosen[one]);
                let passed = acquisitions
                    .take_while(|&&(_, earlier)| order.happens_before(earlier, event))
                    .count();
                *steps += 1 + passed as u64;
                chosen[one] += passed;
                is_changed |= passed > 0;
            }
        }
        let is_left = |(one, &chosen): (&&Dependency, &usize)| chosen < one.acquisitions.len();
        if !dependencies.iter().zip(&*chosen).all(is_left) {
            return false;
        }
        if !is_changed {
            return true;
        }
    }
}
