//! Which traces are in bodies that this sidecar takes, while somebody listens.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::RandomState;
use memchr::{memchr2, memmem};
use parking_lot::Mutex;

/// Traces of a second at most, whoever sends however many.
const MAX_TRACES: usize = 4096;

/// Ids of traces.
pub(super) type Ids = HashSet<String, RandomState>;

/// The ids since somebody has taken them.
#[derive(Default)]
pub(super) struct Noted {
    is_wanted: AtomicBool,
    noted: Mutex<(Ids, u64)>,
}

impl Noted {
    /// Whether somebody listens.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::Relaxed)
    }

    pub(super) fn set_wanted(&self, is_wanted: bool) {
        self.is_wanted.store(is_wanted, Ordering::Relaxed);
        if !is_wanted {
            *self.noted.lock() = <(Ids, u64)>::default();
        }
    }

    /// Notes the traces of a body. It is searched and not parsed: what looks like the id of a trace and is none
    /// is looked up for nothing.
    pub(super) fn note(&self, body: &str) {
        let mut ids: Vec<Cow<str>> = trace_ids(body).collect();
        ids.dedup();
        let mut noted = self.noted.lock();
        let (known, over) = &mut *noted;
        for id in ids {
            if known.contains(&*id) {
                continue;
            }
            if known.len() < MAX_TRACES {
                known.insert(id.into_owned());
            } else {
                *over += 1;
            }
        }
    }

    /// What was noted, and how often a trace was not.
    pub(super) fn take(&self) -> (Ids, u64) {
        std::mem::take(&mut *self.noted.lock())
    }
}

/// The values of each `"trace_id"` in a text. In a string of JSON, its quotes would be escaped.
fn trace_ids(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    const KEY: &str = "\"trace_id\"";
    memmem::find_iter(text.as_bytes(), KEY).filter_map(|place| value(&text[place + KEY.len()..]))
}

/// The string after a colon.
fn value(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim_start().strip_prefix(':')?.trim_start();
    let inside = text.strip_prefix('"')?;
    let end = memchr2(b'"', b'\\', inside.as_bytes())?;
    if inside.as_bytes()[end] == b'"' {
        return Some(inside[..end].into());
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    values.next()?.ok().map(Cow::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_traces_are_found_as_they_are_spelled() {
        let body = r#"{"events":[{"trace_id":"a"},{"trace_id" :
            "b\u00e9\"c"},{"text":"\"trace_id\":\"no\""},{"trace_id":7},{"trace_id":"cut"#;
        assert_eq!(trace_ids(body).collect::<Vec<_>>(), ["a", "bé\"c"]);
    }

    #[test]
    fn so_many_are_noted_and_the_others_counted() {
        let noted = Noted::default();
        for number in 0..MAX_TRACES + 10 {
            noted.note(&format!(r#"{{"trace_id":"{number}"}},{{"trace_id":"{number}"}}"#));
            noted.note(r#"{"trace_id":"0"}"#);
        }
        let (ids, over) = noted.take();
        assert_eq!((ids.len(), over), (MAX_TRACES, 10));
        assert_eq!(noted.take(), <(Ids, u64)>::default());
    }
}
