//! Figures of traces that come, change and go, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::Hash;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::memory::{allocated, map_bytes};
use super::{
    ALWAYS, Cover, Figures, NameId, Names, PageSums, Part, Timeline, Width, newest_seconds,
};
use crate::calls::calls;
use crate::trace::Trace;

/// So many changes are added up before pages are written.
const CHANGES_AT_ONCE: usize = 512;

/// With so few names it isn't worth looking for those of which nothing is counted.
const FEW_NAMES: usize = 1024;

/// The figures of all traces as they were last told, each trace by its key.
///
/// Names of which nothing is counted any more are forgotten when there are twice as many names as after the last
/// time.
#[derive(Debug)]
pub struct KeptFigures<K> {
    names: Names,
    /// What is counted of each trace: [`Timeline::to_bytes`].
    counted: HashMap<K, Box<[u8]>>,
    /// What those bytes take.
    counted_bytes: usize,
    pages: PageSums,
    /// What is still to be added to the pages.
    changes: Timeline,
    changed: usize,
    /// With so many names, those that are not used are looked for.
    sweep_at: usize,
}

impl<K: Hash + Eq> Default for KeptFigures<K> {
    fn default() -> Self {
        KeptFigures {
            names: Names::default(),
            counted: HashMap::new(),
            counted_bytes: 0,
            pages: PageSums::default(),
            changes: Timeline::default(),
            changed: 0,
            sweep_at: FEW_NAMES,
        }
    }
}

impl<K: Hash + Eq> KeptFigures<K> {
    /// Counts a trace as it is now, `None` if it is gone, in place of what was counted of it before.
    ///
    /// # Panics
    /// Never: what was counted is read as it was written.
    pub fn update(&mut self, key: K, trace: Option<&Trace>) {
        let now = trace.map(|trace| Timeline::of(trace, &calls(trace), &mut self.names));
        let bytes: Box<[u8]> = now.as_ref().map(Timeline::to_bytes).unwrap_or_default().into();
        if let Some(now) = &now {
            self.changes.merge(now);
        }
        if let Some(before) = self.replace(key, bytes) {
            self.changes.subtract(&read(&before));
        }
        self.changed += 1;
        if self.changed >= CHANGES_AT_ONCE {
            self.write_pages();
        }
    }

    /// Remembers what is counted of a trace; returns what was before.
    fn replace(&mut self, key: K, bytes: Box<[u8]>) -> Option<Box<[u8]>> {
        self.counted_bytes += allocated(bytes.len());
        let before = if bytes.is_empty() {
            self.counted.remove(&key)
        } else {
            self.counted.insert(key, bytes)
        };
        self.counted_bytes -= before.as_ref().map_or(0, |before| allocated(before.len()));
        before
    }

    fn write_pages(&mut self) {
        self.pages.add(&std::mem::take(&mut self.changes));
        self.changed = 0;
        if self.names.count() >= self.sweep_at {
            self.forget_unused_names();
        }
        if self.counted.len() < self.counted.capacity() / 4 {
            self.counted.shrink_to_fit();
        }
    }

    /// The pages of days have every name of which something is counted.
    fn forget_unused_names(&mut self) {
        let names_of = |part| self.pages.of_width(part, Width::Day, &[ALWAYS]).names();
        let used: BTreeSet<NameId> = Part::ALL.into_iter().flat_map(names_of).collect();
        self.names.retain(|name| used.contains(&name));
        self.sweep_at = FEW_NAMES.max(2 * self.names.count());
    }

    /// These parts of the figures of a time, but for its [borders](Cover); of other parts nothing is true.
    pub fn within(&mut self, parts: &[Part], cover: &Cover) -> Figures {
        self.write_pages();
        self.pages.within(parts, cover)
    }

    /// Adds these parts of what is counted of a trace in the second that starts then.
    ///
    /// # Panics
    /// Never: what was counted is read as it was written.
    pub fn add_counted(&self, key: &K, parts: &[Part], second: i64, figures: &mut Figures) {
        if let Some(counted) = self.counted.get(key) {
            figures.add_second(parts, second, counted).expect("what was written");
        }
    }

    /// Of each service that has events, the start of the newest second that has one: see [`newest_seconds`].
    pub fn newest_seconds(&mut self) -> BTreeMap<NameId, i64> {
        self.write_pages();
        let pages = |width, times: &[Range<i64>]| {
            Ok::<_, Infallible>(self.pages.of_width(Part::Services, width, times))
        };
        newest_seconds(pages).unwrap_or_else(|never| match never {})
    }

    /// The names in figures.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The names, for [`Figures::within`]: new ones are forgotten again.
    pub fn names_mut(&mut self) -> &mut Names {
        &mut self.names
    }

    /// How many traces are counted.
    #[must_use]
    pub fn traces(&self) -> usize {
        self.counted.len()
    }

    /// What it all takes of memory, in bytes, without what keys own elsewhere and what is still to be added to
    /// pages: at most 512 traces.
    #[must_use]
    pub fn bytes(&self) -> usize {
        map_bytes(&self.counted) + self.counted_bytes + self.pages.bytes() + self.names.bytes()
    }
}

fn read(counted: &[u8]) -> Timeline {
    Timeline::from_bytes(counted).expect("what was written")
}

#[cfg(test)]
mod tests {
    use super::{FEW_NAMES, KeptFigures};
    use crate::testing::{event, trace};

    #[test]
    fn names_of_which_nothing_is_counted_are_forgotten() {
        let mut kept = KeptFigures::default();
        for number in 0..10 * FEW_NAMES {
            let name = format!("f{number}");
            let pay = event("a").kind("FunctionCall").field("function_name", name).lasting(1.0);
            kept.update("t", Some(&trace([pay])));
            assert!(kept.names().count() < FEW_NAMES + 2 * super::CHANGES_AT_ONCE);
        }
        let bytes = kept.bytes();
        kept.update("t", None);
        assert!(kept.newest_seconds().is_empty() && kept.bytes() < bytes);
    }
}
