//! What took much longer in a trace than before it.

use raceway_analysis::Trace;
use raceway_analysis::anomalies::{self, Anomaly, EarlierDurations, time_before};
use raceway_model::Timestamp;

use super::figures::Sums;
use super::traces::Traces;
use super::{Source, look};
use crate::store::StoreError;
use crate::store::export::ExportFilter;

/// None of a trace that is not there.
pub(in crate::store) async fn anomalies(
    source: &impl Source,
    trace_id: String,
) -> Result<Vec<Anomaly>, StoreError> {
    let Some(trace) = timed_trace(source, trace_id).await? else { return Ok(Vec::new()) };
    let until = Some(Timestamp::nearest(time_before(&trace).end));
    let filter = ExportFilter { until, ..ExportFilter::default() };
    look(source, filter, move |earlier| unusual(earlier, &trace)).await
}

/// `None` where there is none, and where nothing in it has a duration: it has no anomalies.
pub(crate) async fn timed_trace(
    source: &impl Source,
    trace_id: String,
) -> Result<Option<Trace>, StoreError> {
    let filter = ExportFilter { trace_id: Some(trace_id), ..ExportFilter::default() };
    Ok(look(source, filter, only).await?.filter(Trace::has_durations))
}

fn only(traces: Traces) -> Result<Option<Trace>, StoreError> {
    let mut found = None;
    traces.each(|trace| found = Some(trace))?;
    Ok(found)
}

/// Held against what began earlier than the trace.
fn unusual(earlier: Traces, trace: &Trace) -> Result<Vec<Anomaly>, StoreError> {
    let mut sums = Sums::default();
    earlier.each(|earlier| sums.add(&earlier, time_before(trace)))?;
    let baselines = EarlierDurations { figures: &sums.figures, names: &sums.names };
    Ok(anomalies::anomalies(trace, &baselines))
}
