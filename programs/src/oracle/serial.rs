//! Whether the strands of a trace can be put one after the other so that all conflicts keep their order: all
//! serial orders are tried.

use crate::execution::{Access, Execution};
use crate::relation::Relation;
use crate::told::Told;

/// Of more strands than these not all orders are tried.
const MAX_STRANDS: usize = 5;

/// The strands of a trace that are in conflict, and which of them comes first in one.
#[derive(Clone, Debug)]
pub struct Conflicts {
    strands: Vec<usize>,
    /// Of strands by their places in the list: the first and the second.
    edges: Vec<(usize, usize)>,
}

impl Conflicts {
    /// The conflicts of a trace: accesses of one variable, of different strands, one of them a write, not both
    /// atomic, that nothing orders, and of which one is known to be the first.
    #[must_use]
    pub fn of(
        execution: &Execution,
        told: &Told,
        times: &[i64],
        clock_skew: i64,
        trace: usize,
    ) -> Self {
        let is_of_trace = |&step: &usize| {
            execution.access(step).is_some()
                && execution.program.strands[execution.steps[step].strand].trace == trace
        };
        let accesses: Vec<usize> = (0..execution.steps.len()).filter(is_of_trace).collect();
        let mut strands: Vec<usize> = accesses.iter().map(|&access| told.strand[access]).collect();
        strands.sort_unstable();
        strands.dedup();
        let place = |step: usize| strands.iter().position(|&strand| strand == told.strand[step]);
        let pairs =
            accesses.iter().flat_map(|&one| accesses.iter().map(move |&other| (one, other)));
        let seen = seen_by(execution, &accesses, times);
        let known = pairs.filter(|&(one, other)| {
            is_conflict(execution, told, one, other)
                && is_first(execution, told, [times, &seen], clock_skew, one, other)
        });
        let edges = known.filter_map(|(one, other)| Some((place(one)?, place(other)?))).collect();
        Conflicts { strands, edges }
    }

    /// Whether a serial order keeps that of all conflicts; `None` if there are too many to try.
    #[must_use]
    pub fn are_serializable(&self) -> Option<bool> {
        let count = self.strands.len();
        let keeps = |order: &[usize]| {
            let place = |strand| order.iter().position(|&other| other == strand);
            self.edges.iter().all(|&(first, second)| place(first) < place(second))
        };
        (count <= MAX_STRANDS).then(|| orders(count).iter().any(|order| keeps(order)))
    }

    /// How many groups of strands there are of which each comes before each other one, over several conflicts.
    #[must_use]
    pub fn cyclic_groups(&self) -> usize {
        let count = self.strands.len();
        let before = Relation::closure(count, &self.edges);
        let is_same =
            |one: usize, other: usize| before.holds(one, other) && before.holds(other, one);
        // A group is counted at its first member.
        let is_counted =
            |&one: &usize| before.holds(one, one) && !(0..one).any(|other| is_same(other, one));
        (0..count).filter(is_counted).count()
    }
}

fn is_conflict(execution: &Execution, told: &Told, one: usize, other: usize) -> bool {
    let (Some(a), Some(b)) = (execution.access(one), execution.access(other)) else { return false };
    a.variable == b.variable
        && told.strand[one] != told.strand[other]
        && (a.kind.is_write() || b.kind.is_write())
        && !(a.kind.is_atomic() && b.kind.is_atomic())
        && told.order.is_concurrent(one, other)
}

/// Of each step, by when it was done: a write that others had seen when it was recorded was done before that.
fn seen_by(execution: &Execution, accesses: &[usize], times: &[i64]) -> Vec<i64> {
    let seen = |step: usize| {
        let is_late = accesses.contains(&step) && is_late(execution, accesses, times, step);
        let written = execution.access(step).filter(|_| is_late)?;
        first_found(execution, accesses, times, written.variable, written.new)
    };
    (0..times.len()).map(|step| seen(step).map_or(times[step], |at| at.min(times[step]))).collect()
}

/// Whether a step wrote a value that was found before anybody wrote it, though that was not the first one; or
/// the first one, but over a value of which the same is true.
fn is_late(execution: &Execution, accesses: &[usize], times: &[i64], step: usize) -> bool {
    let Some(written) = execution.access(step).filter(|access| access.kind.is_write()) else {
        return false;
    };
    let others = || {
        let accesses = accesses.iter().filter_map(|&other| Some((other, execution.access(other)?)));
        accesses.filter(|(_, access)| access.variable == written.variable)
    };
    let first = others()
        .filter(|&(_, access)| access.kind.is_write() || found(access).is_some())
        .map(|(other, _)| times[other])
        .min();
    let is_found_first = |value: i64| {
        let at = first_found(execution, accesses, times, written.variable, value);
        let is_written = |&(other, access): &(usize, Access)| {
            access.kind.is_write() && access.new == value && Some(times[other]) <= at
        };
        at.is_some() && !others().any(|other| is_written(&other))
    };
    let is_first =
        |value: i64| first_found(execution, accesses, times, written.variable, value) == first;
    is_found_first(written.new)
        && (!is_first(written.new)
            || written.old.is_some_and(|old| is_found_first(old) && !is_first(old)))
}

