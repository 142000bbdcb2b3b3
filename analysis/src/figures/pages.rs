//! Pages of figures, as stores keep them: each is of a minute, an hour or a day.

use std::collections::BTreeMap;

use super::Timeline;
use super::timeline::SECOND;

/// How much time a page is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Width {
    /// A minute, in seconds.
    Minute,
    /// An hour, in one bucket.
    Hour,
    /// A day in UTC, in one bucket.
    Day,
}

impl Width {
    /// All of them.
    pub const ALL: [Width; 3] = [Width::Minute, Width::Hour, Width::Day];

    /// Its length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        match self {
            Width::Minute => 60 * SECOND,
            Width::Hour => 3600 * SECOND,
            Width::Day => 86_400 * SECOND,
        }
    }

    /// The number by which stores keep it: never another one.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Width::Minute => 1,
            Width::Hour => 2,
            Width::Day => 3,
        }
    }

    /// The start of the page that a time is in, both in microseconds since 1970.
    pub(super) fn start_of(self, time: i64) -> i64 {
        time.div_euclid(self.micros()) * self.micros()
    }
}

/// What is added to a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// How much time it is of.
    pub width: Width,
    /// Its start in microseconds since 1970.
    pub start: i64,
    /// The figures: of a minute in seconds, of an hour or a day in one bucket.
    pub figures: Timeline,
}

impl Timeline {
    /// Cut into pages of each width, in order of width and start. It is in seconds.
    #[must_use]
    pub fn pages(&self) -> Vec<Page> {
        Width::ALL.into_iter().flat_map(|width| self.pages_of(width)).collect()
    }

    fn pages_of(&self, width: Width) -> impl Iterator<Item = Page> {
        let mut pages: BTreeMap<i64, Timeline> = BTreeMap::new();
        for (start, figures) in self.iter() {
            let page = width.start_of(start);
            let bucket = if width == Width::Minute { start } else { page };
            pages.entry(page).or_default().add(bucket, figures, 1);
        }
        pages.into_iter().map(move |(start, figures)| Page { width, start, figures })
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Width};
    use crate::figures::timeline::SECOND;
    use crate::figures::{Names, Timeline};
    use crate::testing::{event, trace};

    #[test]
    fn a_page_of_a_minute_is_in_seconds_and_others_are_in_one_bucket() {
        let trace = trace([event("a").at(0.0), event("b").at(1500.0), event("c").at(61_000.0)]);
        let timeline = Timeline::of(&trace, &[], &mut Names::default());
        let start = trace.event(0).time;
        let page = |Page { width, start: of_page, figures }: Page| {
            let buckets = figures.iter().map(|(bucket, _)| (bucket - start) / SECOND);
            (width, (of_page - start) / SECOND, buckets.collect::<Vec<_>>())
        };
        let expected = [
            (Width::Minute, 0, vec![0, 1]),
            (Width::Minute, 60, vec![61]),
            (Width::Hour, 0, vec![0]),
            (Width::Day, 0, vec![0]),
        ];
        assert_eq!(timeline.pages().into_iter().map(page).collect::<Vec<_>>(), expected);
    }
}
