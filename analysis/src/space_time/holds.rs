//! The locks of a diagram: who held which from when to when, and who waited.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};
use raceway_model::Timestamp;
use serde::Serialize;

use crate::contention::waits::spans;
use crate::locks;
use crate::strands::StrandNo;
use crate::{Causality, EventNo};

/// A lock that a strand held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphHold))]
pub struct Hold {
    /// The lock's id.
    pub lock: String,
    /// The lock's service.
    pub service: String,
    /// The place of the strand.
    pub strand: StrandNo,
    /// Whether others can hold it with this one.
    pub mode: HoldMode,
    /// Since when the strand waited for it, if it did.
    #[cfg_attr(feature = "schema", schema(required))]
    pub wait_from: Option<Timestamp>,
    /// Since when it was held: the end of the wait.
    pub from: Timestamp,
    /// Until when; `null` where nothing says so.
    #[cfg_attr(feature = "schema", schema(required))]
    pub until: Option<Timestamp>,
    /// The id of its `LockAcquire`, else of the first event that says that it is held.
    pub acquired: String,
    /// The id of its `LockRelease`, else of the first event that doesn't say so any more.
    #[cfg_attr(feature = "schema", schema(required))]
    pub released: Option<String>,
}

/// Whether others can hold a lock at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = GraphHoldMode))]
#[serde(rename_all = "lowercase")]
pub enum HoldMode {
    /// Nobody.
    Exclusive,
    /// Others that read.
    Shared,
}

/// The holds that last into the window, waits included.
pub(super) fn holds(causality: &Causality, window: &Range<i64>) -> Vec<Hold> {
    let mut waits: HashMap<EventNo, i64> = HashMap::new();
    for span in spans(causality) {
        waits.insert(span.hold.acquired, span.wait());
    }
    let last = causality.trace.events().last().map_or(0, |event| event.time);
    let time = |event| causality.trace.event(event).time;
    let is_shown = |hold: &&locks::Hold| {
        time(hold.acquired) < window.end && hold.released.map_or(last, time) >= window.start
    };
    let holds = causality.locks.holds().iter().filter(is_shown);
    holds.map(|hold| told(causality, hold, waits.get(&hold.acquired).copied())).collect()
}

fn told(causality: &Causality, hold: &locks::Hold, wait: Option<i64>) -> Hold {
    let trace = &causality.trace;
    let wait = wait.filter(|&wait| wait > 0);
    let taken = trace.event(hold.acquired).time;
    let id = |event| trace.event_id(event).to_owned();
    Hold {
        lock: trace.text(hold.held.lock.id).to_owned(),
        service: trace.text(hold.held.lock.service).to_owned(),
        strand: hold.strand,
        mode: if hold.held.is_shared { HoldMode::Shared } else { HoldMode::Exclusive },
        wait_from: wait.map(|_| Timestamp::nearest(taken)),
        from: Timestamp::nearest(taken + wait.unwrap_or(0)),
        until: hold.released.map(|event| trace.timestamp(event)),
        acquired: id(hold.acquired),
        released: hold.released.map(id),
    }
}

#[cfg(test)]
mod tests {
    use super::{HoldMode, holds};
    use crate::testing::{causality, event};

    #[test]
    fn a_hold_begins_when_the_wait_for_it_ends() {
        let causality = causality([
            event("a1").at(0.0).acquire("l"),
            event("b1").at(2.0).acquire("l"),
            event("a2").at(5.0).after("a1").release("l"),
            event("b2").at(6.0).after("b1"),
            event("c1").at(7.0).acquire("m").shared(),
        ]);
        let holds = holds(&causality, &(i64::MIN..i64::MAX));
        let ids: Vec<_> =
            holds.iter().map(|hold| (&*hold.acquired, hold.released.as_deref())).collect();
        assert_eq!(ids, [("a1", Some("a2")), ("b1", None), ("c1", None)]);
        assert_eq!((holds[0].wait_from, holds[0].until), (None, Some(holds[1].from)));
        assert!(holds[1].wait_from.is_some_and(|since| since < holds[1].from));
        assert_eq!((holds[1].mode, holds[2].mode), (HoldMode::Exclusive, HoldMode::Shared));
    }

    #[test]
    fn what_ended_before_a_window_or_begins_after_it_is_not_in_it() {
        let causality = causality([
            event("a1").at(0.0).acquire("l"),
            event("a2").at(5.0).after("a1").release("l"),
            event("b1").at(9.0).acquire("m"),
            event("b2").at(20.0).after("b1").release("m"),
            event("c1").at(30.0).acquire("n"),
        ]);
        let start = causality.trace.event(0).time;
        let shown = holds(&causality, &(start + 10_000..start + 15_000));
        assert_eq!(shown.iter().map(|hold| &*hold.lock).collect::<Vec<_>>(), ["m"]);
    }
}
