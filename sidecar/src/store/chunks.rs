//! Bytes on their way from who reads a store to who takes them, in chunks.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use thiserror::Error;
use tokio::sync::mpsc;

use super::StoreError;

/// A chunk has so many bytes, or a few more.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// What goes from the writing end to the reading end.
enum Part {
    Chunk(Vec<u8>),
    /// Nothing comes after it. The error says that something is missing.
    End(Result<(), StoreError>),
}

/// The reading end. An error is the last, and says that something is missing: that is so too where
/// the writing end has gone without a word.
pub(crate) struct Chunks {
    parts: mpsc::Receiver<Part>,
    has_ended: bool,
}

/// Nobody reads any more.
#[derive(Debug, Error)]
#[error("nobody reads any more")]
pub(crate) struct Abandoned;

/// The writing end. It waits while too much has not been read.
pub(crate) struct ChunkWriter(mpsc::Sender<Part>);

/// Both ends; so many chunks may wait for whoever reads them.
pub(crate) fn channel(max_waiting: usize) -> (ChunkWriter, Chunks) {
    let (sender, parts) = mpsc::channel(max_waiting);
    (ChunkWriter(sender), Chunks { parts, has_ended: false })
}

impl Chunks {
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
            None => Err(StoreError::Internal("given up by who wrote it".into())),
        };
        self.has_ended = true;
        end.err().map(Err)
    }
}

impl ChunkWriter {
    pub(crate) async fn send(&self, chunk: Vec<u8>) -> Result<(), Abandoned> {
        self.0.send(Part::Chunk(chunk)).await.map_err(|_| Abandoned)
    }

    /// Nothing comes any more: that is all, or the reason why something is missing.
    pub(crate) async fn end(self, result: Result<(), StoreError>) {
        drop(self.0.send(Part::End(result)).await);
    }

    /// Returns when nobody reads any more.
    pub(crate) async fn abandoned(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::channel;
    use crate::store::StoreError;

    #[tokio::test]
    async fn only_who_says_so_has_ended() {
        let (writer, mut chunks) = channel(4);
        writer.send(b"1".to_vec()).await.expect("a reader");
        writer.end(Ok(())).await;
        assert_eq!(chunks.next().await.expect("a chunk").expect("no error"), b"1");
        assert!(chunks.next().await.is_none());

        let (writer, mut chunks) = channel(4);
        writer.send(b"1".to_vec()).await.expect("a reader");
        drop(writer);
        assert!(chunks.next().await.expect("a chunk").is_ok());
        assert!(matches!(chunks.next().await, Some(Err(StoreError::Internal(_)))));
        assert!(chunks.next().await.is_none(), "an error is the last");
    }

    #[tokio::test]
    async fn a_writer_that_panics_has_not_ended() {
        let (writer, mut chunks) = channel(4);
        let writing = tokio::spawn(async move {
            let _writer = writer;
            panic!("an event that can't be read");
        });
        assert!(writing.await.is_err());
        assert!(matches!(chunks.next().await, Some(Err(StoreError::Internal(_)))));
    }
}
