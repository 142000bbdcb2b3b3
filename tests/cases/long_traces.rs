//! A trace of any length is read in little memory, beside other requests, and never a part of it for
//! the whole.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::mem;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde::Deserialize;

use crate::harness::{Database, Sidecar, await_until, event};
use crate::{StoreKind, World};

const NOON: &str = "2026-11-22T12:00:00Z";
/// Some 85 MB of JSON.
const EVENTS: usize = 120_000;
const BATCH: usize = 5_000;
const MAX_GROWTH: u64 = 64 << 20;
const LIMIT: Duration = Duration::from_mins(1);
/// Within this time an ordinary request is answered, whatever else goes on.
const PROMPT: Duration = Duration::from_secs(1);
const GET: &str = "GET /api/traces/long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// How an answer in chunks ends.
const END: &[u8] = b"\r\n0\r\n\r\n";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let of_store = |store: StoreKind| {
        let name = format!("long_traces::{}::bounded_whole_or_broken", store.name());
        world.trial(&name, move |world| bounded_whole_or_broken(world, store))
    };
    world.stores().into_iter().map(of_store).collect()
}

/// One after the other, as it takes long to store so much.
fn bounded_whole_or_broken(world: &World, store: StoreKind) {
    let database = match store {
        StoreKind::Memory => None,
        StoreKind::Postgres(flavour) => Some(world.cluster().create_with(flavour)),
    };
    let sidecar = database.as_ref().map_or_else(Sidecar::memory, Sidecar::postgres);
    store_long_trace(&sidecar);
    is_read_in_little_memory(&sidecar);
    readers_that_go_away_leave_nothing(&sidecar, database.as_ref());
    if let Some(database) = &database {
        is_broken_off_with_its_session(&sidecar, database);
        database.assert_traces_are_true();
    }
}

/// The later half of each batch comes first.
fn store_long_trace(sidecar: &Sidecar) {
    sidecar.store(&[event("short", "e", NOON)]);
    for first in (0..EVENTS).step_by(BATCH) {
        let mut body = String::with_capacity(700 * BATCH);
        for place in 0..BATCH {
            let number = first + (place + BATCH / 2) % BATCH;
            let (second, micros) = (number / 100_000, number % 100_000 * 10);
            let id = format!("e{number}");
            let time = format!("2026-11-22T12:00:{second:02}.{micros:06}Z");
            let mut event = event("long", &id, &time);
            event["kind"]["StateChange"]["new_value"] = format!("{number:0400}").into();
            writeln!(body, "{event}").expect("a String takes all");
        }
        assert_eq!(sidecar.post(&body).data()["accepted"], BATCH);
    }
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    trace_id: String,
    events: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// Says that it is over when dropped, however that comes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn is_read_in_little_memory(sidecar: &Sidecar) {
    let before = resident_at_rest(sidecar);
    let is_over = AtomicBool::new(false);
    let (answer, most) = thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(sidecar, &is_over));
        let over = Over(&is_over);
        let answer = sidecar.get_bytes("/api/traces/long");
        drop(over);
        (answer, watcher.join().expect("prompt answers"))
    });
    let growth = most.saturating_sub(before);
    assert!(growth < MAX_GROWTH, "{} MiB more, {} before", growth >> 20, before >> 20);
    let Answer { success, data } = serde_json::from_slice(&answer).expect("the whole");
    assert!(success);
    assert_eq!((data.trace_id.as_str(), data.events.len()), ("long", EVENTS));
    let is_in_place = |(place, event): (usize, &Id)| event.id == format!("e{place}");
    assert!(data.events.iter().enumerate().all(is_in_place), "out of order");
}

/// Once what storing has taken is given back.
fn resident_at_rest(sidecar: &Sidecar) -> u64 {
    let mut resident = u64::MAX;
    await_until("memory that is given back", LIMIT, || {
        thread::sleep(Duration::from_millis(300));
        let before = mem::replace(&mut resident, sidecar.resident_bytes());
        before.saturating_sub(resident) < 1 << 20
    });
    resident
}

/// Asks for other things until it is over; returns how much was resident at most.
fn watch(sidecar: &Sidecar, is_over: &AtomicBool) -> u64 {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        for path in ["/livez", "/health", "/api/traces/short"] {
            let start = Instant::now();
            sidecar.get(path).data();
            assert!(start.elapsed() < PROMPT, "{path}: {:?}", start.elapsed());
            most = most.max(sidecar.resident_bytes());
        }
        thread::sleep(Duration::from_millis(10));
    }
    most
}

/// A client that has read the beginning of the trace.
fn begin(sidecar: &Sidecar) -> TcpStream {
    let mut stream = request(sidecar);
    let mut beginning = [0; 1024];
    stream.read_exact(&mut beginning).expect("a beginning");
    assert!(beginning.starts_with(b"HTTP/1.1 200"));
    stream
}

fn request(sidecar: &Sidecar) -> TcpStream {
    let address = sidecar.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
    stream.write_all(GET.as_bytes()).expect("a request");
    stream
}

/// More of them than there is room for.
fn readers_that_go_away_leave_nothing(sidecar: &Sidecar, database: Option<&Database>) {
    let first = begin(sidecar);
    let others: Vec<TcpStream> = (0..20).map(|_| request(sidecar)).collect();
    assert_eq!(sidecar.get("/api/traces/short").status, 200);
    drop((first, others));
    if let Some(database) = database {
        await_until("no session reads it", LIMIT, || sessions_that_read(database, "true") == 0);
    }
    await_until("there is room for it", LIMIT, || {
        let mut status = [0; 12];
        request(sidecar).read_exact(&mut status).is_ok() && status == *b"HTTP/1.1 200"
    });
}

/// How many there are, by an expression that is true of each.
fn sessions_that_read(database: &Database, expression: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE {expression})
         FROM (SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND state = 'active'
                 AND query ~ '^SELECT .*raceway_export' AND pid <> pg_backend_pid()
               OFFSET 0) AS reading"
    );
    let mut client = database.for_superuser().connect();
    client.query_one(&sql, &[]).expect("a count").get(0)
}

fn is_broken_off_with_its_session(sidecar: &Sidecar, database: &Database) {
    await_until("no session reads it", LIMIT, || sessions_that_read(database, "true") == 0);
    let mut reader = begin(sidecar);
    assert_eq!(sessions_that_read(database, "pg_terminate_backend(pid)"), 1);
    let mut rest = Vec::new();
    // How the connection ends is not said: what counts is that the answer does not.
    let _ = reader.read_to_end(&mut rest);
    assert!(!rest.ends_with(END), "a part looks like the whole");
    sidecar.await_logged("an answer is cut off");
}
