//! Events on their way, some hundred at a time.

use tokio::sync::mpsc;

use crate::store::export::on_one_line;

/// Events of a batch at most.
const BATCH_EVENTS: usize = 500;
/// Bytes of a batch at most, unless its only event has more.
const BATCH_BYTES: usize = 1 << 20;
/// Batches that may wait to be sent.
const MAX_WAITING: usize = 8;

/// Newline-delimited JSON of some events.
#[derive(Debug, Default)]
pub(in crate::cli) struct Batch {
    pub(super) body: String,
    pub(super) events: usize,
    /// Events that are no text at all, and so can't be sent.
    pub(super) unreadable: usize,
}

impl Batch {
    /// Of one event.
    pub(in crate::cli) fn of(event: &str) -> Self {
        Batch { body: event.to_owned(), events: 1, unreadable: 0 }
    }
}

/// Fills batches. For threads that may block.
pub(super) struct Batches {
    batch: Batch,
    full: mpsc::Sender<Batch>,
}

/// Nobody takes batches any more: sending one has failed.
#[derive(Debug)]
pub(super) struct Abandoned;

/// Both ends.
pub(super) fn channel() -> (Batches, mpsc::Receiver<Batch>) {
    let (full, batches) = mpsc::channel(MAX_WAITING);
    (Batches { batch: Batch::default(), full }, batches)
}

impl Batches {
    /// The JSON of an event, valid or not.
    pub(super) fn push(&mut self, event: &str) -> Result<(), Abandoned> {
        if self.batch.events == BATCH_EVENTS || self.batch.body.len() + event.len() > BATCH_BYTES {
            self.flush()?;
        }
        self.batch.events += 1;
        self.batch.body.push_str(&on_one_line(event));
        self.batch.body.push('\n');
        Ok(())
    }

    pub(super) fn push_unreadable(&mut self) {
        self.batch.unreadable += 1;
    }

    /// Sends what is left.
    pub(super) fn flush(&mut self) -> Result<(), Abandoned> {
        let batch = std::mem::take(&mut self.batch);
        if batch.events + batch.unreadable == 0 {
            return Ok(());
        }
        self.full.blocking_send(batch).map_err(|_| Abandoned)
    }
}
