//! Which accesses came between two of another strand and broke what these meant: all triples are looked at.

use crate::execution::{Access, Execution, exclude};
use crate::program::AccessKind;
use crate::told::Told;

/// Three accesses of one variable in an order that no serial run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interleaving {
    /// The first step of the strand.
    pub first: usize,
    /// The step of another strand.
    pub between: usize,
    /// The next access of the strand to this variable.
    pub last: usize,
}

/// What bounds the search.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Microseconds by which clocks of two processes may differ.
    pub clock_skew: i64,
    /// Microseconds between two accesses of a strand that belong together, at most.
    pub atomic_within: i64,
}

/// All unserializable interleavings (Lu et al. 2006, AVIO) of a run whose steps have these timestamps.
#[must_use]
pub fn interleavings(
    execution: &Execution,
    told: &Told,
    times: &[i64],
    bounds: Bounds,
) -> Vec<Interleaving> {
    let steps = 0..execution.steps.len();
    let mut found = Vec::new();
    for (first, last) in consecutive(execution, told) {
        if times[last] - times[first] > bounds.atomic_within {
            continue;
        }
        let held = told.held_through(first, last);
        let interleavings = steps.clone().map(|between| Interleaving { first, between, last });
        found.extend(interleavings.filter(|found| {
            let between = found.between;
            let before =
                |one, other| is_before(execution, told, times, bounds.clock_skew, one, other);
            is_unserializable(execution, *found)
                && !is_explained_by_values(execution, *found)
                && told.strand[between] != told.strand[first]
                && before(first, between)
                && before(between, last)
                && !exclude(&held, &told.held[between])
        }));
    }
    found
}

/// Pairs of accesses of one strand to one variable, with none between them.
fn consecutive(execution: &Execution, told: &Told) -> Vec<(usize, usize)> {
    let accesses = (0..execution.steps.len()).filter(|&step| execution.access(step).is_some());
    let next = |first: usize| {
        (first + 1..execution.steps.len()).find(|&step| {
            told.strand[step] == told.strand[first]
                && variable(execution, step) == variable(execution, first)
        })
    };
    accesses.filter_map(|first| Some((first, next(first)?))).collect()
}

fn variable(execution: &Execution, step: usize) -> Option<usize> {
    execution.access(step).map(|access| access.variable)
}

/// Read-write-write, write-write-read, write-read-write, read-write-read. An exchange reads and writes in one: as
/// the first it is whichever of both makes a pattern, and as the last none, as it takes what it finds.
fn is_unserializable(execution: &Execution, found: Interleaving) -> bool {
    let steps = [found.first, found.between, found.last];
    let [Some(first), Some(between), Some(last)] = steps.map(|step| execution.access(step)) else {
        return false;
    };
    let is_same = first.variable == between.variable && first.variable == last.variable;
    let is_exchange = |access: Access| access.kind == AccessKind::AtomicRmw;
    let pattern = |first_writes| (first_writes, between.kind.is_write(), last.kind.is_write());
    let unserializable =
        [(false, true, true), (true, true, false), (true, false, true), (false, true, false)];
    let firsts = [first.kind.is_write(), first.kind.is_write() && !is_exchange(first)];
    is_same
        && !is_exchange(last)
        && firsts.iter().any(|&writes| unserializable.contains(&pattern(writes)))
}

/// By happens-before where it says something; else by time, if one clock was read, or clocks don't differ by so
/// much.
fn is_before(
    execution: &Execution,
    told: &Told,
    times: &[i64],
    clock_skew: i64,
    one: usize,
    other: usize,
) -> bool {
    if !told.order.is_concurrent(one, other) {
        return told.order.holds(one, other);
    }
    times[other] - times[one] > execution.margin(one, other, clock_skew)
}

/// Whether values tell that no update was lost: the first access read what the one between had written, or that
/// was made from what the last one wrote.
fn is_explained_by_values(execution: &Execution, found: Interleaving) -> bool {
    let Some([first, between, last]) = lost_update(execution, found) else { return false };
    let is_exchange = first.kind == AccessKind::AtomicRmw;
    (!is_exchange && first.new == between.new) || between.old == Some(last.new)
}

/// The accesses, if they are a read and two writes.
fn lost_update(execution: &Execution, found: Interleaving) -> Option<[Access; 3]> {
    let [first, between, last] =
        [found.first, found.between, found.last].map(|step| execution.access(step));
    let [first, between, last] = [first?, between?, last?];
    let is_read = !matches!(first.kind, AccessKind::Write | AccessKind::AtomicWrite);
    let is_lost_update = is_read && between.kind.is_write() && last.kind.is_write();
    is_lost_update.then_some([first, between, last])
}

/// Whether values show that the last write of a lost update was made from what the first access had seen: from
/// another value than the one between had left, or from the same one as that was made from.
#[must_use]
pub fn is_shown_by_values(execution: &Execution, found: Interleaving) -> bool {
    let Some([first, between, last]) = lost_update(execution, found) else { return false };
    let is_stale = last.old == Some(first.new) && last.old != Some(between.new);
    last.old.is_some() && (is_stale || last.old == between.old)
}
