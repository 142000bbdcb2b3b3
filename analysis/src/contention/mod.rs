//! Contention: by lock, how long it was held, and who waited for whom.

pub(crate) mod waits;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use waits::{Blocker, Span, spans};

use crate::Causality;
use crate::locks::Lock;
use crate::strands::StrandNo;

/// How many waits of a lock are shown.
const WAITS_SHOWN: usize = 100;

/// A lock of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contention {
    /// The lock's service.
    pub service: String,
    /// The lock's id.
    pub lock: String,
    /// How often it was taken.
    pub acquisitions: u64,
    /// How many strands took it.
    pub strands: u64,
    /// How long it was held, summed over its holders: in milliseconds, from the end of each wait.
    pub total_hold_ms: f64,
    /// The longest hold.
    pub longest_hold: LockUse,
    /// How many of those who took it waited.
    pub waits: u64,
    /// Milliseconds that they waited.
    pub total_wait_ms: f64,
    /// The longest waits, at most 100, the longest first.
    pub longest_waits: Vec<Wait>,
}

/// A strand waited for another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wait {
    /// Milliseconds.
    pub wait_ms: f64,
    /// Who waited.
    pub waiter: LockUse,
    /// Who held the lock: of several, who released it last.
    pub holder: LockUse,
    /// Both in a sentence.
    pub reason: String,
}

/// A strand took a lock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockUse {
    /// The `LockAcquire`.
    pub event_id: String,
    /// The first event of its strand.
    pub strand_id: String,
    /// Its thread.
    pub thread: Option<String>,
    /// Where in the source that is.
    pub location: Option<String>,
    /// Whether others can hold the lock with it.
    pub is_shared: bool,
    /// Milliseconds from the end of its wait to its release.
    pub hold_ms: f64,
}

/// The locks of a trace, those most waited for first, then by service and id.
///
/// Some SDKs record `LockAcquire` before they wait for the lock (Go, Rust), others when they have it
/// (TypeScript, Python). So a wait is defined by what else is known: a strand that takes a lock waits
/// while strands of its process that took it before, in order of time, have not released it, unless all
/// share it; at the latest until its own next event, which it can't record while it waits. A lock that
/// is never released is held until the last event of its strand. Where `LockAcquire` is recorded when
/// the lock is there, nobody else holds it then, and the wait is 0.
#[must_use]
pub fn contention(causality: &Causality) -> Vec<Contention> {
    let spans = spans(causality);
    let mut by_lock: BTreeMap<(&str, &str), Vec<&Span>> = BTreeMap::new();
    for span in &spans {
        let Lock { service, id } = span.hold.held.lock;
        let key = (causality.trace.text(service), causality.trace.text(id));
        by_lock.entry(key).or_default().push(span);
    }
    let report = Report { causality, spans: &spans };
    let by_lock = by_lock.into_iter();
    let mut locks: Vec<Contention> =
        by_lock.filter_map(|((service, lock), uses)| report.lock(service, lock, &uses)).collect();
    locks.sort_by(|one, other| other.total_wait_ms.total_cmp(&one.total_wait_ms));
    locks
}

struct Report<'c> {
    causality: &'c Causality,
    spans: &'c [Span<'c>],
}

