//! What there is, as newline-delimited JSON: trace by trace in order of (start, id), the events of
//! each in time order.
//!
//! Which traces are exported, and their order, is settled at the beginning. Paging by key would
//! lose a trace that gets an event older than all of its others while the pages before it have been
//! read already.

pub(crate) mod memory;

use std::borrow::Cow;

use raceway_model::Timestamp;
use thiserror::Error;
use tokio::sync::mpsc;

use super::StoreError;

/// Lines are handed over in chunks of so many bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that may wait for whoever reads them: 4 MiB.
const MAX_WAITING: usize = 64;

/// Which traces to export, with all of their events.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExportFilter {
    /// Traces that start at this instant or later.
    pub(crate) from: Option<Timestamp>,
    /// Traces that start before this instant.
    pub(crate) until: Option<Timestamp>,
    /// Only traces in which this service took part.
    pub(crate) service: Option<String>,
    pub(crate) trace_id: Option<String>,
}

/// Chunks of newline-delimited JSON; an error is the last, and says that something is missing.
pub(crate) type Export = mpsc::Receiver<Result<Vec<u8>, StoreError>>;

/// Nobody reads the export any more.
#[derive(Debug, Error)]
#[error("nobody reads the export any more")]
pub(crate) struct Abandoned;

/// The writing end of an [`Export`]. It waits while too much has not been read.
pub(crate) struct Lines {
    chunk: Vec<u8>,
    chunks: mpsc::Sender<Result<Vec<u8>, StoreError>>,
}

/// Both ends of an export.
pub(crate) fn channel() -> (Lines, Export) {
    let (chunks, export) = mpsc::channel(MAX_WAITING);
    (Lines { chunk: Vec::with_capacity(CHUNK_BYTES), chunks }, export)
}

impl Lines {
    /// An event, as one line.
    pub(crate) async fn push(&mut self, json: &str) -> Result<(), Abandoned> {
        self.chunk.extend_from_slice(on_one_line(json).as_bytes());
        self.chunk.push(b'\n');
        if self.chunk.len() < CHUNK_BYTES { Ok(()) } else { self.flush().await }
    }

    /// Ends the export: with what is left, or with the reason why something is missing.
    pub(crate) async fn end(mut self, result: Result<(), StoreError>) {
        let flushed = self.flush().await;
        if let (Ok(()), Err(error)) = (flushed, result) {
            drop(self.chunks.send(Err(error)).await);
        }
    }

    /// Passes on a chunk as it is.
    pub(crate) async fn forward(&mut self, chunk: Vec<u8>) -> Result<(), Abandoned> {
        self.chunks.send(Ok(chunk)).await.map_err(|_| Abandoned)
    }

    async fn flush(&mut self) -> Result<(), Abandoned> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.forward(chunk).await
    }
}

/// Line breaks in JSON are between its tokens, where a space means the same: in strings they are
/// escaped.
pub(crate) fn on_one_line(json: &str) -> Cow<'_, str> {
    let breaks = ['\n', '\r'];
    if json.contains(breaks) { json.replace(breaks, " ").into() } else { json.into() }
}
