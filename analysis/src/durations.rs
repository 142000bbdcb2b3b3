//! Durations in whole nanoseconds: what sums need to be exact, and to be taken back exactly.

use crate::trace::Event;

/// Nanoseconds that count at most, 104 days: so far each whole number is one of `f64` too, and the squares of
/// two million such durations fit into 128 bits.
const LONGEST: i64 = 1 << 53;

impl Event {
    /// Nanoseconds that it took, 2^53 at most. A duration below 0 is none.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "such a cast ends at the greatest number")]
    pub fn duration_ns(&self) -> Option<i64> {
        let micros = self.duration.filter(|&micros| micros >= 0.0)?;
        Some(((micros * 1e3).round() as i64).min(LONGEST))
    }
}

/// Nanoseconds in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "nobody needs more digits of a sum")]
pub(crate) fn milliseconds(nanoseconds: i128) -> f64 {
    nanoseconds as f64 / 1e6
}

/// One number by another: 0 where that is 0.
#[expect(clippy::cast_precision_loss, reason = "nobody needs more digits of a quotient")]
pub(crate) fn quotient(dividend: i128, divisor: i128) -> f64 {
    if divisor == 0 { 0.0 } else { dividend as f64 / divisor as f64 }
}
