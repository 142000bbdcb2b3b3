//! One connection to a sidecar's stream. A thread of its own reads it and prints, so that neither a silent sidecar
//! nor a full pipe keeps the command from ending.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Tail;
use super::events::Reader;
use super::line::line;
use crate::cli::{CommandError, stdout};
use crate::store::StoreError;

/// A sidecar says something each 15 s: one that does not has gone without a word.
const SILENCE: Duration = Duration::from_secs(45);

/// A connection that is being read.
pub(super) struct Connection {
    shared: Arc<Shared>,
    lines: watch::Receiver<u64>,
}

#[derive(Default)]
struct Shared {
    last_seen: Mutex<Option<String>>,
    is_printing: AtomicBool,
    /// Nobody waits for it any more.
    is_given_up: AtomicBool,
    /// Once it has ended.
    why: Mutex<Option<Result<StoreError, CommandError>>>,
}

/// How a connection has ended.
pub(super) struct Ended {
    /// Why it should be made again; or why that would not help.
    pub(super) why: Result<StoreError, CommandError>,
    /// Whether anything came.
    pub(super) heard: bool,
    /// The id of the last event.
    pub(super) last_seen: Option<String>,
}

impl Connection {
    pub(super) fn open(tail: Tail, last_seen: Option<String>) -> Self {
        let (said, lines) = watch::channel(0);
        let shared = Arc::new(Shared { last_seen: Mutex::new(last_seen), ..Shared::default() });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            let why = of_thread.print_all(&tail, &said);
            *of_thread.why.lock() = Some(why);
        });
        Connection { shared, lines }
    }

    /// Waits for its end.
    pub(super) async fn ended(mut self) -> Ended {
        let silent = loop {
            match timeout(SILENCE, self.lines.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => break false,
                Err(_) if self.shared.is_printing.load(Ordering::Relaxed) => {}
                Err(_) => break true,
            }
        };
        let Connection { shared, lines } = self;
        shared.is_given_up.store(true, Ordering::Relaxed);
        let ended = shared.why.lock().take().filter(|_| !silent);
        let why = ended.unwrap_or_else(|| {
            Ok(StoreError::Unavailable(format!("the sidecar has said nothing for {SILENCE:?}")))
        });
        let last_seen = shared.last_seen.lock().clone();
        Ended { why, heard: *lines.borrow() > 0, last_seen }
    }
}

impl Shared {
    /// Prints events as they come, until no more do.
    fn print_all(
        &self,
        tail: &Tail,
        said: &watch::Sender<u64>,
    ) -> Result<StoreError, CommandError> {
        let last_seen = self.last_seen.lock().clone();
        let stream = match tail.sidecar.stream(&tail.parameters, last_seen.as_deref()) {
            Ok(stream) => stream,
            Err(error @ (StoreError::Refused(_) | StoreError::Internal(_))) => {
                return Err(error.into());
            }
            Err(error) => return Ok(error),
        };
        let mut reader = Reader::default();
        for text in BufReader::new(stream).lines() {
            let text = match text {
                Ok(text) => text,
                Err(error) => return Ok(StoreError::Unavailable(error.to_string())),
            };
            if self.is_given_up.load(Ordering::Relaxed) {
                break;
            }
            said.send_modify(|lines| *lines += 1);
            if let Some(event) = reader.take(&text) {
                self.is_printing.store(true, Ordering::Relaxed);
                stdout::print(if tail.json { event.json() } else { line(&event) })?;
                self.is_printing.store(false, Ordering::Relaxed);
                if event.id.is_some() {
                    *self.last_seen.lock() = event.id;
                }
            }
        }
        Ok(StoreError::Unavailable("the sidecar has ended the stream".into()))
    }
}
