//! From when to when answers look.

use std::ops::Range;

use raceway_model::Timestamp;

use super::Width;

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
        let length =
            i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(Width::Minute.micros());
        Window { from: Timestamp::nearest(until.micros().saturating_sub(length)), until }
    }

    /// What began so many minutes ago and has no end: a clock that is ahead is heard of too.
    #[must_use]
    pub fn since(now: Timestamp, minutes: u64) -> Self {
        let until = Timestamp::nearest(i64::MAX);
        Window { until, ..Window::ending(None, now, minutes) }
    }

    /// The same in microseconds since 1970, without its end.
    #[must_use]
    pub fn micros(&self) -> Range<i64> {
        self.from.micros()..self.until.micros() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use raceway_model::Timestamp;

    #[test]
    fn a_window_never_ends_in_the_future() {
        let [early, late] = [1_000_000_000, 2_000_000_000].map(Timestamp::nearest);
        assert_eq!(Window::ending(Some(early), late, 1).until, early);
        assert_eq!(Window::ending(Some(late), early, 1).until, early);
        assert_eq!(Window::ending(None, late, 1).micros(), 1_940_000_000..2_000_000_001);
        assert_eq!(Window::ending(None, late, u64::MAX).from, Timestamp::nearest(i64::MIN));
    }
}
