//! The newest traces of a period that are not long: what is examined for a page that somebody looks at.

use raceway_analysis::figures::Window;
use raceway_model::{Timestamp, TracePlace, TraceQuery};

use super::traces::Traces;
use super::{Source, look};
use crate::store::StoreError;
use crate::store::export::ExportFilter;
use crate::store::question::Period;
use crate::store::trace::WHOLE_EVENTS;

/// Traces that are listed at once,
const PAGE: u32 = 500;
/// and how often: many may have ended before the period, or be long.
const MAX_PAGES: usize = 4;

/// How much is examined at most.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Limits {
    pub(in crate::store) traces: usize,
    pub(in crate::store) events: u64,
}

/// What is examined of a period.
pub(in crate::store) struct Examined {
    pub(in crate::store) window: Window,
    /// Traces of the period that are not among these.
    pub(in crate::store) omitted: u64,
}

impl Examined {
    /// Its first instant, and the first one after it.
    pub(in crate::store) fn ends(&self) -> [Timestamp; 2] {
        let times = self.window.micros();
        [times.start, times.end].map(Timestamp::nearest)
    }
}

/// What is made of the newest traces of a period.
pub(in crate::store) async fn examine<T: Send + 'static>(
    source: &impl Source,
    period: Period,
    limits: Limits,
    write: impl FnOnce(Traces, Examined) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let newest = source.newest().await?;
    let window = ended(period, newest).window(newest);
    let (_, all) = source.newest_traces(&window, 0).await?;
    let trace_ids = chosen(source, &window, limits).await?;
    let omitted = all.saturating_sub(trace_ids.len() as u64);
    let filter = ExportFilter { trace_ids: Some(trace_ids.into()), ..ExportFilter::default() };
    look(source, filter, move |traces| write(traces, Examined { window, omitted })).await
}

/// A period that begins ends with the newest event, so that it can be cut into parts.
fn ended(period: Period, newest: Option<Timestamp>) -> Period {
    let (Some(from), None) = (period.from, period.until) else { return period };
    let after = |time: Timestamp| Timestamp::nearest(time.micros().saturating_add(1));
    Period { until: Some(after(newest.unwrap_or(from).max(from))), ..period }
}

/// In order of the list: the newest start first.
async fn chosen(
    source: &impl Source,
    window: &Window,
    limits: Limits,
) -> Result<Vec<String>, StoreError> {
    let times = window.micros();
    let end = TracePlace { start_time: Timestamp::nearest(times.end), trace_id: String::new() };
    let mut query = TraceQuery { page_size: PAGE, after: Some(end), ..TraceQuery::default() };
    let (mut chosen, mut events) = (Vec::new(), 0);
    for _ in 0..MAX_PAGES {
        let page = source.list(&query).await?.traces;
        let is_last = page.len() < PAGE as usize;
        for trace in page {
            let place = TracePlace { start_time: trace.start_time, trace_id: trace.trace_id };
            let is_long = trace.event_count > WHOLE_EVENTS as u64;
            if trace.end_time.micros() >= times.start && !is_long {
                events += trace.event_count;
                if events > limits.events || chosen.len() == limits.traces {
                    return Ok(chosen);
                }
                chosen.push(place.trace_id.clone());
            }
            query.after = Some(place);
        }
        if is_last {
            break;
        }
    }
    Ok(chosen)
}
