//! When services were last heard of.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use raceway_analysis::figures::{NameId, Names};
use raceway_analysis::trace::UNKNOWN;
use raceway_model::Timestamp;

use super::outline::each_outline;
use crate::id::Id;
use crate::store::MemoryStore;

/// A trace with events of a service, by the last instant of the trace.
type Candidate = (i64, Id);

/// The newest event of each service, of which the second is known in which it is: the start of that second if the
/// event has gone meanwhile. Traces are read from the one that ended last, until none can have a newer event.
pub(super) fn newest_events(
    store: &MemoryStore,
    names: &Names,
    seconds: &BTreeMap<NameId, i64>,
) -> Vec<(NameId, Timestamp)> {
    let candidates = candidates(store, names, seconds);
    let newest = seconds.iter().map(|(&service, &second)| {
        let candidates = candidates.get(&service).map_or(&[][..], |found| found);
        let newest = newest_event(store, names.text(service), second, candidates);
        (service, Timestamp::nearest(newest))
    });
    newest.collect()
}

/// The traces of each service that have not ended before its newest second, in order of their ends, latest first.
fn candidates(
    store: &MemoryStore,
    names: &Names,
    seconds: &BTreeMap<NameId, i64>,
) -> BTreeMap<NameId, Vec<Candidate>> {
    let by_name =
        seconds.iter().map(|(&service, &second)| (names.text(service), (service, second)));
    let by_name: HashMap<&str, (NameId, i64), RandomState> = by_name.collect();
    let mut candidates: BTreeMap<NameId, Vec<Candidate>> = BTreeMap::new();
    store.each_end(|id, services, end| {
        // Any trace may have events that name no service.
        let services = services.iter().map(String::as_str).filter(|&service| service != UNKNOWN);
        for service in services.chain([UNKNOWN]) {
            if let Some(&(service, second)) = by_name.get(service)
                && end >= second
            {
                candidates.entry(service).or_default().push((end, id.clone()));
            }
        }
    });
    for found in candidates.values_mut() {
        found.sort_unstable_by(|one, other| Reverse(one).cmp(&Reverse(other)));
    }
    candidates
}

fn newest_event(store: &MemoryStore, service: &str, second: i64, candidates: &[Candidate]) -> i64 {
    let mut newest = second;
    for (end, id) in candidates {
        if *end <= newest {
            break;
        }
        let Some(chunks) = store.chunks(id) else { continue };
        each_outline(id, chunks, |event| {
            if event.head.service_name.as_deref().unwrap_or(UNKNOWN) == service {
                newest = newest.max(event.head.timestamp.micros());
            }
        });
    }
    newest
}
