//! What operations took before a trace, against which its durations are held.

use raceway_analysis::Trace;
use raceway_analysis::anomalies::{Baseline, Baselines};

/// Durations of operations that ended before a trace began.
struct EarlierDurations;

/// No store is asked for them yet, so nothing is unusual.
impl Baselines for EarlierDurations {
    fn baseline(&self, _service: &str, _kind: &str, _subject: Option<&str>) -> Option<Baseline> {
        None
    }
}

/// What is known from before this trace.
pub(super) fn baselines(_trace: &Trace) -> impl Baselines + use<> {
    EarlierDurations
}
