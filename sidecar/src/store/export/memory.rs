//! Exports the store in memory, by what it shows of itself.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use raceway_memory::{MemoryStore, TraceFilter};

use super::{Abandoned, Export, ExportFilter, Lines, channel};

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
        for (_, json) in store.events(trace_id).unwrap_or_default() {
            lines.push(&json).await?;
        }
    }
    Ok(())
}

/// Ids of the traces that match, oldest first.
fn wanted(store: &MemoryStore, filter: ExportFilter) -> Vec<String> {
    let ExportFilter { from, until, service, trace_id } = filter;
    let mut ids = store.trace_ids(&TraceFilter { from, until, service });
    if let Some(trace_id) = trace_id {
        ids.retain(|id| *id == trace_id);
    }
    ids
}
