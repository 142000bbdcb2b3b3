//! Which pages make up a time.

use std::ops::Range;

use raceway_model::Timestamp;

use super::Width;
use super::timeline::SECOND;

/// The pages and the rest of which a time is made, without a gap and without an overlap. All are microseconds
/// since 1970.
///
/// The figures of the time are those of the pages, by [`Figures::add_part`](super::Figures::add_part) with its
/// `seconds`, and those of the borders, by [`Figures::within`](super::Figures::within) of all traces that have
/// events there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Pages of which width are read, and where they start: at most five such ranges, none of them empty.
    pub pages: Vec<(Width, Range<i64>)>,
    /// The whole seconds of the time: of pages of a minute at its ends only some are in it.
    pub seconds: Range<i64>,
    /// What lies before those and after them, each less than a second: at most two, neither empty.
    pub borders: Vec<Range<i64>>,
}

impl Cover {
    /// Of a time. One that ends where timestamps do is made of days there.
    #[must_use]
    pub fn of(times: Range<i64>) -> Self {
        let (borders, seconds) = peel(known(times), SECOND);
        let (minutes, hours) = peel(seconds.clone(), Width::Hour.micros());
        let (hours, days) = peel(hours, Width::Day.micros());
        let pages = minutes.into_iter().map(|times| (Width::Minute, times));
        let pages = pages.chain(hours.into_iter().map(|times| (Width::Hour, times)));
        let pages = pages.chain([(Width::Day, days)]).filter(|(_, times)| !times.is_empty());
        Cover {
            pages: pages
                .map(|(width, times)| (width, width.start_of(times.start)..times.end))
                .collect(),
            seconds,
            borders: borders.into_iter().filter(|times| !times.is_empty()).collect(),
        }
    }
}

/// What of a time there can be events in: it begins and ends with days.
fn known(times: Range<i64>) -> Range<i64> {
    let first = Timestamp::nearest(i64::MIN).micros();
    let end = Timestamp::nearest(i64::MAX).micros() + 1;
    times.start.clamp(first, end)..times.end.clamp(first, end)
}

/// What a time has before and after the whole buckets of this width in it, and those; all before them if there
/// are none.
fn peel(times: Range<i64>, width: i64) -> ([Range<i64>; 2], Range<i64>) {
    let Range { start, end } = times;
    let first = (start + width - 1).div_euclid(width) * width;
    let last = end.div_euclid(width) * width;
    if first <= last {
        ([start..first, last..end], first..last)
    } else {
        ([start..end, end..end], end..end)
    }
}

#[cfg(test)]
mod tests {
    use super::Cover;
    use crate::figures::Width::{Day, Hour, Minute};
    use crate::figures::timeline::SECOND;

    #[test]
    fn all_time_is_days() {
        let all = Cover::of(i64::MIN..i64::MAX);
        let [(Day, days)] = &all.pages[..] else { panic!("only days: {all:?}") };
        assert_eq!((days, all.borders.len()), (&all.seconds, 0));
    }

    #[test]
    fn a_time_is_days_then_hours_then_minutes_then_borders() {
        let (day, hour, minute) = (Day.micros(), Hour.micros(), Minute.micros());
        let (from, until) = (day - hour - SECOND - 1, 3 * day + 2 * hour + minute + 7);
        let cover = Cover::of(from..until);
        let pages = [
            (Minute, day - hour - minute..day - hour),
            (Minute, 3 * day + 2 * hour..3 * day + 2 * hour + minute),
            (Hour, day - hour..day),
            (Hour, 3 * day..3 * day + 2 * hour),
            (Day, day..3 * day),
        ];
        assert_eq!(cover.pages, pages);
        assert_eq!(cover.seconds, from + 1..until - 7);
        assert_eq!(cover.borders, [from..from + 1, until - 7..until]);
    }

    #[test]
    fn a_short_time_is_a_border_or_part_of_a_page() {
        let within_second = Cover::of(5..10);
        let [border] = &within_second.borders[..] else { panic!("one border") };
        assert_eq!((within_second.pages.len(), border), (0, &(5..10)));
        let cover = Cover::of(SECOND..3 * SECOND);
        assert_eq!(cover.pages, [(Minute, 0..3 * SECOND)]);
        assert_eq!(Cover::of(5..5).borders, []);
    }
}
