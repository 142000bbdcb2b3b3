//! Atomicity of whole requests: whether some serial order of them explains what was read and written.
//!
//! Two accesses of a variable *conflict* if they are of different strands, one of them writes, and not both
//! are atomic. A strand S comes *before* a strand T if an access of S conflicts with one of T, nothing orders
//! the two by happens-before, and the access of S is known to have happened first. A trace is
//! *conflict-serializable* if no strands come before each other in a cycle (Papadimitriou 1979): else no
//! serial order of the strands keeps the order of all conflicts. Mathur and Viswanathan's `AeroDrome`
//! ("Atomicity Checking in Linear Time using Vector Clocks", 2020) asks the same of blocks of threads; here
//! the block is the whole strand, so that anomalies over several variables are found, such as write skew.
//!
//! - *Only unordered accesses.* `AeroDrome` counts each conflict. But what happens-before orders is
//!   communication: a request that writes, forks a task which writes, joins it and reads what it wrote is
//!   interrupted as it wants to be. The ends of tasks and answers to calls mostly aren't recorded, so a cycle
//!   that an ordered conflict closes says little. A cycle of unordered conflicts never is a matter of
//!   forking, calling and waiting alone: of a sequential program the conflicts go one way.
//! - *Locks order nothing.* A lock around each access does not make the request atomic: lock, read, unlock,
//!   lock, write, unlock loses updates. If each strand holds one lock around all its accesses, all
//!   conflicts go one way.
//! - *Atomic accesses* of one variable don't conflict: they are how programs synchronise, and increments of a
//!   counter commute.
//! - *First* is by time: in one process (`service_name`, `instance_id` and `process_id`) strictly, else by
//!   more than the clocks' skew. Where the times of a strand run backwards, an access happened between the
//!   earliest time that follows and the latest that precedes. What isn't known makes no edge, so nothing is
//!   invented.
//! - *Values* tell which writes were recorded late, as a write to a database is: once it is committed, when
//!   others may have seen it. A value is *left* by who writes it, and *found* by who reads it or makes a write
//!   from it. The value that is known first may have been there before. Any other that is found before it is
//!   left was left earlier than recorded, so its writes may have happened as early as it was found; likewise
//!   one that leaves the first value, if it was made from a value that nobody can have left. That takes edges
//!   away and adds none, so nothing is invented: what was recorded in between no longer came before the
//!   write. Nor is anything hidden while the record is in order and complete, as then nothing is found before
//!   it is left. Elsewhere values decide nothing: one value can be left twice, writes of other traces aren't
//!   seen, and objects and arrays may be snapshots of a later time. So a late write of a value that others
//!   had known before is taken as recorded, and so is a read that was recorded late.
//!
//! Cost: each access is looked up by its values. Of each variable, each two strands that access it are
//! compared: by their first and last accesses if nothing orders these strands, else by one pass over both. So
//! it is linear in accesses for a number of strands, as `AeroDrome` is; and edges that are known aren't
//! searched for again.

mod anomaly;
mod class;
mod classic;
mod conflicts;
mod cycles;
mod finding;
mod late;
mod processes;
mod slots;
#[cfg(test)]
mod tests;
mod walk;

pub use anomaly::Anomaly;
pub use finding::{AccessRecord, ConflictRecord, Serializability, Violation};

use crate::graph::Graph;
use crate::strands::StrandNo;
use crate::{Causality, Options};
use classic::Pair;
use conflicts::{Conflict, Conflicts};
use cycles::Cycles;
use slots::Slots;

/// How many violations are shown at most.
pub const MAX_SHOWN: usize = 100;

/// Finds the requests of a trace that no serial order explains.
#[must_use]
pub fn serializability(causality: &Causality, options: &Options) -> Serializability {
    let slots = Slots::of(causality, options);
    let conflicts = Conflicts::of(&causality.order, &slots, options.clock_skew);
    let edges = conflicts.edges.iter().map(|&(from, to, _)| (from, to));
    let graph = Graph::of(causality.strands.all().len(), edges);
    let groups = graph.cyclic_components();
    let mut cycles = Cycles::new(&graph);
    let shown = groups.iter().take(MAX_SHOWN);
    let violations = shown.map(|group| {
        let cycle = cycles.shortest(group);
        let (anomaly, cycle) = explain(causality, &slots, &conflicts, options, &cycle);
        finding::violation(causality, anomaly, &cycle, group.len() as u64)
    });
    let violations: Vec<Violation> = violations.collect();
    Serializability {
        found: groups.len() as u64,
        shown: violations.len() as u64,
        unsearched_variables: conflicts.unsearched,
        violations,
    }
}

/// The conflicts of a cycle, and what they are called.
fn explain(
    causality: &Causality,
    slots: &Slots,
    conflicts: &Conflicts,
    options: &Options,
    cycle: &[StrandNo],
) -> (Option<Anomaly>, Vec<Conflict>) {
    if let &[one, other] = cycle {
        let pair = Pair { causality, slots, skew: options.clock_skew, strands: [one, other] };
        if let Some((anomaly, conflicts)) = pair.classic() {
            return (Some(anomaly), conflicts.to_vec());
        }
    }
    let next = cycle.iter().cycle().skip(1);
    let found = cycle.iter().zip(next).filter_map(|(&from, &to)| conflicts.get(from, to));
    (None, found.collect())
}
