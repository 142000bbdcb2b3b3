//! The sidecar is killed at any time; what it has acknowledged is on disk or in Postgres.

use crate::fault_cases::stage::{Stage, conclude, light_load, times};
use crate::harness::{Driver, Load, Network, Sidecar, Site, await_until};

const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

pub(crate) fn killed() {
    let stage = Stage::new();
    let site = stage.site().with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
    let mut sidecar = site.start();
    // So much that a drain takes several transactions.
    let load = Load { batch_size: 100, events_per_second: Some(2_000), ..light_load(&[&site]) };
    let driver = Driver::start(load);
    for round in 0..times(30) {
        sidecar = match round % 3 {
            0 => kill_while_postgres_is_there(&site, sidecar, &driver),
            1 => kill_while_postgres_is_away(&stage, &site, sidecar, &driver),
            _ => kill_while_it_drains(&stage, &site, sidecar, &driver),
        };
        driver.await_acknowledged(5);
    }
    conclude("the sidecar was killed", driver, &[&sidecar], &stage.database);
}

fn kill_while_postgres_is_there(site: &Site, mut sidecar: Sidecar, driver: &Driver) -> Sidecar {
    driver.await_acknowledged(5);
    sidecar.kill();
    driver.await_refusal();
    site.start()
}

/// And again, so that it starts with a spool and no Postgres.
fn kill_while_postgres_is_away(
    stage: &Stage,
    site: &Site,
    mut sidecar: Sidecar,
    driver: &Driver,
) -> Sidecar {
    stage.proxy.set(Network::Reset);
    for _ in 0..2 {
        driver.await_acknowledged(10);
        sidecar.kill();
        sidecar = site.start();
    }
    driver.await_acknowledged(10);
    stage.proxy.set(Network::Pass);
    sidecar.await_drained();
    sidecar
}

fn kill_while_it_drains(
    stage: &Stage,
    site: &Site,
    mut sidecar: Sidecar,
    driver: &Driver,
) -> Sidecar {
    stage.proxy.set(Network::Refuse);
    driver.await_acknowledged(60);
    let stored = stored_events(stage);
    stage.proxy.set(Network::Pass);
    await_until("it drains", LIMIT, || stored_events(stage) > stored);
    sidecar.kill();
    site.start()
}

fn stored_events(stage: &Stage) -> i64 {
    let sql = "SELECT coalesce(sum(event_count), 0)::bigint FROM traces";
    stage.database.connect().query_one(sql, &[]).expect("traces").get(0)
}
