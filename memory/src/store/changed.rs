//! Which traces have changed, for whoever keeps something about each.

use std::sync::atomic::Ordering;

use super::{Events, MemoryStore};
use crate::id::Id;
use crate::trace::Chunks;

/// A trace that has got events, has lost some, or is gone.
pub struct ChangedTrace {
    pub(crate) id: Id,
    pub(crate) chunks: Option<Chunks>,
}

impl ChangedTrace {
    /// Its id.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.id.text().into_owned()
    }

    /// Its events as they were when it was taken off the list; `None` if it was gone.
    #[must_use]
    pub fn events(&self) -> Option<Events> {
        Some(Events::new(&self.id.text(), self.chunks.clone()?))
    }
}

impl MemoryStore {
    /// From now on traces are listed that change, and all that there are already. Whoever wants that has to
    /// [take](Self::take_changed) them, or the list grows for ever.
    ///
    /// It costs less than runs differ of the 1 to 1.7 µs that storing an event took, as a trace is put on the list
    /// once and not with each event; and 32 bytes of memory until the trace is taken.
    pub fn list_changes(&self) {
        self.changes.start();
        // Whoever has changed a trace of a shard before this has let go of it, and is seen here; whoever does so
        // later sees the list.
        for mut trace in self.traces.iter_mut() {
            let id = trace.key().clone();
            self.changes.list(&id, trace.value_mut());
        }
    }

    /// What somebody keeps about the traces takes so many bytes now, in place of those: they count as the store's.
    pub(crate) fn account_beside(&self, before: usize, now: usize) {
        self.bytes.fetch_add(now, Ordering::Relaxed);
        self.bytes.fetch_sub(before, Ordering::Relaxed);
        self.make_room();
    }

    /// How many changed traces are listed: about as many can be taken.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.changes.len()
    }

    /// Takes the trace off the list that has been on it for longest. One that changes after that is listed again;
    /// one that is gone may be listed twice, if it was there again meanwhile.
    ///
    /// Several may take traces, but then one of them may have an older state of a trace than another.
    #[must_use]
    pub fn take_changed(&self) -> Option<ChangedTrace> {
        while let Some(id) = self.changes.pop() {
            let Some(mut trace) = self.traces.get_mut(&id) else {
                return Some(ChangedTrace { id, chunks: None });
            };
            // Else it has been taken since: it was gone and there again.
            if trace.is_listed {
                trace.is_listed = false;
                let chunks = Some(trace.chunks());
                drop(trace);
                return Some(ChangedTrace { id, chunks });
            }
        }
        None
    }
}
