//! What is known of traces that are watched: whether one has changed, whether it is quiet, and what was found in it.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::{FixedState, RandomState};
use raceway_model::ListedTrace;
use tokio::time::Instant;

use super::noted::Ids;
use crate::store::question::Watched;
use crate::store::trace::WHOLE_EVENTS;

/// Traces that are known at once.
const MAX_KNOWN: usize = 10_000;
/// Traces that are asked for by name at once.
const MAX_NAMED: usize = 4096;
/// Of the names of a trace's services. Only who has chosen a service is not told what is found in one with more.
const MAX_SERVICES_BYTES: usize = 4096;
/// A trace is quiet when nothing has come for so long.
const QUIET: Duration = Duration::from_secs(2);
/// One that has changed may change again so long: then only who is told of a body asks for it.
const ACTIVE: Duration = Duration::from_mins(1);
/// How often a trace is asked for that was sent and does not show: it waits for Postgres, or for a replica.
const PATIENCE: u32 = 10;

/// Traces by their ids.
#[derive(Default)]
pub(super) struct Known {
    traces: HashMap<String, Seen, RandomState>,
    /// Traces that were sent, and how often they were asked for.
    awaited: HashMap<String, u32, RandomState>,
    /// Whether it is known which traces there were before.
    has_newest: bool,
    /// How often the store was asked.
    asked: u64,
    /// How often a trace was new or had changed.
    turns: u64,
}

/// What is known of a trace.
struct Seen {
    /// A hash of what a list says of it.
    print: u64,
    event_count: u64,
    services: Arc<[String]>,
    /// When it was among the newest last, by [`Known::asked`].
    newest_at: u64,
    /// Which of [`Known::turns`] it had last.
    turn: u64,
    /// `None` if it has not since somebody watches.
    changed_at: Option<Instant>,
    is_examined: bool,
    /// Hashes of what was found in it.
    found: HashSet<u64, RandomState>,
}

/// What is new to those who watch.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) traces: Vec<ListedTrace>,
    /// More traces are new than were asked for.
    pub(super) are_cut: bool,
}

/// A trace that should be examined.
pub(super) struct Quiet {
    pub(super) trace_id: String,
    pub(super) services: Arc<[String]>,
}

impl Known {
    /// The traces that should be asked for by name, with those that were sent since.
    pub(super) fn wanted(&mut self, sent: Ids) -> Arc<[String]> {
        self.awaited.retain(|_, asked| *asked < PATIENCE);
        for id in sent {
            self.awaited.insert(id, 0);
        }
        let awaited = self.awaited.iter_mut().take(MAX_NAMED).map(|(id, asked)| {
            *asked += 1;
            id.clone()
        });
        let mut named: Vec<String> = awaited.collect();
        let active = self.traces.iter().filter(|(id, seen)| {
            seen.newest_at < self.asked
                && seen.changed_at.is_some_and(|changed| changed.elapsed() < ACTIVE)
                && !self.awaited.contains_key(*id)
        });
        named.extend(active.take(MAX_NAMED - named.len()).map(|(id, _)| id.clone()));
        named.into()
    }

    /// Takes in what the store says; returns what has changed.
    pub(super) fn update(&mut self, watched: Watched) -> Changes {
        self.asked += 1;
        let mut changes = Changes::default();
        for trace in watched.named {
            self.see(trace, true, &mut changes);
        }
        if let Some(newest) = watched.newest {
            let is_any_known = newest.iter().any(|trace| self.traces.contains_key(&trace.trace_id));
            // Those that there were before are not new.
            let is_told = std::mem::replace(&mut self.has_newest, true);
            changes.are_cut = is_told && !is_any_known && newest.len() >= super::NEWEST as usize;
            for trace in newest {
                let id = trace.trace_id.clone();
                self.see(trace, is_told, &mut changes);
                if let Some(seen) = self.traces.get_mut(&id) {
                    seen.newest_at = self.asked;
                }
            }
        }
        self.forget();
        changes
    }

