//! The pages of a store in memory.

use std::collections::BTreeMap;
use std::ops::Range;

use super::memory::{allocated, tree_bytes};
use super::{Cover, Figures, Part, Timeline, Width};

/// The sums of pages, of each part for itself, as bytes: figures of their own for each second would take ten times
/// as much. None of them is empty.
#[derive(Debug, Default)]
pub struct PageSums {
    sums: BTreeMap<(Part, Width, i64), Box<[u8]>>,
    /// What the sums take.
    bytes: usize,
}

impl PageSums {
    /// Adds figures in seconds. Each page that they are in is read and written, so it pays to add many traces at
    /// once.
    ///
    /// # Panics
    /// Never: pages are read as they were written.
    pub fn add(&mut self, figures: &Timeline) {
        for page in figures.pages() {
            for part in Part::ALL {
                if page.figures.iter().all(|(_, figures)| figures.lack(part)) {
                    continue;
                }
                let key = (part, page.width, page.start);
                let mut sums = Timeline::default();
                if let Some(known) = self.sums.remove(&key) {
                    self.bytes -= allocated(known.len());
                    sums.add_part(part, &known).expect("what was written");
                }
                sums.merge(&page.figures);
                self.insert(key, sums.part_to_bytes(part).into());
            }
        }
    }

    fn insert(&mut self, key: (Part, Width, i64), sums: Box<[u8]>) {
        if !sums.is_empty() {
            self.bytes += allocated(sums.len());
            self.sums.insert(key, sums);
        }
    }

    /// These parts of the figures of a time, without its borders.
    ///
    /// # Panics
    /// Never: pages are read as they were written.
    #[must_use]
    pub fn within(&self, parts: &[Part], cover: &Cover) -> Figures {
        let mut figures = Figures::default();
        for (width, starts) in &cover.pages {
            for &part in parts {
                for sums in self.starting(part, *width, starts) {
                    let seconds = cover.seconds.clone();
                    figures.add_part(part, sums, seconds).expect("what was written");
                }
            }
        }
        figures
    }

    /// A part of the pages of a width that start in any of these times.
    ///
    /// # Panics
    /// Never: pages are read as they were written.
    #[must_use]
    pub fn of_width(&self, part: Part, width: Width, times: &[Range<i64>]) -> Timeline {
        let mut pages = Timeline::default();
        let mut starts: Vec<&Range<i64>> = times.iter().collect();
        starts.sort_unstable_by_key(|times| (times.start, times.end));
        starts.dedup();
        for sums in starts.into_iter().flat_map(|times| self.starting(part, width, times)) {
            pages.add_part(part, sums).expect("what was written");
        }
        pages
    }

    fn starting(
        &self,
        part: Part,
        width: Width,
        times: &Range<i64>,
    ) -> impl Iterator<Item = &[u8]> {
        let range = (part, width, times.start)..(part, width, times.end);
        self.sums.range(range).map(|(_, sums)| &**sums)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// What they take of memory, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes + tree_bytes(&self.sums)
    }
}
