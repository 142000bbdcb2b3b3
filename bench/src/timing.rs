//! How long work takes.

use std::time::{Duration, Instant};

/// How many events a second the work has done.
pub(crate) fn rate(events: u32, work: impl FnOnce()) -> f64 {
    f64::from(events) / timed(work).as_secs_f64()
}

/// How long the work took.
pub(crate) fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// In the unit of the report.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// For figures, which have no more than fifteen digits.
#[allow(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn as_float(number: u64) -> f64 {
    number as f64
}
