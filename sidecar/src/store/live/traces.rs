//! The traces of an export, one after the other.

use std::str;

use raceway_analysis::{Trace, TraceBuilder};
use raceway_model::EventView;

use crate::store::StoreError;
use crate::store::chunks::Chunks;

/// Traces that are being read, by a thread that may block.
pub(in crate::store) struct Traces(Chunks);

impl Traces {
    pub(super) fn new(export: Chunks) -> Self {
        Traces(export)
    }

    /// Gives each trace away before the next one is read.
    pub(in crate::store) fn each(self, mut take: impl FnMut(Trace)) -> Result<(), StoreError> {
        let mut building: Option<(String, TraceBuilder)> = None;
        self.each_event(|_, event| {
            let trace_id = &*event.head.trace_id;
            if building.as_ref().is_none_or(|(known, _)| known != trace_id) {
                let begun = (trace_id.to_owned(), TraceBuilder::new(trace_id));
                if let Some((_, finished)) = building.replace(begun) {
                    take(finished.finish());
                }
            }
            if let Some((_, builder)) = &mut building {
                builder.add(&event);
            }
        })?;
        if let Some((_, builder)) = building {
            take(builder.finish());
        }
        Ok(())
    }

    /// Calls it with the JSON of each event, and what that says. What can't be read is told in the log, and missing;
    /// what is no event, as somebody has written it into the tables, is left out.
    pub(super) fn each_event(
        mut self,
        mut take: impl FnMut(&str, EventView),
    ) -> Result<(), StoreError> {
        while let Some(chunk) = self.0.blocking_next() {
            let chunk = match chunk {
                Err(StoreError::Unreadable(_)) => break,
                chunk => chunk?,
            };
            // A chunk has whole lines.
            let lines =
                chunk.split(|&byte| byte == b'\n').filter_map(|line| str::from_utf8(line).ok());
            for line in lines {
                if let Ok(event) = EventView::parse(line) {
                    take(line, event);
                }
            }
        }
        Ok(())
    }
}
