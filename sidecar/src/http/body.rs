//! Reading the body of `POST /events`, whatever a client sends and however slowly.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use futures_util::TryStreamExt;
use http_body_util::{BodyDataStream, BodyExt};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::io::StreamReader;

use super::client::Client;
use super::coding::{self, Coding, Reader};
use super::error::ApiError;
use super::{AppState, MAX_BODY_BYTES};
use crate::body_budget::{BodyBudget, Share};
use crate::delivery::{Delivery, json_text};

/// Within this time a body has to end or to go on by [`LEAST_PROGRESS`].
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(30);
/// Single bytes that trickle in are no progress.
const LEAST_PROGRESS: usize = 1024;
/// What is allocated on a `content-length` alone. It is not resident before the bytes come.
const MAX_RESERVED: usize = 1024 * 1024;
/// How long the rest of a refused body is read.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// A request's body.
pub(crate) struct Received(pub(crate) Arc<Delivery>);

impl FromRequest<AppState> for Received {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let source = Client::of(&request).source();
        let codings = coding::to_undo(request.headers());
        let mut body = request.into_body();
        let received = match codings {
            Ok(codings) => receive(&mut body, &codings, &state.budget).await,
            Err(unsupported) => Err(ApiError::Unsupported(unsupported)),
        };
        match received {
            Ok((bytes, share)) => {
                let text =
                    json_text(bytes).map_err(|error| ApiError::bad_request(error.to_string()))?;
                Ok(Received(Arc::new(Delivery::new(text, source, share))))
            }
            Err(error) => {
                refuse(body);
                Err(error)
            }
        }
    }
}

/// The body's size by its `content-length`; 0 if it has none.
fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// Undoes one coding after the other, each to its end: in one pass, a few bytes could keep the decoders
/// between them busy for hours without a byte that comes out.
async fn receive(
    body: &mut Body,
    codings: &[Coding],
    budget: &BodyBudget,
) -> Result<(Vec<u8>, Share), ApiError> {
    let announced = if codings.is_empty() { announced(body) } else { 0 };
    let sent = StreamReader::new(BodyDataStream::new(body).map_err(io::Error::other));
    let (outermost, others) = match codings {
        [] => (None, codings),
        [outermost, others @ ..] => (Some(*outermost), others),
    };
    let mut received = read(sent, outermost, announced, budget).await?;
    for coding in others {
        received = read(&received.0[..], Some(*coding), 0, budget).await?;
    }
    Ok(received)
}

async fn read(
    sent: impl AsyncBufRead + Send + Unpin,
    coding: Option<Coding>,
    announced: usize,
    budget: &BodyBudget,
) -> Result<(Vec<u8>, Share), ApiError> {
    if announced > MAX_BODY_BYTES {
        return Err(too_large());
    }
    let memory = |decoded| coding.map_or(0, |coding| coding.memory(decoded));
    let (mut share, mut beside) = (budget.share(announced), budget.share(0));
    beside.grow_to(memory(0)).await?;
    let mut reader = match coding {
        Some(coding) => coding.undo(sent),
        None => Box::new(sent),
    };
    let mut bytes = Vec::new();
    let mut progress = Progress::start();
    loop {
        let chunk = progress.next_chunk(&mut reader).await?;
        let chunk = chunk.map_err(|error| unreadable(&error, coding))?;
        if chunk.is_empty() {
            return Ok((bytes, share));
        }
        let length = bytes.len() + chunk.len();
        if length > MAX_BODY_BYTES {
            return Err(too_large());
        }
        share.grow_to(length).await?;
        beside.grow_to(memory(length)).await?;
        if bytes.is_empty() {
            bytes.reserve(announced.min(MAX_RESERVED));
        }
        bytes.extend_from_slice(chunk);
        let consumed = chunk.len();
        reader.consume(consumed);
        // What is decompressed is always ready: without this, nobody else would have a turn.
        consume_budget().await;
    }
}

/// Whether a body gets on, and until when it has to.
struct Progress {
    deadline: Instant,
    bytes: usize,
}

