//! What there is, as newline-delimited JSON: trace by trace in order of (start, id), the events of
//! each in time order.
//!
//! Which traces are exported, and their order, is settled at the beginning. Paging by key would
//! lose a trace that gets an event older than all of its others while the pages before it have been
//! read already.

pub(crate) mod memory;

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use raceway_model::Timestamp;
use thiserror::Error;
use tokio::sync::mpsc;

use super::StoreError;

/// Lines are handed over in chunks of so many bytes.
const CHUNK_BYTES: usize = 64 * 1024;
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
    /// Only traces in which this service took part.
    pub(crate) service: Option<String>,
    pub(crate) trace_id: Option<String>,
}

/// What goes from the writing end to the reading end.
enum Part {
    Chunk(Vec<u8>),
    /// Nothing comes after it. The error says that something is missing.
    End(Result<(), StoreError>),
}

/// Chunks of newline-delimited JSON. An error is the last, and says that something is missing: that
/// is so too where the writing end has gone without a word.
pub(crate) struct Export {
    parts: mpsc::Receiver<Part>,
    has_ended: bool,
}

/// Nobody reads the export any more.
#[derive(Debug, Error)]
#[error("nobody reads the export any more")]
pub(crate) struct Abandoned;

/// The writing end of an [`Export`]. It waits while too much has not been read.
pub(crate) struct Lines {
    chunk: Vec<u8>,
    parts: mpsc::Sender<Part>,
}

/// Both ends of an export.
pub(crate) fn channel() -> (Lines, Export) {
    let (sender, parts) = mpsc::channel(MAX_WAITING);
    let lines = Lines { chunk: Vec::with_capacity(CHUNK_BYTES), parts: sender };
    (lines, Export { parts, has_ended: false })
}

impl Export {
    /// `None` once everything has been read.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<u8>, StoreError>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for a thread that may block.
    pub(crate) fn blocking_next(&mut self) -> Option<Result<Vec<u8>, StoreError>> {
        if self.has_ended {
            return None;
        }
        let part = self.parts.blocking_recv();
        self.chunk_of(part)
    }

    /// The same for a stream.
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Vec<u8>, StoreError>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let part = ready!(self.parts.poll_recv(context));
        Poll::Ready(self.chunk_of(part))
    }

    fn chunk_of(&mut self, part: Option<Part>) -> Option<Result<Vec<u8>, StoreError>> {
        let end = match part {
            Some(Part::Chunk(chunk)) => return Some(Ok(chunk)),
            Some(Part::End(end)) => end,
            None => Err(StoreError::Internal("the export was given up by who wrote it".into())),
        };
        self.has_ended = true;
        end.err().map(Err)
    }
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
            drop(self.parts.send(Part::End(result)).await);
        }
    }

    /// Passes on a chunk as it is.
    pub(crate) async fn forward(&mut self, chunk: Vec<u8>) -> Result<(), Abandoned> {
        self.parts.send(Part::Chunk(chunk)).await.map_err(|_| Abandoned)
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
    use super::{Unreadable, channel};
    use crate::store::StoreError;

    #[tokio::test]
    async fn only_who_says_so_has_ended() {
        let (mut lines, mut export) = channel();
        lines.push("1").await.expect("a reader");
        lines.end(Ok(())).await;
        assert_eq!(export.next().await.expect("a chunk").expect("no error"), b"1\n");
        assert!(export.next().await.is_none());

        let (mut lines, mut export) = channel();
        lines.forward(b"1\n".to_vec()).await.expect("a reader");
        drop(lines);
        assert!(export.next().await.expect("a chunk").is_ok());
        assert!(matches!(export.next().await, Some(Err(StoreError::Internal(_)))));
        assert!(export.next().await.is_none(), "an error is the last");
    }

    #[tokio::test]
    async fn a_writer_that_panics_has_not_ended() {
        let (mut lines, mut export) = channel();
        let writer = tokio::spawn(async move {
            lines.push("lost").await.expect("a reader");
            panic!("an event that can't be read");
        });
        assert!(writer.await.is_err());
        assert!(matches!(export.next().await, Some(Err(StoreError::Internal(_)))));
    }

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
