//! What a store hands over in chunks, as the body of an answer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;

use crate::store::StoreError;
use crate::store::chunks::Chunks;

/// Chunks between what comes before and after them. Where they end with an error, so does the body:
/// the connection is cut, and no client takes a part for the whole.
pub(super) struct Chunked {
    head: Option<Bytes>,
    chunks: Chunks,
    tail: Option<Bytes>,
}

impl From<Chunks> for Chunked {
    fn from(chunks: Chunks) -> Self {
        Chunked { head: None, chunks, tail: None }
    }
}

impl Chunked {
    pub(super) fn between(head: String, chunks: Chunks, tail: String) -> Self {
        Chunked { head: Some(head.into()), chunks, tail: Some(tail.into()) }
    }
}

impl HttpBody for Chunked {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        Poll::Ready(match ready!(self.chunks.poll_next(context)) {
            Some(Ok(chunk)) => Some(Ok(Frame::data(chunk.into()))),
            Some(Err(error)) => {
                tracing::error!(%error, "an answer is cut off");
                self.tail = None;
                Some(Err(error))
            }
            None => self.tail.take().map(|tail| Ok(Frame::data(tail))),
        })
    }
}
