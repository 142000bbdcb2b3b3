//! What is told of several traces together, as a page shows it: what is wrong in them, by kind and place; the
//! history of a variable; two traces beside each other.

pub mod compare;
mod contended;
mod group;
pub mod groups;
pub mod variable;

use std::ops::Range;

/// How many parts a time is cut into at most.
const MAX_BUCKETS: i64 = 60;

/// Lengths of parts that people read easily, in seconds; beyond these, whole days.
const LENGTHS: [i64; 16] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200];
const DAY: i64 = 86_400;

/// A time in equal parts, the last of which may go beyond it.
#[derive(Clone, Debug)]
struct Buckets {
    /// Microseconds since 1970.
    times: Range<i64>,
    seconds: i64,
}

impl Buckets {
    fn of(times: Range<i64>) -> Self {
        const SECOND: i64 = 1_000_000;
        let least = (times.end.saturating_sub(times.start) / SECOND) / MAX_BUCKETS + 1;
        let easy = LENGTHS.into_iter().find(|&seconds| seconds >= least);
        let days = least.div_euclid(DAY) + i64::from(least.rem_euclid(DAY) > 0);
        Buckets { times, seconds: easy.unwrap_or(days * DAY) }
    }

    fn count(&self) -> usize {
        let last = self.times.end.saturating_sub(1).max(self.times.start);
        self.place(last) + 1
    }

    /// The part of an instant, which is in the time.
    fn place(&self, instant: i64) -> usize {
        let seconds = instant.saturating_sub(self.times.start) / 1_000_000;
        usize::try_from(seconds / self.seconds).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Buckets;

    #[test]
    fn a_time_has_no_more_than_sixty_parts() {
        const SECOND: i64 = 1_000_000;
        for (seconds, expected, count) in [
            (0, 1, 1),
            (1, 1, 1),
            (59, 1, 59),
            (60, 2, 30),
            (3600, 120, 30),
            (86_400, 1800, 48),
            (100 * 86_400, 2 * 86_400, 50),
        ] {
            let buckets = Buckets::of(0..seconds * SECOND);
            assert!(buckets.count() <= 60, "{seconds}: {}", buckets.count());
            assert_eq!((buckets.seconds, buckets.count()), (expected, count), "{seconds}");
        }
        assert!(Buckets::of(i64::MIN..i64::MAX).count() <= 60);
    }
}
