//! `accepted` in any answer is what an export then holds: sound and wrong events in bodies of every
//! shape, through outages, restarts, a full disk and evictions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::fault_cases::stage::{Stage, seed, times};
use crate::harness::{
    Answer, Batches, Exported, Filler, Flavour, HttpClient, Mutations, Network, Sidecar, Site,
    SmallDisk, await_until,
};

/// Of a short run; a hundred thousand of a long one.
const BODIES: usize = 5_000;

/// Between two faults.
const BODIES_PER_FAULT: u64 = 120;

const CLIENTS: usize = 8;
const LIMIT: Duration = Duration::from_mins(1);

/// Between a refusal and the next try.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Clone, Copy)]
enum Fault {
    None,
    Kill,
    Terminate,
    FullDisk,
}

/// In turn, each while Postgres is there or away.
const FAULTS: [(Network, Fault); 9] = [
    (Network::Pass, Fault::Kill),
    (Network::Refuse, Fault::None),
    (Network::Pass, Fault::Terminate),
    (Network::Refuse, Fault::Kill),
    (Network::Refuse, Fault::FullDisk),
    (Network::Pass, Fault::Kill),
    (Network::Reset, Fault::Terminate),
    (Network::CutAfterRequest, Fault::None),
    (Network::Pass, Fault::None),
];

pub(crate) fn by_the_extension() {
    through_faults("accepted by the extension", Flavour::Extension);
}

pub(crate) fn by_plain_sql() {
    through_faults("accepted by plain SQL", Flavour::PlainSql);
}

fn through_faults(name: &str, flavour: Flavour) {
    let stage = Stage::of(flavour);
    let disk = SmallDisk::mount("64m", 0);
    let spool = disk.path().join("spool").display().to_string();
    let site = stage.site().with("STORAGE__FALLBACK__PATH", &spool);
    let control = Sidecar::memory();
    let mut sidecar = site.start();
    let clients = Clients::start(name, &site.url(), control.url());
    for fault in 0.. {
        if clients.told().bodies >= times(BODIES) as u64 {
            break;
        }
        let (network, fault) = FAULTS[fault % FAULTS.len()];
        stage.proxy.set(network);
        clients.await_answered(BODIES_PER_FAULT);
        match fault {
            Fault::None => {}
            Fault::Kill => sidecar = killed(&site, sidecar),
            Fault::Terminate => sidecar = ended(&site, sidecar),
            Fault::FullDisk => disk_is_full(&disk, &clients),
        }
        clients.await_answered(BODIES_PER_FAULT);
    }
    stage.proxy.set(Network::Pass);
    let told = clients.stop();
    sidecar.await_drained();
    stage.database.assert_traces_are_true();
    assert_holds(&sidecar, &control, told.accepted);
    assert!(told.sent_again > 0 && told.refused > 0, "nothing failed: {told:?}");
    println!("{name}: {told:?}");
}

fn killed(site: &Site, mut sidecar: Sidecar) -> Sidecar {
    sidecar.kill();
    site.start()
}

fn ended(site: &Site, mut sidecar: Sidecar) -> Sidecar {
    assert!(sidecar.terminate().success(), "{}", sidecar.log());
    site.start()
}

/// Until clients are told to come again.
fn disk_is_full(disk: &SmallDisk, clients: &Clients) {
    let filler = Filler::fill(disk.path());
    let known = clients.told().full;
    await_until("a body finds no room", LIMIT, || clients.told().full > known);
    drop(filler);
}

/// The same events as where nothing failed, and as many as clients were told.
fn assert_holds(sidecar: &Sidecar, control: &Sidecar, accepted: u64) {
    let exported = Exported::read(&sidecar.export(""));
    let differences = exported.differences(&Exported::read(&control.export("")));
    let first = &differences[..differences.len().min(5)];
    assert!(differences.is_empty(), "{} differences: {first:#?}", differences.len());
    assert_eq!(exported.len() as u64, accepted, "events are there, others were accepted");
}

/// A limit of events, and restarts with a snapshot: what was accepted and not evicted is there.
pub(crate) fn evicted() {
    const FAULTS: usize = 10;
    let site = Site::memory()
        .with("STORAGE__MEMORY__MAX_EVENTS", "1000")
        .with("STORAGE__MEMORY__SNAPSHOT", "events.ndjson.zst");
    let control = Sidecar::memory();
    let mut sidecar = site.start();
    let (mut accepted, mut evicted) = (0, 0);
    let mut first = 0;
    for _ in 0..times(FAULTS) {
        let clients = Clients::start_at(first, "accepted by memory", &site.url(), control.url());
        clients.await_answered((BODIES / FAULTS) as u64);
        first = clients.next();
        let told = clients.stop();
        accepted += told.accepted;
        evicted += told.evicted;
        let status = sidecar.get("/status").data();
        assert_eq!(status["memory"]["evicted_events"], told.evicted, "{status}");
        let exported = sidecar.export("");
        assert_eq!(exported.lines().count() as u64, accepted - evicted, "{status}");
        sidecar = ended(&site, sidecar);
        await_until("the snapshot is read", LIMIT, || sidecar.get("/readyz").status == 200);
        let differences =
            Exported::read(&sidecar.export("")).differences(&Exported::read(&exported));
        assert_eq!(differences, [], "after a restart");
    }
    assert!(evicted > 0, "{accepted} accepted, none evicted");
    println!("accepted by memory: {accepted}, of which {evicted} evicted");
}