    fn see(&mut self, trace: ListedTrace, is_told: bool, changes: &mut Changes) {
        let print = print(&trace);
        let known = self.traces.get(&trace.trace_id);
        if known.is_some_and(|seen| seen.print == print) {
            return;
        }
        self.awaited.remove(&trace.trace_id);
        let services = services(&trace);
        let seen = self.traces.entry(trace.trace_id.clone()).or_insert_with(|| Seen {
            print,
            event_count: 0,
            services: Arc::clone(&services),
            newest_at: 0,
            turn: 0,
            changed_at: None,
            is_examined: true,
            found: HashSet::default(),
        });
        self.turns += 1;
        seen.turn = self.turns;
        seen.print = print;
        seen.event_count = trace.event_count;
        seen.services = services;
        if is_told {
            seen.changed_at = Some(Instant::now());
            seen.is_examined = false;
            changes.traces.push(trace);
        }
    }

    /// The traces that have become quiet: each time that it has changed, a trace is among them once.
    pub(super) fn quiet(&mut self) -> Vec<Quiet> {
        let is_due = |seen: &Seen| {
            !seen.is_examined && seen.changed_at.is_some_and(|changed| changed.elapsed() >= QUIET)
        };
        let mut quiet = Vec::new();
        for (id, seen) in self.traces.iter_mut().filter(|(_, seen)| is_due(seen)) {
            seen.is_examined = true;
            // A longer one could not be held.
            if seen.event_count <= WHOLE_EVENTS as u64 {
                let services = Arc::clone(&seen.services);
                quiet.push(Quiet { trace_id: id.clone(), services });
            }
        }
        quiet
    }

    /// It could not be examined: it is quiet again, unless that has been so for long.
    pub(super) fn examine_again(&mut self, trace_id: &str) {
        if let Some(seen) = self.traces.get_mut(trace_id) {
            seen.is_examined = seen.changed_at.is_none_or(|changed| changed.elapsed() >= ACTIVE);
        }
    }

    /// Whether this was not found in the trace before.
    pub(super) fn is_new(&mut self, trace_id: &str, finding: u64) -> bool {
        self.traces.get_mut(trace_id).is_some_and(|seen| seen.found.insert(finding))
    }

    /// Forgets the traces that changed first, where they are too many.
    fn forget(&mut self) {
        if self.traces.len() <= MAX_KNOWN {
            return;
        }
        let age = |seen: &Seen| (seen.newest_at, seen.turn);
        let mut ages: Vec<_> = self.traces.values().map(age).collect();
        ages.sort_unstable();
        let oldest_kept = ages[ages.len() - MAX_KNOWN / 4 * 3];
        let asked = self.asked;
        self.traces.retain(|_, seen| seen.newest_at == asked || age(seen) >= oldest_kept);
    }
}

/// None where their names are so long that they can't be held.
fn services(trace: &ListedTrace) -> Arc<[String]> {
    let is_held = trace.services.iter().map(String::len).sum::<usize>() <= MAX_SERVICES_BYTES;
    if is_held { trace.services.clone().into() } else { Arc::default() }
}

/// Changes with anything that a list says of a trace.
fn print(trace: &ListedTrace) -> u64 {
    let ListedTrace { service_name, services, start_time, end_time, event_count, .. } = trace;
    let said = (service_name, services, start_time.micros(), end_time.micros(), event_count);
    FixedState::default().hash_one(said)
}

#[cfg(test)]
mod tests {
    use raceway_model::Timestamp;
    use tokio::time::sleep;

    use super::*;

    fn trace(trace_id: &str, event_count: u64) -> ListedTrace {
        let noon = Timestamp::parse("2026-11-22T12:00:00Z").expect("an instant");
        ListedTrace {
            trace_id: trace_id.to_owned(),
            service_name: None,
            services: Vec::new(),
            start_time: noon,
            end_time: noon,
            event_count,
        }
    }

