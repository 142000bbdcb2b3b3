//! Exports the store in memory, by what it shows of itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use raceway_memory::{MemoryStore, TraceFilter};
use raceway_model::EventKey;

use super::{Abandoned, Chunks, ExportFilter, Lines, Unreadable, channel};
use crate::store::{StoreError, memory};

/// Starts the export of what is there now. It is written by a thread of its own: making the JSON of
/// a long trace takes long.
pub(crate) fn start(store: Arc<MemoryStore>, filter: ExportFilter) -> Chunks {
    let (lines, export) = channel();
    let runtime = Handle::current();
    spawn_blocking(move || {
        let ids = wanted(&store, filter);
        runtime.block_on(write(&ids, |trace_id| memory::events(&store, trace_id), lines));
    });
    export
}

/// Everything that can be read.
async fn write<E>(ids: &[String], read: impl Fn(&str) -> Option<E>, mut lines: Lines)
where
    E: IntoIterator<Item = Result<(EventKey, String), StoreError>>,
{
    let mut unreadable = Unreadable::default();
    for trace_id in ids {
        for event in read(trace_id).into_iter().flatten() {
            match event {
                Ok((_, json)) => {
                    if let Err(Abandoned) = lines.push(&json).await {
                        return;
                    }
                }
                Err(error) => unreadable.note(trace_id.clone(), &error.to_string()),
            }
        }
    }
    lines.end(unreadable.into_end()).await;
}

/// Ids of the traces that match, oldest first.
fn wanted(store: &MemoryStore, filter: ExportFilter) -> Vec<String> {
    let ExportFilter { from, until, ended_since, service, trace_id, trace_ids } = filter;
    if let Some(wanted) = trace_ids {
        let wanted: BTreeSet<&String> = wanted.iter().collect();
        let mut ids = store.trace_ids(&TraceFilter::default());
        ids.retain(|id| wanted.contains(id));
        return ids;
    }
    let mut ids = store.trace_ids(&TraceFilter { from, until, ended_since, service });
    if let Some(trace_id) = trace_id {
        ids.retain(|id| *id == trace_id);
    }
    ids
}

#[cfg(test)]
mod tests {
    use raceway_model::{EventKey, Timestamp};

    use super::write;
    use crate::store::StoreError;
    use crate::store::export::channel;

    /// A trace whose one event is its id.
    fn trace(id: &str) -> Option<Vec<Result<(EventKey, String), StoreError>>> {
        let timestamp = Timestamp::from_micros(0).expect("an instant");
        let key = EventKey { timestamp, event_id: id.to_owned() };
        match id {
            "broken" => Some(vec![Err(StoreError::Internal("out of range".into()))]),
            "gone" => None,
            id => Some(vec![Ok((key, id.to_owned()))]),
        }
    }

    #[tokio::test]
    async fn what_cant_be_read_is_named_and_costs_no_other() {
        let (lines, mut export) = channel();
        let ids = ["1", "broken", "gone", "2"].map(str::to_owned);
        write(&ids, trace, lines).await;
        assert_eq!(export.next().await.expect("a chunk").expect("no error"), b"1\n2\n");
        let end = export.next().await.expect("an end").expect_err("one is missing");
        assert_eq!(end.to_string(), "can't read these traces: \"broken\"");
    }
}
