//! What is summed of durations, services and traces.

use super::quantiles::Quantiles;
use super::series::Sums;
use crate::durations::quotient;

/// Durations of an operation, exactly: so any of them can be taken back. Sums beyond 128 bits wrap around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DurationSums {
    /// How many events have a duration.
    pub count: i64,
    /// Nanoseconds together.
    pub total: i128,
    /// The sum of their squares.
    pub squares: i128,
}

impl DurationSums {
    /// Of one duration in nanoseconds.
    #[must_use]
    pub fn of(nanoseconds: i64) -> Self {
        let total = i128::from(nanoseconds);
        DurationSums { count: 1, total, squares: total * total }
    }

    /// Nanoseconds on average; 0 of none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        quotient(self.total, i128::from(self.count))
    }

    /// The standard deviation of all of them (not of a sample), in nanoseconds.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        let count = i128::from(self.count).max(1);
        // Around a whole number next to the mean, nothing is lost by rounding.
        let near = self.total.wrapping_div(count);
        let shifted = self.total.wrapping_mul(near).wrapping_mul(2);
        let around = self
            .squares
            .wrapping_sub(shifted)
            .wrapping_add(near.wrapping_mul(near).wrapping_mul(count));
        let offset = quotient(self.total.wrapping_sub(near.wrapping_mul(count)), count);
        (quotient(around, count) - offset * offset).max(0.0).sqrt()
    }
}

impl Sums for DurationSums {
    fn add_all(&mut self, other: &Self, times: i64) {
        self.count.add_all(&other.count, times);
        let times = i128::from(times);
        self.total = self.total.wrapping_add(other.total.wrapping_mul(times));
        self.squares = self.squares.wrapping_add(other.squares.wrapping_mul(times));
    }
}

/// The events of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceSums {
    /// How many.
    pub events: i64,
    /// How many traces had their last event of the service then: so a trace is counted once, and those since a
    /// time are those whose last event is.
    pub traces: i64,
}

impl Sums for ServiceSums {
    fn add_all(&mut self, other: &Self, times: i64) {
        self.events.add_all(&other.events, times);
        self.traces.add_all(&other.traces, times);
    }
}

/// Traces, each counted when its last event happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceSums {
    /// Microseconds from the first event to the last.
    pub durations: Quantiles,
    /// The same, together.
    pub total: i128,
}

impl Sums for TraceSums {
    fn add_all(&mut self, other: &Self, times: i64) {
        self.durations.add_all(&other.durations, times);
        self.total = self.total.wrapping_add(other.total.wrapping_mul(i128::from(times)));
    }
}

#[cfg(test)]
mod tests {
    use super::{DurationSums, Sums};

    #[test]
    fn the_deviation_of_long_equal_durations_is_exactly_0() {
        let mut sums = DurationSums::default();
        for _ in 0..1000 {
            sums.add_all(&DurationSums::of((1 << 53) - 1), 1);
        }
        assert_eq!(sums.deviation().to_bits(), 0);
    }

    #[test]
    fn mean_and_deviation_are_those_of_all_durations() {
        let mut sums = DurationSums::default();
        for nanoseconds in [90, 110, 90, 110, 7] {
            sums.add_all(&DurationSums::of(nanoseconds), 1);
        }
        sums.add_all(&DurationSums::of(7), -1);
        assert_eq!(
            (sums.mean().to_bits(), sums.deviation().to_bits()),
            (100f64.to_bits(), 10f64.to_bits())
        );
    }
}