/// When a value of a variable was first found.
fn first_found(
    execution: &Execution,
    accesses: &[usize],
    times: &[i64],
    variable: usize,
    value: i64,
) -> Option<i64> {
    let finds = |&&step: &&usize| {
        let access = execution.access(step).filter(|access| access.variable == variable);
        access.and_then(found) == Some(value)
    };
    accesses.iter().filter(finds).map(|&step| times[step]).min()
}

/// The value that was there before an access, as far as events tell.
fn found(access: Access) -> Option<i64> {
    if access.kind.is_write() { access.old } else { Some(access.new) }
}

/// Whether one step surely was before the other. Clocks that run backwards leave a span of time in which each
/// step was: not after what follows it in its strand, and not before what precedes it. So do writes that were
/// recorded late: the times are those of the record, and those by which steps were done.
fn is_first(
    execution: &Execution,
    told: &Told,
    [times, seen]: [&[i64]; 2],
    clock_skew: i64,
    one: usize,
    other: usize,
) -> bool {
    let of_strand = |step: usize| {
        let strand = told.strand[step];
        (0..times.len())
            .filter(move |&other| told.strand[other] == strand && told.is_recorded[other])
    };
    let latest = of_strand(one).filter(|&step| step <= one).map(|step| times[step]).max();
    let earliest = of_strand(other).filter(|&step| step >= other).map(|step| seen[step]).min();
    let (Some(latest), Some(earliest)) = (latest, earliest) else { return false };
    earliest - latest > execution.margin(one, other, clock_skew)
}

/// All orders of so many numbers.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for number in 0..count {
        let longer = |order: &Vec<usize>| -> Vec<Vec<usize>> {
            let insert = |place| {
                let mut order = order.clone();
                order.insert(place, number);
                order
            };
            (0..=order.len()).map(insert).collect()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::{Conflicts, is_late, orders};
    use crate::execution::Action;
    use crate::{Style, Told, classics, write};

    #[test]
    fn all_orders_are_tried() {
        assert_eq!(orders(3).len(), 6);
        assert_eq!(orders(0), [[0; 0]]);
    }

    /// The first strand wrote what the second one has read when that is recorded.
    #[test]
    fn a_write_that_others_had_seen_was_recorded_late() {
        let mut execution = classics::lost_update().execution;
        let is_access = |step: &usize| execution.access(*step).is_some();
        let accesses: Vec<usize> = (0..execution.steps.len()).filter(is_access).collect();
        let times: Vec<i64> = (0..).take(execution.steps.len()).collect();
        let late = |execution: &crate::Execution| {
            let is_late = |&&step: &&usize| is_late(execution, &accesses, &times, step);
            accesses.iter().filter(is_late).copied().collect::<Vec<_>>()
        };
        assert!(late(&execution).is_empty());
        let [_, read, write, ..] = accesses[..] else { panic!("two updates") };
        let written = execution.access(write).expect("a write");
        let Action::Access(access) = &mut execution.steps[read].action else { panic!("a read") };
        access.new = written.new;
        assert_eq!(late(&execution).first(), Some(&write));
    }

    #[test]
    fn write_skew_has_no_serial_order_and_a_dirty_read_has_none_either() {
        let conflicts = |classic: classics::Classic| {
            let told = Told::of(&classic.execution, Style::ALL[1]).expect("told");
            let events = write(&classic.execution, &told, Style::ALL[1], 0);
            let times: Vec<i64> = events.iter().map(|event| event.time).collect();
            Conflicts::of(&classic.execution, &told, &times, 0, 0)
        };
        for classic in [classics::write_skew(), classics::dirty_read()] {
            let conflicts = conflicts(classic);
            assert_eq!(conflicts.are_serializable(), Some(false));
            assert_eq!(conflicts.cyclic_groups(), 1);
        }
        let conflicts = conflicts(classics::fork_without_join());
        assert_eq!((conflicts.are_serializable(), conflicts.cyclic_groups()), (Some(true), 0));
    }
}
