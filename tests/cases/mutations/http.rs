//! Five sidecars are sent the same bodies: three on a store each, and two whose Postgres is away.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;

use super::findings::{Findings, shown};
use super::sent::accepted_events;
use super::verdict::Verdict;
use super::{Bodies, Seen};
use crate::harness::{Database, Exported, Flavour, HttpClient, Network, Proxy, Sidecar, Site};
use crate::{StoreKind, World};

/// At a time: so many share a transaction.
const CLIENTS: usize = 16;

/// Lines of an export that are sent at once.
const IMPORTED: usize = 1_000;

/// What was sent and taken, so far.
#[derive(Default)]
struct Told {
    seen: Seen,
    sent: Vec<Value>,
}

pub(super) fn judge(world: &World, bodies: &Bodies) -> Seen {
    let stores = Stores::start(world);
    let mut told = post_all(&stores, bodies);
    stores.drain();
    let findings = &mut told.seen.findings;
    let export = findings.export(&stores.all[0].sidecar, "memory");
    let memory = Exported::read(&export);
    if memory.len() as u64 != told.seen.accepted {
        let told = format!("{} were accepted, {} are there", told.seen.accepted, memory.len());
        findings.add("accepted is not what is there".to_owned(), || told);
    }
    findings.add_differences("memory", memory.differences_from_sent(&told.sent));
    import_again(&export, &memory, findings);
    for store in &stores.all[1..] {
        let exported = Exported::read(&findings.export(&store.sidecar, &store.name));
        findings.add_differences(&store.name, exported.differences(&memory));
    }
    for store in &stores.all {
        let log = store.sidecar.log();
        if log.contains("panicked") {
            findings.add("a task panicked".to_owned(), || format!("{}: {log}", store.name));
        }
    }
    stores.end(world);
    told.seen
}

/// Each event is valid as it is exported, and remains what it is.
fn import_again(export: &str, exported: &Exported, findings: &mut Findings) {
    let sidecar = Sidecar::memory();
    let lines: Vec<&str> = export.lines().collect();
    for lines in lines.chunks(IMPORTED) {
        let data = sidecar.post(&lines.join("\n")).data();
        if data["accepted"] != lines.len() {
            let told = format!("of {} events, {data}", lines.len());
            findings.add("an export is not imported again".to_owned(), || told);
        }
    }
    let again = Exported::read(&findings.export(&sidecar, "who imported an export"));
    findings.add_differences("who imported an export", again.differences(exported));
}

/// A sidecar by what it stands for.
struct Store {
    name: String,
    sidecar: Sidecar,
    /// That is its own.
    database: Option<Database>,
}

/// The one in memory first.
struct Stores {
    all: Vec<Store>,
    proxy: Proxy,
    /// Where the spools are.
    _sites: Vec<Site>,
}

impl Stores {
    fn start(world: &World) -> Self {
        let proxy = world.cluster().proxy();
        let memory = StoreKind::Memory.name().to_owned();
        let mut all = vec![Store { name: memory, sidecar: Sidecar::memory(), database: None }];
        let mut sites = Vec::new();
        for flavour in Flavour::ALL {
            let database = world.cluster().create_with(flavour);
            let sidecar = Sidecar::postgres(&database);
            all.push(Store { name: flavour.name().into(), sidecar, database: Some(database) });
        }
        for flavour in Flavour::ALL {
            let database = world.cluster().create_with(flavour);
            let site = Site::on(&database.through(&[&proxy]));
            let name = format!("{} through an outage", flavour.name());
            all.push(Store { name, sidecar: site.start(), database: Some(database) });
            sites.push(site);
        }
        proxy.set(Network::Refuse);
        Stores { all, proxy, _sites: sites }
    }

    /// Postgres is back.
    fn drain(&self) {
        self.proxy.set(Network::Pass);
        for store in &self.all[1..] {
            store.sidecar.await_drained();
        }
    }

    fn end(self, world: &World) {
        for Store { sidecar, database, .. } in self.all {
            drop(sidecar);
            if let Some(database) = database {
                world.cluster().drop_database(database);
            }
        }
    }
}

fn post_all(stores: &Stores, bodies: &Bodies) -> Told {
    let next = AtomicU64::new(bodies.numbers.start);
    let told = Mutex::<Told>::default();
    let client = || {
        let client = HttpClient::new(None);
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= bodies.numbers.end {
                return;
            }
            post(&client, stores, bodies, number, &told);
        }
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(client);
        }
    });
    told.into_inner().expect("told")
}

/// To each store; again at once, if it is to be sent again.
fn post(client: &HttpClient, stores: &Stores, bodies: &Bodies, number: u64, told: &Mutex<Told>) {
    let body = bodies.get(number);
    for _ in 0..Bodies::times(number) {
        let verdict = |store: &Store| Verdict::ask(client, &store.sidecar, &body);
        let verdicts: Vec<Verdict> = stores.all.iter().map(verdict).collect();
        let mut findings = Findings::default();
        compare(stores, &verdicts, &body, &bodies.name(number), &mut findings);
        let sent = accepted_events(&body, &verdicts[0], &mut findings);
        let mut told = told.lock().expect("told");
        told.seen.accepted += verdicts[0].count("accepted");
        told.seen.rejected += verdicts[0].count("rejected_total");
        told.seen.refused += u64::from(verdicts[0].status != 200);
        told.seen.findings.extend(findings);
        told.sent.extend(sent);
    }
}

/// All are that of the memory, which is right by itself.
fn compare(
    stores: &Stores,
    verdicts: &[Verdict],
    body: &[u8],
    name: &str,
    findings: &mut Findings,
) {
    let (memory, others) = verdicts.split_first().expect("the one in memory");
    let others = stores.all[1..].iter().zip(others).filter(|(_, other)| *other != memory);
    let others: Vec<_> = others.collect();
    let body = || format!("{name}\n  {}\n  memory: {memory}", shown(body));
    if let Some(fault) = memory.fault() {
        findings.add(fault.to_owned(), body);
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|(store, _)| store.name.as_str()).collect();
        findings.add(format!("{} answer otherwise than memory", names.join(", ")), || {
            let others = others.iter().map(|(store, other)| format!("\n  {}: {other}", store.name));
            body() + &others.collect::<String>()
        });
    }
}
