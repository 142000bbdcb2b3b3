//! Clients that are slow, many, or send too much: the others are served as if they were not there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use libtest_mimic::Trial;

use crate::harness::{Answer, Sidecar, await_until, event};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);
/// Within this time an ordinary request is answered, whatever else goes on.
const PROMPT: Duration = Duration::from_secs(1);
const MIB: u64 = 1024 * 1024;

const CASES: [Case; 8] = [
    ("slow_clients_stop_nobody", |_| slow_clients()),
    ("ten_thousand_idle_connections_stop_nobody", |_| idle_connections()),
    ("bodies_too_large_and_gzip_bombs_stop_nobody", |_| large_bodies()),
    ("an_announced_body_too_large_is_refused_at_once", |_| announced_too_large()),
    ("a_refused_coding_is_told_which_there_are", |_| refused_coding()),
    ("sigterm_finishes_requests_under_way", |_| sigterm()),
    ("requests_that_outlast_the_grace_are_counted", |_| grace_runs_out()),
    ("a_second_signal_forces_the_end", |_| second_signal()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "clients", &CASES)
}

fn connect(sidecar: &Sidecar) -> TcpStream {
    let address = sidecar.url().trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
    stream
}

/// A connection on which this has been sent.
fn begin(sidecar: &Sidecar, request: &str) -> TcpStream {
    let mut stream = connect(sidecar);
    stream.write_all(request.as_bytes()).expect("a request");
    stream
}

fn post_head(content_length: usize) -> String {
    format!("POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: {content_length}\r\n\r\n")
}

/// All that is answered until the connection is closed.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn assert_prompt(sidecar: &Sidecar, trace_id: &str) {
    for n in 0..20 {
        let start = Instant::now();
        sidecar.store(&[event(trace_id, &n.to_string(), NOON)]);
        assert!(start.elapsed() < PROMPT, "post {n}: {:?}", start.elapsed());
    }
}

/// Half of them send a head that never ends, half a body that is never complete.
fn slow_clients() {
    let sidecar = Sidecar::memory();
    let head = "POST /events HTTP/1.1\r\nx-slow: ";
    let body = post_head(100_000);
    let mut streams: Vec<TcpStream> =
        (0..600).map(|n| begin(&sidecar, if n % 2 == 0 { head } else { &body })).collect();
    thread::scope(|scope| {
        let (stop, stopped) = mpsc::channel::<()>();
        scope.spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout)
            {
                for stream in &mut streams {
                    stream.write_all(b"x").expect("the connection is open");
                }
            }
        });
        assert_prompt(&sidecar, "prompt");
        drop(stop);
    });
}

/// Half of them have never sent anything, half wait between two requests. Measured: 12 KB of each
/// are resident.
fn idle_connections() {
    const CONNECTIONS: usize = 10_000;
    const MAX_BYTES_EACH: u64 = 32 * 1024;
    let files = rlimit::increase_nofile_limit(u64::MAX).expect("the limit of open files");
    assert!(files > 11_000, "the system allows {files} open files: too few for this case");
    let sidecar = Sidecar::memory();
    assert_prompt(&sidecar, "before");
    let before = sidecar.resident_bytes();
    let streams: Vec<TcpStream> = (0..CONNECTIONS).map(|n| idle(&sidecar, n % 2 == 0)).collect();
    await_until("all are accepted", LIMIT, || sidecar.open_files() > CONNECTIONS);
    assert_prompt(&sidecar, "meanwhile");
    let each = (sidecar.resident_bytes() - before) / CONNECTIONS as u64;
    assert!(each < MAX_BYTES_EACH, "{each} bytes for each connection");
    drop(streams);
    await_until("all are closed", LIMIT, || sidecar.open_files() < CONNECTIONS / 10);
}

fn idle(sidecar: &Sidecar, has_asked: bool) -> TcpStream {
    let mut stream = connect(sidecar);
    if has_asked {
        let body = event("idle", "e", NOON).to_string();
        let request = post_head(body.len()) + &body;
        stream.write_all(request.as_bytes()).expect("a request");
        let read = stream.read(&mut [0; 4096]).expect("an answer");
        assert!(read > 0, "the connection is closed");
    }
    stream
}