impl Progress {
    fn start() -> Self {
        Progress { deadline: Instant::now() + PROGRESS_TIMEOUT, bytes: 0 }
    }

    /// Empty at the end.
    async fn next_chunk<'a>(
        &mut self,
        reader: &'a mut Reader<'_>,
    ) -> Result<io::Result<&'a [u8]>, ApiError> {
        let chunk = timeout_at(self.deadline, reader.fill_buf()).await.map_err(|_| too_slow())?;
        self.bytes += chunk.as_ref().map_or(0, |chunk| chunk.len());
        if self.bytes >= LEAST_PROGRESS {
            *self = Progress::start();
        }
        Ok(chunk)
    }
}

/// A client that is still sending when its connection is closed may never read the answer. So the
/// rest of a refused body is read, within limits, and thrown away.
fn refuse(body: Body) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(DISCARD_TIMEOUT, discard(body)));
}

/// The same of a request that is refused for its head. A client that sends its body only when it is asked to is
/// not asked.
pub(super) fn refuse_unasked(request: Request) {
    if !waits_to_send(request.headers()) {
        refuse(request.into_body());
    }
}

fn waits_to_send(headers: &HeaderMap) -> bool {
    let expectation = headers.get(header::EXPECT).map(HeaderValue::as_bytes);
    expectation.is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"))
}

async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await
        && discarded < MAX_BODY_BYTES
    {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        consume_budget().await;
    }
}

fn too_large() -> ApiError {
    let expected = format!("expected a body of at most {MAX_BODY_BYTES} bytes");
    ApiError::Refused(StatusCode::PAYLOAD_TOO_LARGE, expected)
}

fn too_slow() -> ApiError {
    let expected = format!("expected {LEAST_PROGRESS} bytes or the body's end every 30 seconds");
    ApiError::Refused(StatusCode::REQUEST_TIMEOUT, expected)
}

/// The connection's fault, or that of what was sent.
fn unreadable(error: &io::Error, coding: Option<Coding>) -> ApiError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<axum::Error>());
    ApiError::bad_request(match coding {
        Some(coding) if cause.is_none() => format!(
            "content-encoding {}: expected all of what was compressed, and nothing behind it",
            coding.name()
        ),
        _ => format!("the body can't be read: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use tokio::sync::mpsc;
    use tokio::time::sleep;

    use super::*;

    /// A body that is sent in these chunks.
    struct Chunks(mpsc::Receiver<Bytes>);

    impl HttpBody for Chunks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
        }
    }

    /// A chunk of so many bytes every 20 seconds, five times.
    fn trickle(bytes: usize) -> Body {
        let (sender, chunks) = mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..5 {
                sleep(Duration::from_secs(20)).await;
                drop(sender.send(Bytes::from(vec![b' '; bytes])).await);
            }
        });
        Body::new(Chunks(chunks).boxed_unsync())
    }

    async fn read_whole(budget: &BodyBudget, mut body: Body) -> Result<usize, ApiError> {
        receive(&mut body, &[], budget).await.map(|(bytes, _)| bytes.len())
    }

    fn status(result: Result<usize, ApiError>) -> StatusCode {
        use axum::response::IntoResponse;
        result.expect_err("an error").into_response().status()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_still() {
        let budget = BodyBudget::new(0);
        assert_eq!(read_whole(&budget, trickle(LEAST_PROGRESS)).await.ok(), Some(5 * 1024));
        assert_eq!(status(read_whole(&budget, trickle(1)).await), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_leave_room_for_ordinary_ones() {
        let budget = BodyBudget::new(0);
        let large = || Body::from(vec![b' '; MAX_BODY_BYTES]);
        let first = receive(&mut large(), &[], &budget).await.expect("the first finds room");
        assert_eq!(status(read_whole(&budget, large()).await), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(read_whole(&budget, Body::from("[]")).await.ok(), Some(2));
        drop(first);
        assert_eq!(read_whole(&budget, large()).await.ok(), Some(MAX_BODY_BYTES));
    }
}
