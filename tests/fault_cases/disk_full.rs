//! The spool's disk is full while Postgres is away: clients are told, and nothing more.

use crate::fault_cases::stage::{Stage, conclude, light_load};
use crate::harness::{Driver, Load, Network, SmallDisk, await_until};

const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

pub(crate) fn full() {
    let stage = Stage::new();
    let disk = SmallDisk::mount("8m", 0);
    let spool = disk.path().join("spool");
    let site = stage.site().with("STORAGE__FALLBACK__PATH", &spool.display().to_string());
    let sidecar = site.start();
    let driver = Driver::start(Load {
        batch_size: 100,
        events_per_second: Some(4_000),
        ..light_load(&[&site])
    });
    driver.await_acknowledged(5);
    stage.proxy.set(Network::Refuse);
    driver.await_refusal();
    await_until("the sidecar is not ready", LIMIT, || sidecar.get("/readyz").status == 503);
    assert_eq!(sidecar.get("/livez").status, 200);
    stage.proxy.set(Network::Pass);
    await_until("the sidecar is ready", LIMIT, || sidecar.get("/readyz").status == 200);
    driver.await_acknowledged(50);
    let name = "the disk of the spool was full";
    let ledger = conclude(name, driver, &[&sidecar], &stage.database);
    for refusal in ledger.refusals() {
        assert_eq!(refusal.status, Some(503), "{refusal:?}");
        let seconds = refusal.retry_after.as_deref().map(str::parse::<u32>);
        assert!(matches!(seconds, Some(Ok(1..))), "{refusal:?}");
    }
}