/// 16 bodies of the greatest size and 4 bombs of 64 MiB at once. Bodies have 64 MiB of memory; those
/// that find no room in time are to be sent again. Measured: 139 to 169 MiB at the peak, of everything;
/// half of it is free again, and goes back to the system within a second. Unbounded, bodies and bombs
/// would be 576 MiB.
fn large_bodies() {
    const MAX_RESIDENT_BYTES: u64 = 224 * MIB;
    let sidecar = Sidecar::memory();
    let (large, bomb) = (large_body(), gzip_bomb());
    thread::scope(|scope| {
        let senders: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let answer = sidecar.post(&large);
                    assert!(matches!(answer.status, 200 | 503), "{}", answer.json);
                    assert_eq!(answer.status == 503, answer.retry_after.is_some());
                    answer.status
                })
            })
            .collect();
        for _ in 0..4 {
            scope.spawn(|| {
                let status = post_gzip(&sidecar, &bomb).status;
                assert!(matches!(status, 413 | 503), "{status}");
            });
        }
        assert_prompt(&sidecar, "prompt");
        let statuses: Vec<u16> =
            senders.into_iter().map(|sender| sender.join().expect("an answer")).collect();
        assert!(statuses.contains(&200), "{statuses:?}");
    });
    let peak = sidecar.peak_resident_bytes();
    assert!(peak < MAX_RESIDENT_BYTES, "{} MiB were resident", peak / MIB);
    // All room is given back.
    assert_eq!(sidecar.post(&large).status, 200);
    assert_eq!(post_gzip(&sidecar, &bomb).status, 413);
}

fn post_gzip(sidecar: &Sidecar, body: &[u8]) -> Answer {
    sidecar.post_bytes(body, &[("content-encoding", "gzip")])
}

/// One event in 20 MiB, so that the store in memory holds next to nothing of it.
fn large_body() -> String {
    let mut body = event("large", "e", NOON).to_string();
    body.push_str(&" ".repeat(20 * 1024 * 1024 - body.len()));
    body
}

/// 64 MiB in some 300 KB.
fn gzip_bomb() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..64 {
        gzip.write_all(&zeros).expect("gzip");
    }
    gzip.finish().expect("gzip")
}

/// The rest is read, for a while: who sends before reading has to see the answer too.
fn announced_too_large() {
    const TOO_MUCH: usize = 20 * 1024 * 1024 + 1;
    let sidecar = Sidecar::memory();
    let waiting = begin(&sidecar, &post_head(TOO_MUCH));
    let error = sidecar.post(&" ".repeat(TOO_MUCH)).error(413);
    assert!(error.contains("20971520 bytes"), "{error}");
    assert!(answer(waiting).starts_with("HTTP/1.1 413"));
}

fn refused_coding() {
    let request = "POST /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                   content-encoding: br\r\ncontent-length: 2\r\n\r\n[]";
    let answer = answer(begin(&Sidecar::memory(), request));
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    assert!(answer.contains("accept-encoding: gzip, zstd, deflate\r\n"), "{answer}");
}

fn sigterm() {
    let mut sidecar = Sidecar::memory();
    let body = event("under-way", "e", NOON).to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let idle = idle(&sidecar, true);
    let head_begun = begin(&sidecar, "POST /events HT");
    let mut under_way = begin(&sidecar, &(post_head(body.len()) + first));
    await_begun(&sidecar);
    sidecar.send_sigterm();
    sidecar.await_logged("shutting down");
    // These are closed at once.
    assert_eq!(answer(idle), "");
    assert_eq!(answer(head_begun), "");
    let address = sidecar.url().trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(address).is_err(), "a connection is taken in the end");
    under_way.write_all(second.as_bytes()).expect("the connection is open");
    let answer = answer(under_way);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"accepted\":1"), "{answer}");
    assert!(sidecar.await_end().success(), "{}", sidecar.log());
}

/// Requests on other connections have been answered since: what came before them has been read.
fn await_begun(sidecar: &Sidecar) {
    for _ in 0..20 {
        sidecar.get("/health").data();
    }
}

fn grace_runs_out() {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__SHUTDOWN_GRACE_SECONDS", "1");
    let mut sidecar = Sidecar::start(command);
    let _under_way = begin(&sidecar, &(post_head(100) + "{"));
    await_begun(&sidecar);
    assert_eq!(sidecar.terminate().code(), Some(1));
    let counted = "1 requests were not finished within 1s";
    sidecar.await_logged(counted);
}

fn second_signal() {
    let mut sidecar = Sidecar::memory();
    let _under_way = begin(&sidecar, &(post_head(100) + "{"));
    await_begun(&sidecar);
    sidecar.send_sigterm();
    sidecar.await_logged("shutting down");
    sidecar.send_sigterm();
    assert_eq!(sidecar.await_end().code(), Some(1));
    sidecar.await_logged("a second signal");
}
