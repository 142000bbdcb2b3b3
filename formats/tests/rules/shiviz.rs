//! The rules of `ShiViz`' logs: <https://bitbucket.org/bestchai/shiviz/wiki/LogFormat>, held against happens-before.

use std::collections::BTreeMap;

use raceway_analysis::EventNo;
use raceway_formats::Format;

use crate::case::Case;

type Clock = BTreeMap<String, u64>;

/// An entry of a log.
struct Entry {
    event: EventNo,
    host: String,
    clock: Clock,
}

pub(crate) fn check(case: &Case) {
    let log = case.written(Format::Shiviz);
    let mut lines = log.lines();
    assert_eq!(lines.next(), Some(r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})"));
    assert_eq!(lines.next(), Some(""), "there is one execution");
    let lines: Vec<&str> = lines.collect();
    let (pairs, rest) = lines.as_chunks::<2>();
    assert!(rest.is_empty());
    let entries: Vec<Entry> = pairs.iter().map(|pair| entry(case, pair)).collect();
    assert_eq!(entries.len(), case.events().count());
    let mut counted = Clock::new();
    for Entry { host, clock, .. } in &entries {
        let count = counted.entry(host.clone()).or_default();
        *count += 1;
        assert_eq!(clock[host], *count, "{host} does not count its events");
        for (known, seen) in clock {
            assert!(counted.get(known).is_some_and(|count| seen <= count), "{known} comes later");
        }
    }
    for one in &entries {
        for other in &entries {
            let is_before = case.causality.order.happens_before(one.event, other.event);
            assert_eq!(one.is_before(other), is_before, "{} {}", one.host, other.host);
        }
    }
}

fn entry(case: &Case, [event, line]: &[&str; 2]) -> Entry {
    let (host, clock) = line.split_once(' ').expect("a host and a clock");
    let id = event.split(' ').find_map(|word| word.strip_prefix("event_id=")).expect("an id");
    let event = case.causality.trace.find(id).expect("an event");
    Entry { event, host: host.to_owned(), clock: serde_json::from_str(clock).expect("a clock") }
}

impl Entry {
    /// By its clock.
    fn is_before(&self, other: &Entry) -> bool {
        self.clock != other.clock
            && self.clock.iter().all(|(host, count)| other.clock.get(host) >= Some(count))
    }
}
