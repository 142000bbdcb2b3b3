//! What took much longer in a trace than before it.

use std::sync::Arc;

use raceway_analysis::Trace;
use raceway_analysis::anomalies::{self, Anomaly, EarlierDurations, time_before};
use raceway_model::Timestamp;

use super::figures::Sums;
use super::traces::Traces;
use super::{Source, look};
use crate::store::StoreError;
use crate::store::export::ExportFilter;

/// None where nothing in the trace has a duration.
pub(in crate::store) async fn anomalies(
    source: &impl Source,
    trace: Arc<Trace>,
) -> Result<Vec<Anomaly>, StoreError> {
    if !trace.has_durations() {
        return Ok(Vec::new());
    }
    let until = Some(Timestamp::nearest(time_before(&trace).end));
    let filter = ExportFilter { until, ..ExportFilter::default() };
    look(source, filter, move |earlier| unusual(earlier, &trace)).await
}

/// Held against what began earlier than the trace.
fn unusual(earlier: Traces, trace: &Trace) -> Result<Vec<Anomaly>, StoreError> {
    let mut sums = Sums::default();
    earlier.each(|earlier| sums.add(&earlier, time_before(trace)))?;
    let baselines = EarlierDurations { figures: &sums.figures, names: &sums.names };
    Ok(anomalies::anomalies(trace, &baselines))
}
