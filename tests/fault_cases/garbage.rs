//! What one event has wrong costs no other, and not the sidecar.

use std::collections::HashSet;
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::value::RawValue;

use crate::fault_cases::stage::{Stage, seed, times};
use crate::harness::{HttpClient, Mutations, Network, event, stored_ids};

const MUTATED: usize = 100_000;
const MUTATED_PER_BODY: usize = 100;
const MUTATED_PER_NEIGHBOUR: usize = 4;
const CONNECTIONS: usize = 4;

/// A request, and which of its events are valid.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    neighbours: Vec<String>,
}

/// What clients were told.
#[derive(Default)]
struct Told {
    accepted: u64,
    requests: u64,
    neighbours: Vec<String>,
}

/// The first half goes to Postgres, the second half to the spool and from there to Postgres.
pub(crate) fn mutated() {
    let stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    let mut garbage = Garbage::new(seed("garbage"));
    let mut told = post_all(&site.url(), &mut garbage);
    stage.proxy.set(Network::Refuse);
    let later = post_all(&site.url(), &mut garbage);
    stage.proxy.set(Network::Pass);
    sidecar.await_drained();
    told.accepted += later.accepted;
    told.requests += later.requests;
    told.neighbours.extend(later.neighbours);
    assert!(!sidecar.log().contains("panicked"), "{}", sidecar.log());
    let stored = stored_ids(&stage.database);
    let ids: HashSet<&str> = stored.iter().map(String::as_str).collect();
    let lost = told.neighbours.iter().filter(|id| !ids.contains(id.as_str())).count();
    assert_eq!(lost, 0, "neighbours, of {}", told.neighbours.len());
    assert_eq!(u64::try_from(stored.len()).expect("events"), told.accepted);
    stage.database.assert_traces_are_true();
    println!(
        "garbage: {} requests, {} neighbours stored, {} events accepted in all",
        told.requests,
        told.neighbours.len(),
        told.accepted,
    );
}

/// Sends half of all that is wrong.
fn post_all(url: &str, garbage: &mut Garbage) -> Told {
    let (sender, receiver) = sync_channel(64);
    let receiver = Arc::new(Mutex::new(receiver));
    thread::scope(|scope| {
        let client = || {
            let receiver = Arc::clone(&receiver);
            scope.spawn(move || post_each(&format!("{url}/events"), &receiver))
        };
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| client()).collect();
        garbage.send_half(&sender);
        drop(sender);
        let mut told = Told::default();
        for client in clients {
            let part = client.join().expect("a client");
            told.accepted += part.accepted;
            told.requests += part.requests;
            told.neighbours.extend(part.neighbours);
        }
        told
    })
}

fn post_each(url: &str, bodies: &Mutex<Receiver<Body>>) -> Told {
    let client = HttpClient::new(None);
    let mut told = Told::default();
    loop {
        let body = bodies.lock().expect("bodies").recv();
        let Ok(Body { bytes, neighbours }) = body else { return told };
        let text = String::from_utf8_lossy(&bytes);
        let answer = client.try_post(url, &bytes, &[]);
        let answer = answer.unwrap_or_else(|error| panic!("{error} to {text}"));
        let expected: &[u16] = if neighbours.is_empty() { &[200, 400] } else { &[200] };
        assert!(expected.contains(&answer.status), "{} {} to {text}", answer.status, answer.json);
        told.accepted += answer.json["data"]["accepted"].as_u64().unwrap_or_default();
        told.requests += 1;
        told.neighbours.extend(neighbours);
    }
}

/// Bodies with wrong events, each of a kind in which it can't be the body that is wrong.
struct Garbage {
    mutations: Mutations,
    mutated: u64,
    arrays: Body,
    lines: Body,
    waiting: [usize; 2],
    neighbours: usize,
}

/// Of which kinds of body an event may be a part.
#[derive(Clone, Copy)]
enum Kind {
    Array = 0,
    Lines = 1,
}

impl Garbage {
    fn new(seed: u64) -> Self {
        Garbage {
            mutations: Mutations::new(seed),
            mutated: 0,
            arrays: Body::default(),
            lines: Body::default(),
            waiting: [0; 2],
            neighbours: 0,
        }
    }

    fn send_half(&mut self, sender: &SyncSender<Body>) {
        for _ in 0..times(MUTATED) / 2 {
            let mutated = self.mutations.event(self.mutated);
            self.mutated += 1;
            let body = match kind_of(&mutated, self.waiting) {
                Some(kind) => self.add(kind, &mutated),
                None => Some(Body { bytes: mutated, neighbours: Vec::new() }),
            };
            if let Some(body) = body {
                sender.send(body).expect("clients");
            }
        }
        for kind in [Kind::Array, Kind::Lines] {
            sender.send(self.finish(kind)).expect("clients");
        }
    }

    /// The body, when it is large enough. It begins with a neighbour, as its first bytes tell in which
    /// encoding all of it is.
    fn add(&mut self, kind: Kind, mutated: &[u8]) -> Option<Body> {
        if self.waiting[kind as usize] == 0 {
            self.add_neighbour(kind);
        }
        self.push(kind, mutated);
        self.waiting[kind as usize] += 1;
        let number = self.waiting[kind as usize];
        if number.is_multiple_of(MUTATED_PER_NEIGHBOUR) {
            self.add_neighbour(kind);
        }
        (number == MUTATED_PER_BODY).then(|| self.finish(kind))
    }

    fn add_neighbour(&mut self, kind: Kind) {
        self.neighbours += 1;
        let id = format!("neighbour-{}", self.neighbours);
        let trace = format!("neighbours-{}", self.neighbours / 40);
        let neighbour = event(&trace, &id, "2026-11-22T12:00:00Z").to_string();
        self.push(kind, neighbour.as_bytes());
        self.body(kind).neighbours.push(id);
    }

    fn push(&mut self, kind: Kind, event: &[u8]) {
        let body = self.body(kind);
        match kind {
            Kind::Array => body.bytes.push(if body.bytes.is_empty() { b'[' } else { b',' }),
            Kind::Lines => body.bytes.push(b'\n'),
        }
        body.bytes.extend_from_slice(event);
    }

    fn body(&mut self, kind: Kind) -> &mut Body {
        match kind {
            Kind::Array => &mut self.arrays,
            Kind::Lines => &mut self.lines,
        }
    }

    /// With a neighbour at least.
    fn finish(&mut self, kind: Kind) -> Body {
        self.add_neighbour(kind);
        self.waiting[kind as usize] = 0;
        let mut body = mem::take(self.body(kind));
        if matches!(kind, Kind::Array) {
            body.bytes.push(b']');
        }
        body
    }
}

/// JSON may be part of an array, text that is one line part of lines; the rest is a body by itself.
fn kind_of(event: &[u8], waiting: [usize; 2]) -> Option<Kind> {
    let text = std::str::from_utf8(event).ok()?;
    let is_line = !text.contains('\n') && !text.trim().is_empty();
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
    match (is_json, is_line) {
        (true, true) if waiting[0] > waiting[1] => Some(Kind::Lines),
        (true, _) => Some(Kind::Array),
        (false, true) => Some(Kind::Lines),
        (false, false) => None,
    }
}
