//! One client's connection.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::client::Client;

/// How long a client may take for the head of a request. hyper starts this clock as soon as it
/// could read a head, at the start and after each answer, so it is also how long a connection may
/// idle. Client libraries keep theirs for 90 s, and a request that meets a closing connection is
/// lost. A shorter limit for heads that have begun would win nothing: whoever wants to hold a
/// connection can say nothing on it for as long.
const HEAD_TIMEOUT: Duration = Duration::from_mins(2);
/// How long the end of a stream of events may take: a client that reads nothing keeps nobody waiting.
const STREAM_END: Duration = Duration::from_millis(500);
/// The longest head, and what a connection buffers of a body at most.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// Answers the requests of a connection until either side ends it. When `stop` is closed, the
/// request under way is the last.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    client: Client,
    app: TowerToHyperService<Router>,
    mut stop: watch::Receiver<()>,
) {
    // hyper ends an idle connection when it is told to, but waits for the first request's head if
    // it has seen a part of it. No answer is owed then.
    let has_asked = AtomicBool::new(false);
    let is_endless = AtomicBool::new(false);
    let service = service_fn(|mut request: Request<Incoming>| {
        has_asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(client);
        let answer = app.call(request);
        let is_endless = &is_endless;
        async move {
            let answer = answer.await;
            is_endless.store(answer.as_ref().is_ok_and(is_event_stream), Ordering::Relaxed);
            answer
        }
    });
    let mut connection = pin!(http().serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            if !has_asked.load(Ordering::Relaxed) {
                return;
            }
            connection.as_mut().graceful_shutdown();
            if is_endless.load(Ordering::Relaxed) {
                let Ok(ended) = timeout(STREAM_END, connection).await else { return };
                ended
            } else {
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%client, %error, "connection failed");
    }
}

fn is_event_stream<B>(answer: &Response<B>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_BUFFER_BYTES);
    http
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// The client's end of a connection, and what keeps the server up.
    fn connected() -> (DuplexStream, watch::Sender<()>) {
        let (client, server) = duplex(1024);
        let app = Router::new().route("/", get(|| async { "answer" }));
        let (stop, stopped) = watch::channel(());
        let client_of_test = Client::of_socket();
        tokio::spawn(serve(server, client_of_test, TowerToHyperService::new(app), stopped));
        (client, stop)
    }

    async fn assert_answered(client: &mut DuplexStream) {
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("an open connection");
        let mut answer = [0; 1024];
        let length = client.read(&mut answer).await.expect("an answer");
        assert!(answer[..length].ends_with(b"answer"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_idle_for_longer_than_clients_keep_it() {
        let (mut client, _stop) = connected();
        for _ in 0..3 {
            sleep(Duration::from_secs(110)).await;
            assert_answered(&mut client).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_trickles_in_is_not_awaited_for_ever() {
        let (mut client, _stop) = connected();
        let start = Instant::now();
        while client.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
        let elapsed = start.elapsed();
        assert!(elapsed.abs_diff(HEAD_TIMEOUT) < Duration::from_secs(5), "{elapsed:?}");
    }
}
