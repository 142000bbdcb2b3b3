//! Clients that post numbered batches until they are stopped, and remember what they were told.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::ledger::{Ledger, Post, Refusal, index};
use crate::load::{Batches, beside};
use crate::{Answer, HttpClient, await_until};

/// No client waits for longer.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// Between a refusal and the next try.
const PAUSE: Duration = Duration::from_millis(20);

/// What a client does with a batch that was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unacknowledged {
    /// Posts it again until it is, to each URL in turn.
    SendAgain,
    /// Goes on to the next.
    GiveUp,
}

/// What clients send, and where.
#[derive(Clone, Debug)]
pub struct Load {
    /// Sidecars; batches go to them in turn.
    pub urls: Vec<String>,
    /// Clients, each with a connection of its own that it keeps.
    pub clients: usize,
    /// Events of a request.
    pub batch_size: u64,
    /// `None` is as fast as it goes. A client that had to wait catches up.
    pub events_per_second: Option<u32>,
    /// Are they patient?
    pub unacknowledged: Unacknowledged,
    /// Every so many batches, one that was acknowledged is posted to the next URL too.
    pub repeat_every: Option<u64>,
    /// Events that are wrong: each body has one of them before its own.
    pub beside: Vec<String>,
}

/// The clients at work; they stop when this is dropped.
pub struct Driver {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

struct Shared {
    load: Load,
    batches: Batches,
    start: Instant,
    next: AtomicU64,
    is_stopped: AtomicBool,
    ledger: Mutex<Ledger>,
}

impl Driver {
    /// Starts the clients.
    pub fn start(load: Load) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let start = i64::try_from(now.as_micros()).expect("before the year 9999");
        let batches = Batches { size: load.batch_size, start };
        let shared = Arc::new(Shared {
            batches,
            start: Instant::now(),
            next: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
            ledger: Mutex::new(Ledger::new(batches)),
            load,
        });
        let client = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.run_client())
        };
        let clients = (0..shared.load.clients).map(client).collect();
        Driver { shared, clients }
    }

    /// Since the start.
    pub fn elapsed(&self) -> Duration {
        self.shared.start.elapsed()
    }

    /// Batches that were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.shared.ledger().acknowledged_batches()
    }

    /// Waits until so many more batches are acknowledged.
    pub fn await_acknowledged(&self, more: usize) {
        let goal = self.acknowledged() + more;
        await_until("more batches are acknowledged", ANSWER_LIMIT, || self.acknowledged() >= goal);
    }

    /// Waits until a post fails that starts from now on.
    pub fn await_refusal(&self) {
        let known = self.shared.ledger().refused_posts();
        await_until("a post is refused", ANSWER_LIMIT, || {
            self.shared.ledger().refused_posts() > known
        });
    }

    /// Lets the clients finish what they are at; what they have been told.
    pub fn stop(mut self) -> Ledger {
        self.join();
        std::mem::take(&mut *self.shared.ledger())
    }

    fn join(&mut self) {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
        for client in self.clients.drain(..) {
            client.join().expect("a client");
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("ledger")
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    fn run_client(&self) {
        let client = HttpClient::new(Some(ANSWER_LIMIT));
        while !self.is_stopped() {
            let batch = self.next.fetch_add(1, Ordering::SeqCst);
            self.await_due(batch);
            if !self.is_stopped() {
                self.deliver(&client, batch);
            }
        }
    }

    fn await_due(&self, batch: u64) {
        let Some(rate) = self.load.events_per_second else { return };
        let events = u32::try_from(batch * self.load.batch_size).expect("a number of events");
        let due = Duration::from_secs_f64(f64::from(events) / f64::from(rate));
        while !self.is_stopped()
            && let Some(wait) = due.checked_sub(self.start.elapsed())
        {
            thread::sleep(wait.min(Duration::from_millis(100)));
        }
    }

    fn deliver(&self, client: &HttpClient, batch: u64) {
        let body = self.body(batch);
        let mut urls = self.load.urls.iter().cycle();
        // Each batch starts at another.
        let skipped = batch % u64::try_from(self.load.urls.len()).expect("few");
        for _ in 0..skipped {
            urls.next();
        }
        for url in urls.by_ref() {
            if self.post(client, url, batch, &body) {
                break;
            }
            if self.load.unacknowledged == Unacknowledged::GiveUp || self.is_stopped() {
                return;
            }
            thread::sleep(PAUSE);
        }
        if self.load.repeat_every.is_some_and(|every| batch.is_multiple_of(every)) {
            let url = urls.next().expect("a cycle");
            self.post(client, url, batch, &body);
        }
    }

    fn body(&self, batch: u64) -> String {
        let sound = self.batches.body(batch);
        match &*self.load.beside {
            [] => sound,
            wrong => beside(&wrong[index(batch) % wrong.len()], &sound),
        }
    }

    /// Whether the batch is acknowledged now.
    fn post(&self, client: &HttpClient, url: &str, batch: u64, body: &str) -> bool {
        self.ledger().note_sent(batch);
        let at = self.start.elapsed();
        let answer = client.try_post(&format!("{url}/events"), body.as_bytes(), &[]);
        let took = self.start.elapsed().saturating_sub(at);
        let refusal = match answer {
            Err(error) => Some(Refusal::without_answer(error.to_string())),
            Ok(answer) => (!self.is_acknowledged(&answer)).then(|| Refusal::from(answer)),
        };
        let is_acknowledged = refusal.is_none();
        self.ledger().note_answer(batch, Post { at, took, refusal });
        is_acknowledged
    }

    fn is_acknowledged(&self, answer: &Answer) -> bool {
        let data = &answer.json["data"];
        answer.status == 200 && taken(data) == self.load.batch_size && data["durable"] == true
    }
}

fn taken(data: &Value) -> u64 {
    let count = |field: &str| data[field].as_u64().unwrap_or_default();
    count("accepted") + count("duplicates")
}
