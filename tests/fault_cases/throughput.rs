//! How many events a second are safe on disk while Postgres is away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::fault_cases::stage::Stage;
use crate::harness::{Batches, HttpClient, Network, stored_ids};

const BATCHES: u64 = 3_000;
const BATCH: u16 = 100;
const CONNECTIONS: usize = 16;

/// Half of what is aimed at: the clients are on the same machine.
const AT_LEAST: f64 = 20_000.0;

pub(crate) fn measured() {
    let stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    stage.proxy.set(Network::Refuse);
    let bodies = bodies();
    sidecar.post(&bodies[0]).data();
    let start = Instant::now();
    post(&format!("{}/events", site.url()), &bodies);
    let events = f64::from(BATCH) * f64::from(u32::try_from(bodies.len()).expect("batches"));
    let rate = events / start.elapsed().as_secs_f64();
    println!("throughput without Postgres: {rate:.0} events/s");
    stage.proxy.set(Network::Pass);
    sidecar.await_drained();
    assert_eq!(stored_ids(&stage.database).len(), bodies.len() * usize::from(BATCH));
    stage.database.assert_traces_are_true();
    assert!(rate >= AT_LEAST, "{rate:.0} events/s");
}

fn bodies() -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let start = i64::try_from(now.as_micros()).expect("before the year 9999");
    let batches = Batches { size: BATCH.into(), start };
    (0..BATCHES).map(|batch| batches.body(batch)).collect()
}

fn post(url: &str, bodies: &[String]) {
    let next = AtomicUsize::new(0);
    let client = || {
        let client = HttpClient::new(None);
        while let Some(body) = bodies.get(next.fetch_add(1, Ordering::SeqCst)) {
            let answer = client.try_post(url, body.as_bytes(), &[]).expect("an answer");
            assert_eq!(answer.data()["durable"], true);
        }
    };
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(client);
        }
    });
}
