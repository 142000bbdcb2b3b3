//! What operations took before a trace, against which its durations are held.

use raceway_analysis::Trace;
use raceway_analysis::anomalies::EarlierDurations;

/// Those of other traces that ended before this one began. No store is asked for them, so nothing is unusual.
pub(super) fn earlier_durations(_trace: &Trace) -> EarlierDurations {
    EarlierDurations::default()
}
