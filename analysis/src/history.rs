//! The history of a variable: its accesses in all traces of a window, by time.

use foldhash::{HashMap, HashMapExt};
use serde::Serialize;

use crate::interleavings::{Access, AccessRecord, Window, record};
use crate::names::Name;

/// The accesses of the variables of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// How many there are.
    pub found: u64,
    /// The last of them, in order of time; those of one instant by event, then by trace.
    pub shown: Vec<HistoryEntry>,
}

/// An access, and where the value that it saw came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryEntry {
    /// The access.
    pub access: AccessRecord,
    /// The trace and event of the last write before it, in order of time, that left the value which the
    /// access found: of a read its value, of a write its old one. Only clocks and values say so.
    pub saw: Option<(String, String)>,
}

/// The accesses of all variables of a window, for which its [`Scope`](crate::interleavings::Scope)
/// names one; the last `shown` of them.
#[must_use]
pub fn variable_history(window: &Window, shown: usize) -> History {
    let accesses = window.by_time();
    let sources = sources(window, &accesses);
    let id = |place: usize| {
        let record = record(window, accesses[place].1);
        (record.trace_id, record.event_id)
    };
    let entry = |place: usize| HistoryEntry {
        access: record(window, accesses[place].1),
        saw: sources[place].map(id),
    };
    let first = accesses.len().saturating_sub(shown);
    History { found: accesses.len() as u64, shown: (first..accesses.len()).map(entry).collect() }
}

/// Of each access, the place of the write that left what it found.
fn sources(window: &Window, accesses: &[(usize, &Access)]) -> Vec<Option<usize>> {
    let mut writes: HashMap<(usize, Name), usize> = HashMap::new();
    let mut sources = Vec::with_capacity(accesses.len());
    for (place, &(variable, access)) in accesses.iter().enumerate() {
        let is_write = access.kind.is_write();
        let found = if is_write { access.old_value } else { access.new_value };
        let found = found.filter(|&value| window.tells(value));
        sources.push(found.and_then(|value| writes.get(&(variable, value)).copied()));
        if let Some(left) = access.new_value.filter(|_| is_write) {
            writes.insert((variable, left), place);
        }
    }
    sources
}
