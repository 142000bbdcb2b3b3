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

#[cfg(test)]
mod tests {
    use super::{HistoryEntry, variable_history};
    use crate::interleavings::{Scope, Window};
    use crate::testing::{event, trace};
    use crate::{Causality, Options};

    #[test]
    fn a_history_says_which_write_an_access_saw() {
        let scope = Scope { variable: Some("balance".to_owned()), ..Scope::default() };
        let mut window = Window::new(&Options::default(), scope);
        let trace = trace([
            event("a").at(0.0).write("balance").value(100),
            event("b").at(1.0).read("balance").value(100),
            event("c").at(2.0).write("balance").old(100).value(70),
            event("d").at(3.0).read("other").value(70),
        ]);
        window.add(&Causality::of(trace).expect("a small trace"));
        let history = variable_history(&window, 2);
        let saw = |entry: &HistoryEntry| {
            (entry.access.event_id.clone(), entry.saw.clone().map(|(_, event)| event))
        };
        let shown: Vec<_> = history.shown.iter().map(saw).collect();
        assert_eq!(history.found, 3);
        assert_eq!(
            shown,
            [("b".to_owned(), Some("a".to_owned())), ("c".to_owned(), Some("a".to_owned()))]
        );
    }
}
