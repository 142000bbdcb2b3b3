//! Exports the store in memory, by what it shows of itself.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::{Abandoned, Export, ExportFilter, Lines, channel};
use crate::store::memory::MemoryStore;
use crate::store::{ListedTrace, TraceQuery};

/// Starts the export of what is there now. It is written by a thread of its own: making the JSON of
/// a long trace takes long.
pub(crate) fn start(store: Arc<MemoryStore>, filter: ExportFilter) -> Export {
    let (lines, export) = channel();
    let runtime = Handle::current();
    spawn_blocking(move || {
        let ids = wanted(&store, filter);
        runtime.block_on(write(&store, &ids, lines));
    });
    export
}

async fn write(store: &MemoryStore, ids: &[String], mut lines: Lines) {
    if write_traces(store, ids, &mut lines).await.is_ok() {
        lines.end(Ok(())).await;
    }
}

async fn write_traces(
    store: &MemoryStore,
    ids: &[String],
    lines: &mut Lines,
) -> Result<(), Abandoned> {
    for trace_id in ids {
        for json in store.events(trace_id).unwrap_or_default().into_values() {
            lines.push(&json).await?;
        }
    }
    Ok(())
}

/// Ids of the traces that match, oldest first.
fn wanted(store: &MemoryStore, filter: ExportFilter) -> Vec<String> {
    let ExportFilter { from, until, service, trace_id } = filter;
    let is_wanted = |trace: &ListedTrace| {
        from.is_none_or(|from| trace.start_time >= from)
            && until.is_none_or(|until| trace.start_time < until)
            && trace_id.as_ref().is_none_or(|id| trace.trace_id == *id)
    };
    let all = TraceQuery { page: 1, page_size: u32::MAX, service, min_events: 1 };
    let newest_first = store.page(&all).traces.into_iter().filter(is_wanted);
    newest_first.rev().map(|trace| trace.trace_id).collect()
}
