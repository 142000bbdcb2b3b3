//! A body as this program judges it, for a database that would judge by itself, and for many databases, of which each
//! gets the events that belong to it.
//!
//! It takes 4 µs an event of 690 bytes, where plain SQL takes 38 to store it.

use std::collections::BTreeMap;

use raceway_model::{Batch, Rejection, parse_batch, trace_hash};

use crate::store::{Ingested, Outcome};

/// The valid events of a body, and what became of the others.
pub(super) struct Judged {
    /// By their buckets; none without events.
    pub(super) parts: Vec<Part>,
    rejected: usize,
    rejections: Vec<Rejection>,
}

/// Events of a body that belong to one database.
pub(super) struct Part {
    pub(super) bucket: u32,
    /// A JSON array of the events, each as it is read back.
    pub(super) batch: String,
    /// Their places in the body.
    pub(super) places: Vec<usize>,
}

impl Judged {
    /// The error says why the body holds no events. There are a power of two of buckets.
    pub(super) fn of(body: &str, buckets: u32) -> Result<Self, String> {
        let parsed = parse_batch(body).map_err(|error| error.to_string())?;
        let mut parts: BTreeMap<u32, Part> = BTreeMap::new();
        for (event, &place) in parsed.events.iter().zip(&parsed.places) {
            let bucket = match buckets {
                1 => 0,
                _ => u32::from(trace_hash(&event.trace_id)) & (buckets - 1),
            };
            let part = parts.entry(bucket).or_insert_with(|| Part::new(bucket, body, buckets));
            part.batch.push(if part.places.is_empty() { '[' } else { ',' });
            part.batch.push_str(&event.to_json());
            part.places.push(place);
        }
        for part in parts.values_mut() {
            part.batch.push(']');
        }
        let parts = parts.into_values().collect();
        let Batch { rejected, rejections, .. } = parsed;
        Ok(Judged { parts, rejected, rejections })
    }

    /// What became of the events that are not valid.
    pub(super) fn invalid(&mut self) -> Ingested {
        let rejections = std::mem::take(&mut self.rejections);
        Ingested { rejected: self.rejected, rejections, ..Ingested::default() }
    }

    /// Adds what one database has made of all valid events. It rejects none; where it does all the same, they are
    /// named by their places in the body.
    pub(super) fn merge(mut self, stored: Outcome) -> Outcome {
        let mut ingested = self.invalid();
        let places = self.parts.pop().map(|part| part.places).unwrap_or_default();
        ingested.add(stored?, |index| places[index]);
        Ok(ingested)
    }
}

impl Part {
    fn new(bucket: u32, body: &str, buckets: u32) -> Self {
        let share = body.len() / buckets as usize;
        Part { bucket, batch: String::with_capacity(share + 2), places: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Judged;

    #[test]
    fn events_are_told_apart_by_where_they_belong() {
        let event = |trace_id: &str| {
            format!(
                r#"{{"event_id":"e","trace_id":"{trace_id}","kind":"k","timestamp":"2026-11-22T12:00:00Z"}}"#
            )
        };
        let body = format!("[{},{{}},{},{}]", event("t1"), event("t2"), event("t1"));
        let mut judged = Judged::of(&body, 4).expect("events");
        let parts: Vec<_> =
            judged.parts.iter().map(|part| (part.bucket, part.places.clone())).collect();
        // As _raceway_hash() of SQL has them: 0x...0 and 0x...3.
        assert_eq!(parts, [(0, vec![2]), (3, vec![0, 3])]);
        assert_eq!(judged.invalid().rejected, 1);
        for part in &judged.parts {
            let events: Vec<serde_json::Value> =
                serde_json::from_str(&part.batch).expect("an array");
            assert_eq!(events.len(), part.places.len());
        }
        assert_eq!(Judged::of(&body, 1).expect("events").parts.len(), 1);
        assert!(Judged::of("[]", 4).expect("no event").parts.is_empty());
    }
}
