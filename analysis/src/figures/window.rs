//! From when to when answers look.

use std::ops::Range;

use raceway_model::Timestamp;

use super::{Figures, MINUTE, Series, Sums, bucket};

/// A time, with both of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub from: Timestamp,
    /// Its last instant.
    pub until: Timestamp,
}

impl Window {
    /// So many minutes back from the newest stored event, or from now if that one is in the future: events
    /// of long ago show, and one wrong clock hides nothing.
    #[must_use]
    pub fn ending(newest: Option<Timestamp>, now: Timestamp, minutes: u64) -> Self {
        let until = newest.map_or(now, |newest| newest.min(now));
        let length = i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(MINUTE);
        Window { from: Timestamp::nearest(until.micros().saturating_sub(length)), until }
    }

    /// What began so many minutes ago and has no end: a clock that is ahead is heard of too.
    #[must_use]
    pub fn since(now: Timestamp, minutes: u64) -> Self {
        let until = Timestamp::nearest(i64::MAX);
        Window { until, ..Window::ending(None, now, minutes) }
    }

    /// The starts of the whole minutes in it.
    #[must_use]
    pub fn minutes(&self) -> Range<i64> {
        let first = bucket(self.from.micros() + MINUTE - 1, MINUTE);
        first..bucket(self.end(), MINUTE).max(first)
    }

    /// What it has before those and after them.
    #[must_use]
    pub fn borders(&self) -> [Range<i64>; 2] {
        let (minutes, end) = (self.minutes(), self.end());
        [self.from.micros()..minutes.start.min(end), minutes.end..end]
    }

    fn end(&self) -> i64 {
        self.until.micros() + 1
    }
}

/// The figures of a window.
#[derive(Clone, Debug)]
pub struct Windowed<'f> {
    figures: &'f Figures,
    minutes: Range<i64>,
    borders: Figures,
}

impl Figures {
    /// Those of a window, with [`within`](Figures::within) its [borders](Window::borders) what they count of
    /// all traces that have events there.
    #[must_use]
    pub fn window(&self, window: Window, borders: Figures) -> Windowed<'_> {
        Windowed { figures: self, minutes: window.minutes(), borders }
    }
}

impl Windowed<'_> {
    /// The keys and sums of a series.
    pub(super) fn rows<'w, K: Ord + Clone + 'w, S: Sums + 'w>(
        &'w self,
        series: impl Fn(&'w Figures) -> &'w Series<K, S>,
    ) -> impl Iterator<Item = (&'w K, &'w S)> {
        let whole = series(self.figures).between(self.minutes.clone());
        whole.chain(series(&self.borders).between(i64::MIN..i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{MINUTE, Window};
    use raceway_model::Timestamp;

    #[test]
    fn a_window_never_ends_in_the_future() {
        let [early, late] = [1_000_000_000, 2_000_000_000].map(Timestamp::nearest);
        assert_eq!(Window::ending(Some(early), late, 1).until, early);
        assert_eq!(Window::ending(Some(late), early, 1).until, early);
        assert_eq!(Window::ending(None, late, 1).from, Timestamp::nearest(1_940_000_000));
        assert_eq!(Window::ending(None, late, u64::MAX).from, Timestamp::nearest(i64::MIN));
    }

    #[test]
    fn a_window_is_whole_minutes_and_two_borders() {
        let parts = |from, until| {
            let window =
                Window { from: Timestamp::nearest(from), until: Timestamp::nearest(until) };
            (window.minutes(), window.borders())
        };
        assert_eq!(parts(0, 2 * MINUTE - 1), (0..2 * MINUTE, [0..0, 2 * MINUTE..2 * MINUTE]));
        assert_eq!(
            parts(1, 2 * MINUTE),
            (MINUTE..2 * MINUTE, [1..MINUTE, 2 * MINUTE..2 * MINUTE + 1])
        );
        let [before, after] = parts(1, 5).1;
        assert_eq!((before, after.is_empty()), (1..6, true));
    }
}