impl Report<'_> {
    /// What is told of a lock that was taken, in order of time.
    fn lock(&self, service: &str, lock: &str, uses: &[&Span]) -> Option<Contention> {
        // Of equal ones the first.
        let longest = uses.iter().rev().max_by_key(|span| span.held())?;
        let strands: BTreeSet<StrandNo> = uses.iter().map(|span| span.hold.strand).collect();
        let mut waits: Vec<(&Span, Blocker)> =
            uses.iter().filter_map(|&span| Some((span, span.blocker?))).collect();
        waits.sort_by_key(|(span, _)| Reverse(span.wait()));
        let shown = waits.iter().take(WAITS_SHOWN);
        Some(Contention {
            service: service.to_owned(),
            lock: lock.to_owned(),
            acquisitions: uses.len() as u64,
            strands: strands.len() as u64,
            total_hold_ms: uses.iter().map(|span| ms(span.held())).sum(),
            longest_hold: self.lock_use(longest),
            waits: waits.len() as u64,
            total_wait_ms: uses.iter().map(|span| ms(span.wait())).sum(),
            longest_waits: shown.map(|&(span, blocker)| self.wait(lock, span, blocker)).collect(),
        })
    }

    fn wait(&self, lock: &str, span: &Span, blocker: Blocker) -> Wait {
        let waiter = self.lock_use(span);
        let holder = self.lock_use(&self.spans[blocker.span]);
        let wait_ms = ms(span.wait());
        let reason = format!(
            "Request {} waited {wait_ms} ms for {lock}, which request {} had taken before it.",
            waiter.strand_id, holder.strand_id,
        );
        Wait { wait_ms, waiter, holder, reason }
    }

    fn lock_use(&self, span: &Span) -> LockUse {
        let trace = &self.causality.trace;
        let event = trace.event(span.hold.acquired);
        let text = |name| trace.text(name).to_owned();
        LockUse {
            event_id: text(event.id),
            strand_id: self.causality.strand_id(span.hold.strand).to_owned(),
            thread: event.thread.map(text),
            location: event.location.map(text),
            is_shared: span.hold.held.is_shared,
            hold_ms: ms(span.held()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a lock is held for less than 285 years")]
fn ms(micros: i64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::{Contention, contention};
    use crate::testing::{Draft, causality, event};

    /// A request that takes a lock, then does something, then releases it.
    fn request(id: &str, taken: f64, next: f64, released: f64) -> [Draft; 3] {
        let [first, second] = ["0", "1"].map(|number| format!("{id}{number}"));
        [
            event(&first).at(taken).acquire("l"),
            event(&second).after(&first).at(next),
            event(&format!("{id}2")).after(&second).at(released).release("l"),
        ]
    }

    fn only(events: impl IntoIterator<Item = Draft>) -> Contention {
        let mut locks = contention(&causality(events));
        assert_eq!(locks.len(), 1);
        locks.remove(0)
    }

    fn waits(lock: &Contention) -> Vec<(&str, &str, f64)> {
        let wait = |wait: &super::Wait| wait.wait_ms;
        lock.longest_waits
            .iter()
            .map(|one| (&*one.waiter.event_id, &*one.holder.event_id, wait(one)))
            .collect()
    }

    #[test]
    fn who_takes_a_lock_waits_for_the_last_who_holds_it() {
        let a = request("a", 0.0, 1.0, 10.0);
        let b = request("b", 2.0, 15.0, 30.0);
        // c got the lock before b, although it asked later.
        let c = request("c", 3.0, 11.0, 14.0);
        let lock = only(a.into_iter().chain(b).chain(c));
        assert_eq!(waits(&lock), [("b0", "a0", 8.0), ("c0", "b0", 8.0)]);
        assert_eq!((lock.acquisitions, lock.strands, lock.waits), (3, 3, 2));
        assert_eq!((lock.total_wait_ms, lock.total_hold_ms), (16.0, 10.0 + 20.0 + 3.0));
        assert_eq!((&*lock.longest_hold.event_id, lock.longest_hold.hold_ms), ("b0", 20.0));
        assert_eq!(
            lock.longest_waits[0].reason,
            "Request b0 waited 8 ms for l, which request a0 had taken before it."
        );
    }

    #[test]
    fn nobody_waits_for_one_who_shares_the_lock_or_runs_elsewhere() {
        let shared = |draft: Draft| draft.shared();
        let readers = request("a", 0.0, 1.0, 10.0).into_iter().chain(request("b", 2.0, 3.0, 9.0));
        assert_eq!(only(readers.map(shared)).waits, 0);
        let elsewhere = request("b", 2.0, 3.0, 9.0).map(|draft| draft.process(2));
        assert_eq!(only(request("a", 0.0, 1.0, 10.0).into_iter().chain(elsewhere)).waits, 0);
    }

    #[test]
    fn a_lock_that_was_there_was_not_waited_for() {
        let lock =
            only(request("a", 0.0, 1.0, 10.0).into_iter().chain(request("b", 10.0, 11.0, 12.0)));
        assert_eq!((lock.waits, lock.total_hold_ms), (0, 12.0));
    }
}
