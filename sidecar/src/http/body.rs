//! Reading the body of `POST /events`, whatever a client sends and however slowly.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::Client;
use super::error::ApiError;
use super::{AppState, MAX_BODY_BYTES};
use crate::delivery::{Delivery, json_text};
use crate::room::{NoRoom, Share};

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
        let client = request.extensions().get::<Client>();
        let source = client.expect("every connection names its client").0;
        let mut body = request.into_body();
        let announced = announced(&body);
        let mut room = state.room.share(announced);
        match read(&mut body, announced, &mut room).await {
            Ok(bytes) => {
                let text =
                    json_text(bytes).map_err(|error| ApiError::bad_request(error.to_string()))?;
                Ok(Received(Arc::new(Delivery::new(text, source, room))))
            }
            Err(error) => {
                tokio::spawn(timeout(DISCARD_TIMEOUT, discard(body)));
                Err(error)
            }
        }
    }
}

/// The body's size by its `content-length`; 0 if it has none, or is compressed.
fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

async fn read(body: &mut Body, announced: usize, room: &mut Share) -> Result<Vec<u8>, ApiError> {
    if announced > MAX_BODY_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut progress = Progress::start();
    while let Some(chunk) = progress.next_chunk(body).await? {
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        room.grow(chunk.len()).await.map_err(|NoRoom| ApiError::Busy)?;
        if bytes.is_empty() {
            bytes.reserve(announced.min(MAX_RESERVED));
        }
        bytes.extend_from_slice(&chunk);
        // What is decompressed is always ready: without this, nobody else would have a turn.
        consume_budget().await;
    }
    Ok(bytes)
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

    async fn next_chunk(&mut self, body: &mut Body) -> Result<Option<Bytes>, ApiError> {
        let next = timeout_at(self.deadline, next_chunk(body));
        let chunk = next.await.map_err(|_| too_slow())?.map_err(|error| unreadable(&error))?;
        self.bytes += chunk.as_ref().map_or(0, Bytes::len);
        if self.bytes >= LEAST_PROGRESS {
            *self = Progress::start();
        }
        Ok(chunk)
    }
}

/// `None` at the end. Trailers are skipped.
async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    while let Some(frame) = body.frame().await.transpose()? {
        if let Ok(chunk) = frame.into_data() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// A client that is still sending when its connection is closed may never read the answer. So the
/// rest of a refused body is read, within limits, and thrown away.
async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Ok(Some(chunk)) = next_chunk(&mut body).await
        && discarded < MAX_BODY_BYTES
    {
        discarded += chunk.len();
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

fn unreadable(error: &axum::Error) -> ApiError {
    ApiError::bad_request(format!("the body can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body_util::BodyExt;
    use hyper::body::Frame;
    use tokio::sync::mpsc;
    use tokio::time::sleep;

    use super::*;
    use crate::room::Room;

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

    async fn read_whole(room: &Room, mut body: Body) -> Result<usize, ApiError> {
        let announced = announced(&body);
        read(&mut body, announced, &mut room.share(announced)).await.map(|bytes| bytes.len())
    }

    fn status(result: Result<usize, ApiError>) -> StatusCode {
        use axum::response::IntoResponse;
        result.expect_err("an error").into_response().status()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_still() {
        let room = Room::new(0);
        assert_eq!(read_whole(&room, trickle(LEAST_PROGRESS)).await.ok(), Some(5 * 1024));
        assert_eq!(status(read_whole(&room, trickle(1)).await), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_leave_room_for_ordinary_ones() {
        let room = Room::new(0);
        let large = || Body::from(vec![b' '; MAX_BODY_BYTES]);
        let mut share = room.share(MAX_BODY_BYTES);
        read(&mut large(), MAX_BODY_BYTES, &mut share).await.expect("the first finds room");
        assert_eq!(status(read_whole(&room, large()).await), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(read_whole(&room, Body::from("[]")).await.ok(), Some(2));
        drop(share);
        assert_eq!(read_whole(&room, large()).await.ok(), Some(MAX_BODY_BYTES));
    }
}
