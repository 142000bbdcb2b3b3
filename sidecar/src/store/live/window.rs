//! Part of a trace.

use std::ops::Range;

use raceway_model::EventView;

use super::traces::Traces;
use super::{Source, look};
use crate::store::StoreError;
use crate::store::export::ExportFilter;
use crate::store::window::{Gathering, Within};

/// None of a trace that is not there.
pub(in crate::store) async fn window(
    source: &impl Source,
    trace_id: String,
    times: Range<i64>,
    most: usize,
) -> Result<Within, StoreError> {
    let filter = ExportFilter { trace_id: Some(trace_id), ..ExportFilter::default() };
    look(source, filter, move |events| gather(events, times, most)).await
}

fn gather(events: Traces, times: Range<i64>, most: usize) -> Result<Within, StoreError> {
    let mut gathering = Gathering::new(times.clone(), most);
    events.each_event(|json, event: EventView| {
        let time = event.head.timestamp.micros();
        if times.contains(&time) {
            gathering.add(json.to_owned());
            gathering.count(event.head.service_name.as_deref(), time);
        }
    })?;
    Ok(gathering.finish())
}