    fn named(traces: Vec<ListedTrace>) -> Watched {
        Watched { named: traces, newest: None }
    }

    fn newest(traces: Vec<ListedTrace>) -> Watched {
        Watched { named: Vec::new(), newest: Some(traces) }
    }

    fn told(changes: &Changes) -> Vec<&str> {
        changes.traces.iter().map(|trace| &*trace.trace_id).collect()
    }

    fn quiet(known: &mut Known) -> Vec<String> {
        known.quiet().into_iter().map(|quiet| quiet.trace_id).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_there_was_before_is_not_new_and_what_changes_is() {
        let mut known = Known::default();
        assert_eq!(told(&known.update(newest(vec![trace("a", 1), trace("b", 1)]))), [""; 0]);
        assert_eq!(told(&known.update(newest(vec![trace("a", 2), trace("c", 1)]))), ["a", "c"]);
        assert_eq!(told(&known.update(newest(vec![trace("a", 2), trace("c", 1)]))), [""; 0]);
        assert_eq!(told(&known.update(named(vec![trace("b", 2)]))), ["b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trace_that_was_sent_is_asked_for_until_it_shows() {
        let mut known = Known::default();
        let sent = Ids::from_iter(["a".to_owned(), "b".to_owned()]);
        assert_eq!(known.wanted(sent).len(), 2);
        assert_eq!(told(&known.update(named(vec![trace("b", 1)]))), ["b"]);
        sleep(ACTIVE).await;
        for _ in 1..PATIENCE {
            assert_eq!(known.wanted(Ids::default())[..], ["a".to_owned()]);
        }
        assert!(known.wanted(Ids::default()).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trace_that_has_changed_is_asked_for_a_while() {
        let mut known = Known::default();
        known.update(named(vec![trace("a", 1)]));
        assert_eq!(known.wanted(Ids::default())[..], ["a".to_owned()]);
        known.update(newest(vec![trace("a", 1)]));
        assert!(known.wanted(Ids::default()).is_empty(), "it is among the newest");
        known.update(newest(Vec::new()));
        assert_eq!(known.wanted(Ids::default())[..], ["a".to_owned()]);
        sleep(ACTIVE).await;
        assert!(known.wanted(Ids::default()).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_trace_is_examined_once_for_each_change() {
        let mut known = Known::default();
        known.update(named(vec![trace("a", 1), trace("long", 1 + WHOLE_EVENTS as u64)]));
        assert_eq!(quiet(&mut known), [""; 0]);
        sleep(QUIET / 2).await;
        known.update(named(vec![trace("a", 2)]));
        sleep(QUIET / 2).await;
        assert_eq!(quiet(&mut known), [""; 0], "it has changed since");
        sleep(QUIET / 2).await;
        assert_eq!(quiet(&mut known), ["a"]);
        assert_eq!(quiet(&mut known), [""; 0]);
        known.examine_again("a");
        assert_eq!(quiet(&mut known), ["a"]);
        sleep(ACTIVE).await;
        known.examine_again("a");
        assert_eq!(quiet(&mut known), [""; 0]);
        assert!(known.is_new("a", 1) && !known.is_new("a", 1) && known.is_new("a", 2));
    }

    #[tokio::test(start_paused = true)]
    async fn few_traces_are_known_however_many_change() {
        let mut known = Known::default();
        known.update(newest(vec![trace("newest", 1)]));
        for number in 0..2 * MAX_KNOWN {
            known.update(Watched {
                named: vec![trace(&number.to_string(), 1)],
                newest: Some(vec![trace("newest", 1)]),
            });
            assert!(known.traces.len() <= MAX_KNOWN);
        }
        assert!(known.traces.contains_key("newest"), "it would be new again");
        assert_eq!(told(&known.update(named(vec![trace("0", 1)]))), ["0"], "forgotten");
    }
}