/// Clients that post numbered bodies, each until it is answered, to a sidecar and to one to which
/// nothing happens.
struct Clients {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    url: String,
    control: String,
    mutations: Mutations,
    sound: Batches,
    next: AtomicU64,
    is_stopped: AtomicBool,
    told: Mutex<Told>,
}

/// What clients were told.
#[derive(Clone, Debug, Default)]
struct Told {
    /// Answered for good.
    bodies: u64,
    /// Events by the answers; by the control where a client can't know which of its tries stored them.
    accepted: u64,
    evicted: u64,
    /// Bodies that are no events.
    refused: u64,
    /// Bodies whose first try had no answer.
    sent_again: u64,
    /// Answers that there is no room.
    full: u64,
}

impl Clients {
    fn start(name: &str, url: &str, control: &str) -> Self {
        Clients::start_at(0, name, url, control)
    }

    /// From this number on.
    fn start_at(first: u64, name: &str, url: &str, control: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let start = i64::try_from(now.as_micros()).expect("before the year 9999");
        let shared = Arc::new(Shared {
            url: format!("{url}/events"),
            control: format!("{control}/events"),
            mutations: Mutations::new(seed(name)),
            sound: Batches { size: 5, start },
            next: AtomicU64::new(first),
            is_stopped: AtomicBool::new(false),
            told: Mutex::default(),
        });
        let client = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.run_client())
        };
        let threads = (0..CLIENTS).map(client).collect();
        Clients { shared, threads }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.shared.told.lock().expect("told")
    }

    fn next(&self) -> u64 {
        self.shared.next.load(Ordering::SeqCst)
    }

    fn await_answered(&self, more: u64) {
        let goal = self.told().bodies + more;
        await_until("more bodies are answered", LIMIT, || {
            assert!(!self.threads.iter().any(JoinHandle::is_finished), "a client has failed");
            self.told().bodies >= goal
        });
    }

    /// Each has the answer to its last body.
    fn stop(mut self) -> Told {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            thread.join().expect("a client");
        }
        Told::clone(&self.told())
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    fn run_client(&self) {
        let client = HttpClient::new(Some(LIMIT));
        while !self.is_stopped.load(Ordering::SeqCst) {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            self.deliver(&client, &self.body(number));
        }
    }

    /// Every third is of sound events.
    fn body(&self, number: u64) -> Vec<u8> {
        match number % 3 {
            0 => self.sound.body(number).into_bytes(),
            _ => self.mutations.body(number),
        }
    }

    fn deliver(&self, client: &HttpClient, body: &[u8]) {
        let expected = client.try_post(&self.control, body, &[]).expect("an answer of the control");
        let mut lost = 0;
        let answer = loop {
            match client.try_post(&self.url, body, &[]) {
                Ok(answer) if answer.status != 503 => break answer,
                Ok(_) => self.told.lock().expect("told").full += 1,
                Err(_) => lost += 1,
            }
            thread::sleep(PAUSE);
        };
        assert_alike(&answer, &expected, lost > 0, body);
        let mut told = self.told.lock().expect("told");
        told.bodies += 1;
        told.accepted += count(if lost > 0 { &expected } else { &answer }, "accepted");
        told.evicted += count(&answer, "evicted");
        told.refused += u64::from(answer.status != 200);
        told.sent_again += u64::from(lost > 0);
    }
}

/// Where a try had no answer, it may have stored what is a duplicate then.
fn assert_alike(answer: &Answer, expected: &Answer, has_lost_an_answer: bool, body: &[u8]) {
    let body = || format!("{}\n{}\n{}", answer.json, expected.json, body.escape_ascii());
    assert_eq!(answer.status, expected.status, "{}", body());
    let rejected = |answer: &Answer| {
        let data = &answer.json["data"];
        [&data["rejected"], &data["rejected_total"], &answer.json["error"]].map(Value::clone)
    };
    assert_eq!(rejected(answer), rejected(expected), "{}", body());
    let counts = |answer: &Answer| (count(answer, "accepted"), count(answer, "duplicates"));
    let (accepted, duplicates) = counts(answer);
    if has_lost_an_answer {
        let (all_accepted, all_duplicates) = counts(expected);
        assert_eq!(accepted + duplicates, all_accepted + all_duplicates, "{}", body());
    } else {
        assert_eq!((accepted, duplicates), counts(expected), "{}", body());
    }
}

fn count(answer: &Answer, field: &str) -> u64 {
    answer.json["data"][field].as_u64().unwrap_or_default()
}
