//! Which accesses race: all pairs are looked at.

use crate::execution::{Execution, exclude};
use crate::told::Told;

/// The pairs of steps that race, the smaller number first: of one variable, of different strands, at least one
/// a write, not both atomic, neither before the other, and no lock that keeps them apart.
#[must_use]
pub fn races(execution: &Execution, told: &Told) -> Vec<(usize, usize)> {
    let steps = execution.steps.len();
    let pairs = (0..steps).flat_map(|one| (one + 1..steps).map(move |other| (one, other)));
    pairs.filter(|&(one, other)| is_race(execution, told, one, other)).collect()
}

fn is_race(execution: &Execution, told: &Told, one: usize, other: usize) -> bool {
    let (Some(a), Some(b)) = (execution.access(one), execution.access(other)) else { return false };
    let trace = |step: usize| execution.program.strands[execution.steps[step].strand].trace;
    trace(one) == trace(other)
        && a.variable == b.variable
        && told.strand[one] != told.strand[other]
        && (a.kind.is_write() || b.kind.is_write())
        && !(a.kind.is_atomic() && b.kind.is_atomic())
        && told.order.is_concurrent(one, other)
        && !exclude(&told.held[one], &told.held[other])
}
