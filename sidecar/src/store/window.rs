//! Events of a trace in a time: what is read of a trace that is too long to be held.

use std::collections::BTreeMap;
use std::ops::Range;

use raceway_analysis::space_time::density::Buckets;
use raceway_analysis::trace::UNKNOWN;

use super::trace::WHOLE_BYTES;

/// What is told of them.
#[derive(Debug)]
pub(crate) enum Within {
    /// The JSON of each, in time order.
    Events(Vec<String>),
    /// How many there are of each service in each of the [`Buckets`] of the time, as they are many or large.
    Counts(Vec<(String, usize, u64)>),
}

/// Events that are being read: while they are few, each is told.
pub(super) struct Gathering {
    most: usize,
    bytes: usize,
    /// In order; `None` once they are many.
    events: Option<Vec<String>>,
    buckets: Buckets,
    counts: BTreeMap<(String, usize), u64>,
}

impl Gathering {
    /// Of a time, in microseconds since 1970, so many events at most.
    pub(super) fn new(times: Range<i64>, most: usize) -> Self {
        let buckets = Buckets::of(times);
        Gathering { most, bytes: 0, events: Some(Vec::new()), buckets, counts: BTreeMap::new() }
    }

    /// Whether each can still be told.
    pub(super) fn are_few(&self) -> bool {
        self.events.is_some()
    }

    /// Adds the next one as its JSON.
    pub(super) fn add(&mut self, json: String) {
        self.bytes += json.len();
        let Some(events) = &mut self.events else { return };
        if events.len() == self.most || self.bytes > WHOLE_BYTES {
            self.events = None;
        } else {
            events.push(json);
        }
    }

    /// Counts one of this service, at this time.
    pub(super) fn count(&mut self, service: Option<&str>, time: i64) {
        let key = (service.unwrap_or(UNKNOWN).to_owned(), self.buckets.place(time));
        *self.counts.entry(key).or_default() += 1;
    }

    /// Those that were added, or as they are many, those that were counted.
    pub(super) fn finish(self) -> Within {
        if let Some(events) = self.events {
            return Within::Events(events);
        }
        let counts = self.counts.into_iter();
        Within::Counts(counts.map(|((name, place), count)| (name, place, count)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Gathering, WHOLE_BYTES, Within};

    #[test]
    fn few_events_are_told_and_many_counted() {
        for (events, bytes, are_told) in [(2, 1, true), (3, 1, false), (1, WHOLE_BYTES + 1, false)]
        {
            let mut gathering = Gathering::new(0..10, 2);
            for time in 0..events {
                gathering.add("x".repeat(bytes));
                gathering.count(None, time);
            }
            match gathering.finish() {
                Within::Events(told) => assert!(are_told && told.len() == 2),
                Within::Counts(counts) => {
                    assert!(!are_told);
                    let counted: u64 = counts.iter().map(|(_, _, count)| count).sum();
                    assert_eq!((counted, &*counts[0].0), (events.unsigned_abs(), "unknown"));
                }
            }
        }
    }
}
