//! Reads of events what figures count.

use raceway_analysis::{Trace, TraceBuilder};
use raceway_model::EventView;

use crate::id::Id;
use crate::store::Events;
use crate::trace::Chunks;

/// The outline of a trace.
pub(super) fn outline(id: &Id, chunks: Chunks) -> Trace {
    let mut builder = TraceBuilder::new(&id.text());
    each_outline(id, chunks, |event| builder.add(event));
    builder.finish()
}

/// Calls it with the outline of each event.
pub(super) fn each_outline(id: &Id, chunks: Chunks, mut take: impl FnMut(&EventView)) {
    for (_, json) in Events::new(&id.text(), chunks) {
        // What is stored was an event when it came.
        if let Ok(event) = EventView::parse_outline(&json) {
            take(&event);
        }
    }
}
