//! What there is, as newline-delimited JSON: trace by trace in order of (start, id), the events of
//! each in time order.
//!
//! Which traces are exported, and their order, is settled at the beginning. Paging by key would
//! lose a trace that gets an event older than all of its others while the pages before it have been
//! read already.

pub(crate) mod memory;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use raceway_model::Timestamp;

use super::StoreError;
use super::chunks::{self, Abandoned, CHUNK_BYTES, ChunkWriter, Chunks};

/// Chunks that may wait for whoever reads them: 4 MiB.
const MAX_WAITING: usize = 64;
/// So many traces are named where some can't be read; the log names all of them.
const NAMED: usize = 10;

/// Which traces to export, with all of their events.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExportFilter {
    /// Traces that start at this instant or later.
    pub(crate) from: Option<Timestamp>,
    /// Traces that start before this instant.
    pub(crate) until: Option<Timestamp>,
    /// Traces whose last event is at this instant or later.
    pub(crate) ended_since: Option<Timestamp>,
    /// Only traces in which this service took part.
    pub(crate) service: Option<String>,
    pub(crate) trace_id: Option<String>,
    /// Only these traces, whatever the rest says.
    pub(crate) trace_ids: Option<TraceIds>,
}

/// The ids of traces.
pub(crate) type TraceIds = Arc<[String]>;

/// Lines of JSON, and the chunks in which they are handed over.
pub(crate) struct Lines {
    chunk: Vec<u8>,
    writer: ChunkWriter,
}

/// Both ends of an export.
pub(crate) fn channel() -> (Lines, Chunks) {
    let (writer, chunks) = chunks::channel(MAX_WAITING);
    (Lines { chunk: Vec::with_capacity(CHUNK_BYTES), writer }, chunks)
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
        if self.flush().await.is_ok() {
            self.writer.end(result).await;
        }
    }

    /// Passes on a chunk as it is.
    pub(crate) async fn forward(&mut self, chunk: Vec<u8>) -> Result<(), Abandoned> {
        self.writer.send(chunk).await
    }

    async fn flush(&mut self) -> Result<(), Abandoned> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.forward(chunk).await
    }
}

/// Traces of which something can't be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unreadable(Vec<String>);

impl Unreadable {
    /// Says so in the log.
    pub(crate) fn note(&mut self, trace_id: String, reason: &str) {
        tracing::error!(trace_id, reason, "a trace can't be read: it is not in the export");
        self.0.push(trace_id);
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// How an export ends without them.
    pub(crate) fn into_end(self) -> Result<(), StoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(StoreError::Unreadable(self)) }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(NAMED).map(|id| format!("{id:?}")).collect();
        write!(f, "{}", named.join(", "))?;
        match self.0.len() - named.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Line breaks in JSON are between its tokens, where a space means the same: in strings they are
/// escaped.
pub(crate) fn on_one_line(json: &str) -> Cow<'_, str> {
    let breaks = ['\n', '\r'];
    if json.contains(breaks) { json.replace(breaks, " ").into() } else { json.into() }
}

#[cfg(test)]
mod tests {
    use super::Unreadable;

    #[test]
    fn what_is_missing_is_named() {
        let mut unreadable = Unreadable::default();
        assert!(unreadable.clone().into_end().is_ok());
        for number in 0..12 {
            unreadable.note(format!("t{number}"), "broken");
        }
        let end = unreadable.into_end().expect_err("something is missing").to_string();
        assert!(end.starts_with("can't read these traces: \"t0\", \"t1\", "), "{end}");
        assert!(end.ends_with("\"t9\" and 2 more"), "{end}");
    }
}
