//! What waits for Postgres, and what it has got already, as one trace.

use std::iter::Peekable;

use async_trait::async_trait;
use raceway_model::{Event, EventKey};

use super::Events;
use crate::store::StoreError;
use crate::store::memory::Held;

/// The events of both in one order. Those in both come once, as they are stored.
pub(in crate::store) struct Merged {
    waiting: Peekable<Held>,
    /// `None` once all are read.
    stored: Option<Box<dyn Events>>,
    /// The stored one that comes next, once it is read.
    next_stored: Option<(Option<EventKey>, String)>,
}

impl Merged {
    pub(in crate::store) fn new(waiting: Held, stored: Option<Box<dyn Events>>) -> Self {
        let waiting = waiting.peekable();
        Merged { waiting, stored, next_stored: None }
    }

    async fn read_stored(&mut self) -> Result<(), StoreError> {
        if self.next_stored.is_none()
            && let Some(stored) = &mut self.stored
        {
            match stored.next().await? {
                Some(json) => {
                    let key = Event::parse(&json).ok().map(|event| event.key());
                    self.next_stored = Some((key, json));
                }
                None => self.stored = None,
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Events for Merged {
    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        self.read_stored().await?;
        let stored = self.next_stored.as_ref().and_then(|(key, _)| key.as_ref());
        let is_first = |waiting: &Result<(EventKey, String), StoreError>| match (waiting, stored) {
            (Ok((waiting, _)), Some(stored)) => waiting < stored,
            _ => true,
        };
        // One that has no key is not waited with.
        let has_key = self.next_stored.is_none() || stored.is_some();
        if has_key && let Some(waiting) = self.waiting.next_if(is_first) {
            return waiting.map(|(_, json)| Some(json));
        }
        let Some((key, json)) = self.next_stored.take() else { return Ok(None) };
        self.waiting
            .next_if(|waiting| waiting.as_ref().is_ok_and(|(at, _)| Some(at) == key.as_ref()));
        Ok(Some(json))
    }
}

#[cfg(test)]
mod tests {
    use raceway_memory::{Limits, MemoryStore};
    use raceway_model::parse_batch;

    use super::*;
    use crate::store::memory;
    use crate::store::trace::Trace;

    fn event(id: &str, second: u32, name: &str) -> String {
        format!(
            r#"{{"id":"{id}","trace_id":"t","timestamp":"2026-11-22T12:00:{second:02}.000000Z","kind":"{name}"}}"#
        )
    }

    #[tokio::test]
    async fn events_of_both_come_once_in_one_order() {
        let waiting = MemoryStore::new(Limits::default());
        let sent = [event("a", 1, "waits"), event("c", 2, "waits"), event("d", 9, "waits")];
        let sent = sent.join("\n");
        memory::add(&waiting, parse_batch(&sent).expect("a batch"));
        let stored = vec![event("b", 1, "stored"), event("c", 2, "stored"), "{}".to_owned()];
        let stored = Trace::Whole(stored).into_events();
        let waiting = memory::events(&waiting, "t").expect("the trace");
        let mut merged = Merged::new(waiting, Some(stored));
        let mut read = Vec::new();
        while let Some(json) = merged.next().await.expect("an event") {
            read.push(json);
        }
        let of = |place: usize, id: &str, by: &str| {
            read[place].contains(&format!("\"{id}\"")) && read[place].contains(by)
        };
        assert!(of(0, "a", "waits") && of(1, "b", "stored") && of(2, "c", "stored"), "{read:?}");
        assert!(read[3] == "{}" && of(4, "d", "waits") && read.len() == 5, "{read:?}");
    }
}
