//! Says in one sentence why two accesses race: the order and the lock that are missing.

use super::choose::Pair;
use super::explain::RaceAccess;
use crate::{Causality, EventNo};

/// How many locks a sentence names.
const MAX_NAMED: usize = 5;

/// The sentence about two accesses.
pub(super) fn reason(
    causality: &Causality,
    pair: &Pair,
    first: &RaceAccess,
    second: &RaceAccess,
) -> String {
    format!(
        "Nothing orders the {} with the {}: neither has seen the other, and {}.",
        access(causality, pair.first, first),
        access(causality, pair.second, second),
        locks(&first.locks, &second.locks),
    )
}

/// `write at a.rs:10 in request 1a2b`
fn access(causality: &Causality, event: EventNo, access: &RaceAccess) -> String {
    let strand = causality.strands.get(causality.strands.of_event(event));
    let strand_is = if strand.forked_from.is_some() { "task" } else { "request" };
    let verb = match access.access_type {
        "Read" => "read",
        "AtomicRead" => "atomic read",
        "AtomicWrite" => "atomic write",
        "AtomicRMW" => "atomic exchange",
        _ => "write",
    };
    format!("{verb} at {} in {strand_is} {}", access.location, access.strand)
}

/// What locks are missing. Locks of one name that don't exclude each other are shared, or of two services.
fn locks(first: &[String], second: &[String]) -> String {
    if first.is_empty() && second.is_empty() {
        return "neither holds a lock".to_owned();
    }
    let missing = if first.iter().any(|lock| second.contains(lock)) {
        "no lock that they hold keeps them apart"
    } else {
        "they hold no lock in common"
    };
    format!("{missing} (the first holds {}, the second {})", named(first), named(second))
}

/// `{x, y}` or `none`
fn named(locks: &[String]) -> String {
    if locks.is_empty() {
        return "none".to_owned();
    }
    let more = locks.len().saturating_sub(MAX_NAMED);
    let named = locks[..locks.len() - more].join(", ");
    if more == 0 { format!("{{{named}}}") } else { format!("{{{named} and {more} more}}") }
}
