//! What operations took before a trace.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use crate::figures::{DurationSums, Figures, Operation, Sums, minute_before};
use crate::trace::{EventNo, Trace};

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
    /// What an operation of a service took; `None` if that is not known well enough.
    fn baseline(&self, service: &str, operation: &str) -> Option<Baseline>;
}

/// Sums of durations by service and operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EarlierDurations(BTreeMap<String, BTreeMap<String, DurationSums>>);

impl EarlierDurations {
    /// What the trace's operations took in whole minutes before it began. The rest is what others did in
    /// [`minute_before`](crate::figures::minute_before) its first event, for [`add`](Self::add).
    #[must_use]
    pub fn of(trace: &Trace, figures: &Figures) -> Self {
        let mut earlier = EarlierDurations::default();
        let Some(first) = trace.events().first() else { return earlier };
        let before = i64::MIN..minute_before(first.time).start;
        for operation in operations(trace) {
            let sums = figures.operations.total(&operation, before.clone());
            earlier.insert(&operation.service, &operation.name, &sums);
        }
        earlier
    }

    /// Adds what all operations of these figures took.
    pub fn add(&mut self, figures: &Figures) {
        for (operation, sums) in figures.operations.totals() {
            self.insert(&operation.service, &operation.name, &sums);
        }
    }

    /// Adds what an operation took.
    pub fn insert(&mut self, service: &str, operation: &str, sums: &DurationSums) {
        let known = self.0.entry(service.to_owned()).or_default();
        known.entry(operation.to_owned()).or_default().add_all(sums, 1);
    }
}

impl Baselines for EarlierDurations {
    fn baseline(&self, service: &str, operation: &str) -> Option<Baseline> {
        Baseline::of(self.0.get(service)?.get(operation)?)
    }
}

/// The operations of a trace that have a duration, each once.
#[must_use]
pub fn operations(trace: &Trace) -> BTreeSet<Operation> {
    let timed = (0..).zip(trace.events()).filter(|(_, event)| event.duration_ns().is_some());
    let examples: HashMap<_, EventNo> =
        timed.map(|(number, event)| ((event.service, event.kind, event.subject), number)).collect();
    examples.into_values().map(|number| Operation::of(trace, number)).collect()
}
