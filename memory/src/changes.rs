//! The list of traces that have changed since somebody asked.

use std::sync::OnceLock;

use crossbeam_queue::SegQueue;

use crate::id::Id;
use crate::trace::Trace;

/// What an id takes of the queue: itself, and a word that says whether it is there.
pub(crate) const ENTRY_BYTES: usize = size_of::<Id>() + size_of::<usize>();

/// Ids of changed traces, each once: the trace's entry says whether its id is here. A queue without locks, which
/// is written under the lock of that entry. Nothing is listed until somebody wants it, who then has to take it.
#[derive(Default)]
pub(crate) struct Changes(OnceLock<SegQueue<Id>>);

impl Changes {
    /// From now on changes are listed.
    pub(crate) fn start(&self) {
        self.0.get_or_init(SegQueue::new);
    }

    /// Lists a trace that has changed or goes, unless it is listed. Whoever calls it holds the trace's entry.
    pub(crate) fn list(&self, id: &Id, trace: &mut Trace) {
        if let Some(listed) = self.0.get()
            && !trace.is_listed
        {
            trace.is_listed = true;
            listed.push(id.clone());
        }
    }

    pub(crate) fn pop(&self) -> Option<Id> {
        self.0.get()?.pop()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.get().map_or(0, SegQueue::len)
    }
}
