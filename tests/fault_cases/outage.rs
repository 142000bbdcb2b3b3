//! Postgres is away for minutes under load: memory stays flat, and the sidecar catches up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::fault_cases::stage::Stage;
use crate::harness::{Database, Driver, Load, Network, Sidecar, Site, Unacknowledged};

const RATE: u32 = 5_000;
const OUTAGE: Duration = Duration::from_mins(5);

/// Until buffers and pools have their size.
const WARM_UP: Duration = Duration::from_secs(20);
const FLAT_WITHIN: u64 = 64 << 20;

const CATCH_UP_LIMIT: Duration = Duration::from_mins(10);

pub(crate) fn five_minutes() {
    let stage = Stage::with("max_wal_size = '4GB'");
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(load(&site));
    driver.await_acknowledged(100);
    stage.proxy.set(Network::Refuse);
    thread::sleep(WARM_UP);
    let is_over = AtomicBool::new(false);
    let (memory, catch_up) = thread::scope(|scope| {
        let memory = scope.spawn(|| memory_until(&is_over, &sidecar));
        thread::sleep(OUTAGE.saturating_sub(WARM_UP));
        let catch_up = catch_up(&stage, &sidecar, &driver);
        is_over.store(true, Ordering::SeqCst);
        (memory.join().expect("memory"), catch_up)
    });
    let ledger = driver.stop();
    sidecar.await_drained();
    assert_eq!(ledger.refusals().next(), None);
    let slowest = ledger.posts().iter().map(|post| post.took).max().expect("posts");
    let tally = ledger.assert_kept(&stage.database);
    let growth = memory.1 - memory.0;
    println!(
        "Postgres was away for {OUTAGE:?}: {tally:?}; slowest post {slowest:?}; memory {} to {} \
         MiB; caught up in {:?}, storing {:.0} events/s of which {:.0} had waited, while {RATE} \
         arrived",
        memory.0 >> 20,
        memory.1 >> 20,
        catch_up.took,
        catch_up.stored_per_second,
        catch_up.waiting_per_second,
    );
    assert!(growth <= FLAT_WITHIN, "memory grew by {growth} bytes");
    let goal = 3.0 * f64::from(RATE);
    assert!(catch_up.stored_per_second >= goal, "{} events/s", catch_up.stored_per_second);
}

fn load(site: &Site) -> Load {
    Load {
        urls: vec![site.url()],
        clients: 8,
        batch_size: 100,
        events_per_second: Some(RATE),
        unacknowledged: Unacknowledged::GiveUp,
        repeat_every: None,
        beside: Vec::new(),
    }
}

/// The least and the most, second by second.
fn memory_until(is_over: &AtomicBool, sidecar: &Sidecar) -> (u64, u64) {
    let mut range = (u64::MAX, 0);
    while !is_over.load(Ordering::SeqCst) {
        let now = sidecar.resident_bytes();
        range = (range.0.min(now), range.1.max(now));
        thread::sleep(Duration::from_secs(1));
    }
    range
}

struct CatchUp {
    took: Duration,
    stored_per_second: f64,
    waiting_per_second: f64,
}

fn catch_up(stage: &Stage, sidecar: &Sidecar, driver: &Driver) -> CatchUp {
    let stored = stored_events(&stage.database);
    let waiting = f64::from(u32::try_from(driver.acknowledged() * 100).expect("events")) - stored;
    let start = Instant::now();
    stage.proxy.set(Network::Pass);
    sidecar.await_drained_within(CATCH_UP_LIMIT);
    let took = start.elapsed();
    let stored = stored_events(&stage.database) - stored;
    CatchUp {
        took,
        stored_per_second: stored / took.as_secs_f64(),
        waiting_per_second: waiting / took.as_secs_f64(),
    }
}

fn stored_events(database: &Database) -> f64 {
    let sql = "SELECT coalesce(sum(event_count), 0)::float8 FROM traces";
    database.connect().query_one(sql, &[]).expect("traces").get(0)
}
