//! What operations took before a trace.

use std::ops::Range;

use crate::figures::{DurationSums, Figures, Names, Operation};
use crate::trace::Trace;

/// Fewer samples tell nothing.
pub const LEAST_SAMPLES: i64 = 20;

/// Nanoseconds of the least standard deviation: clocks are no better.
const LEAST_DEVIATION: f64 = 1000.0;

/// What an operation takes usually.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// How many durations it is of.
    pub samples: u64,
    /// Nanoseconds on average.
    pub mean: f64,
    /// The standard deviation in nanoseconds, at least 1 % of the mean and 1 µs.
    pub deviation: f64,
}

impl Baseline {
    /// Of earlier durations, if they are at least [`LEAST_SAMPLES`].
    #[must_use]
    pub fn of(sums: &DurationSums) -> Option<Self> {
        let samples = u64::try_from(sums.count).ok().filter(|_| sums.count >= LEAST_SAMPLES)?;
        let mean = sums.mean();
        let deviation = sums.deviation().max(mean / 100.0).max(LEAST_DEVIATION);
        Some(Baseline { samples, mean, deviation })
    }
}

/// What operations took before a trace.
pub trait Baselines {
    /// What an operation of a service took, which is a kind and what it is named after; `None` if that is not
    /// known well enough.
    fn baseline(&self, service: &str, kind: &str, subject: Option<&str>) -> Option<Baseline>;
}

/// The time whose durations a trace's baselines are of, in microseconds since 1970: all before its first event.
#[must_use]
pub fn time_before(trace: &Trace) -> Range<i64> {
    i64::MIN..trace.events().first().map_or(i64::MIN, |event| event.time)
}

/// What operations took in the [time before](time_before) a trace.
#[derive(Clone, Copy, Debug)]
pub struct EarlierDurations<'f> {
    /// Their sums.
    pub figures: &'f Figures,
    /// The names in them.
    pub names: &'f Names,
}

impl Baselines for EarlierDurations<'_> {
    fn baseline(&self, service: &str, kind: &str, subject: Option<&str>) -> Option<Baseline> {
        let number = |name| self.names.get(name);
        let subject = match subject {
            None => None,
            Some(subject) => Some(number(subject)?),
        };
        let operation = Operation { service: number(service)?, kind: number(kind)?, subject };
        Baseline::of(&self.figures.operations.get(operation))
    }
}
