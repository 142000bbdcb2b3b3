//! True vector clocks (Mattern 1989, Fidge 1988), with a component for each strand.

use std::collections::BTreeMap;

use crate::execution::Execution;
use crate::program::StrandNo;

/// How many steps of each strand a step has seen, itself included.
pub(super) type Clock = BTreeMap<StrandNo, u64>;

/// The clock of each step.
pub(super) fn clocks(execution: &Execution) -> Vec<Clock> {
    let mut now: Vec<Clock> = execution.program.strands.iter().map(|_| Clock::new()).collect();
    let mut clocks: Vec<Clock> = Vec::with_capacity(execution.steps.len());
    for step in &execution.steps {
        let clock = &mut now[step.strand];
        for (&strand, &seen) in step.enabled_by.iter().flat_map(|&other| &clocks[other]) {
            let known = clock.entry(strand).or_default();
            *known = seen.max(*known);
        }
        *clock.entry(step.strand).or_default() += 1;
        clocks.push(clock.clone());
    }
    clocks
}

#[cfg(test)]
mod tests {
    use super::{Clock, clocks};
    use crate::{Style, Told, generate, run};

    fn is_less(one: &Clock, other: &Clock) -> bool {
        one != other
            && one.iter().all(|(strand, seen)| other.get(strand).is_some_and(|more| seen <= more))
    }

    #[test]
    fn they_order_steps_as_the_closure_does() {
        for seed in 0..500 {
            let execution = run(&generate(seed), seed);
            let told = Told::of(&execution, Style::ALL[0]).expect("clocks tell everything");
            let clocks = clocks(&execution);
            for one in 0..clocks.len() {
                for other in 0..clocks.len() {
                    let is_before = is_less(&clocks[one], &clocks[other]);
                    assert_eq!(is_before, told.order.holds(one, other), "in the program {seed}");
                }
            }
        }
    }
}
