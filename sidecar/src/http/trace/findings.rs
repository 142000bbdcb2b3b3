//! What is found in a trace, one after the other: for those who are told.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;
use raceway_analysis::interleavings::{Interleaving, Pattern, interleavings_within};
use raceway_analysis::lock_order::{Deadlock, lock_order};
use raceway_analysis::races::Race;
use raceway_analysis::{Causality, Options};
use serde::Serialize;

use super::analysed::Analysed;
use super::races::detail;

/// Of each kind, the worst of a trace.
const MAX_FINDINGS: usize = 100;

/// A finding.
pub(in crate::http) struct Finding {
    /// A hash of what makes it this one, whatever else comes to its trace.
    pub(in crate::http) identity: u64,
    pub(in crate::http) json: String,
}

/// As it is told.
#[derive(Serialize)]
struct Told<'a, T> {
    trace_id: &'a str,
    kind: &'static str,
    #[serde(flatten)]
    finding: T,
}

/// The findings of a trace: none where it can't be analysed.
pub(in crate::http) fn findings(
    trace_id: &str,
    events: &[String],
    options: &Options,
) -> Vec<Finding> {
    let Ok(Analysed { causality, races }) = Analysed::of(trace_id, events, options) else {
        return Vec::new();
    };
    let races = races.shown.iter().map(|race| race_found(trace_id, race));
    let updates = lost_updates(&causality, options);
    let updates = updates.iter().map(|lost| lost_update_found(trace_id, lost));
    let deadlocks = lock_order(&causality).deadlocks;
    let deadlocks = deadlocks.iter().map(|deadlock| deadlock_found(trace_id, deadlock));
    let races = races.take(MAX_FINDINGS);
    races.chain(updates.take(MAX_FINDINGS)).chain(deadlocks.take(MAX_FINDINGS)).flatten().collect()
}

fn race_found(trace_id: &str, race: &Race) -> Option<Finding> {
    let identity = (&race.variable, &race.first.event_id, &race.second.event_id);
    found(trace_id, "race", identity, detail(race))
}

fn lost_updates(causality: &Causality, options: &Options) -> Vec<Interleaving> {
    let mut shown = interleavings_within(causality, options).shown;
    shown.retain(|found| found.pattern == Pattern::LostUpdate);
    shown
}

fn lost_update_found(trace_id: &str, lost: &Interleaving) -> Option<Finding> {
    let accesses = [&lost.first, &lost.between, &lost.second];
    let identity = (&lost.variable, accesses.map(|access| &access.event_id));
    found(trace_id, "lost_update", identity, lost)
}

fn deadlock_found(trace_id: &str, deadlock: &Deadlock) -> Option<Finding> {
    let locks = deadlock.locks.iter().map(|lock| (&lock.service, &lock.id));
    let identity = locks.collect::<Vec<_>>();
    found(trace_id, "deadlock", identity, deadlock)
}

fn found(
    trace_id: &str,
    kind: &'static str,
    identity: impl Hash,
    finding: impl Serialize,
) -> Option<Finding> {
    let json = serde_json::to_string(&Told { trace_id, kind, finding }).ok()?;
    Some(Finding { identity: FixedState::default().hash_one((kind, identity)), json })
}
