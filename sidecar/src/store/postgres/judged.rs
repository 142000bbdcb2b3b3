//! A body as this program judges it, for a database that would judge by itself.
//!
//! It takes 4 µs an event of 690 bytes, where plain SQL takes 38 to store it.

use raceway_model::{Batch, Rejection, parse_batch};

use crate::store::{Ingested, Outcome};

/// The valid events of a body, and what became of the others.
pub(super) struct Judged {
    /// A JSON array of the valid events, each as it is read back.
    pub(super) batch: String,
    /// Their places in the body.
    places: Vec<usize>,
    rejected: usize,
    rejections: Vec<Rejection>,
}

impl Judged {
    /// The error says why the body holds no events.
    pub(super) fn of(body: &str) -> Result<Self, String> {
        let parsed = parse_batch(body).map_err(|error| error.to_string())?;
        let mut batch = String::with_capacity(body.len() + 2);
        batch.push('[');
        for event in &parsed.events {
            if batch.len() > 1 {
                batch.push(',');
            }
            batch.push_str(&event.to_json());
        }
        batch.push(']');
        let Batch { places, rejected, rejections, .. } = parsed;
        Ok(Judged { batch, places, rejected, rejections })
    }

    /// Adds what the database has made of the valid events. It rejects none; where it does all the
    /// same, they are named by their places in the body.
    pub(super) fn merge(self, stored: Outcome) -> Outcome {
        let Judged { places, rejected, rejections, .. } = self;
        let stored = stored?;
        let mut ingested = Ingested { rejected, rejections, ..stored };
        ingested.reject(stored.rejected, stored.rejections, |index| places[index]);
        Ok(ingested)
    }
}
