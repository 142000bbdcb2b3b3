//! Processes of Postgres are killed; it recovers from its log, and the sidecar goes on.

use crate::fault_cases::stage::{Stage, conclude, light_load, times};
use crate::harness::{Driver, await_until, send_signal};

const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

/// One is enough: Postgres then ends all others, and starts afresh.
pub(crate) fn backend() {
    let stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    for round in 0..times(30) {
        driver.await_acknowledged(3);
        let mut backends = Vec::new();
        await_until("a backend serves the sidecar", LIMIT, || {
            backends = stage.database.sidecar_backends();
            !backends.is_empty()
        });
        let known = stage.cluster.recoveries();
        send_signal("KILL", backends[round % backends.len()]);
        await_until("Postgres starts afresh", LIMIT, || stage.cluster.recoveries() > known);
        stage.cluster.await_connections();
        driver.await_acknowledged(3);
        sidecar.await_drained();
    }
    conclude("a backend was killed", driver, &[&sidecar], &stage.database);
}

pub(crate) fn whole() {
    let mut stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    for round in 0..times(10) {
        driver.await_acknowledged(3);
        stage.cluster.kill();
        if round % 2 == 0 {
            driver.await_acknowledged(10);
        }
        stage.cluster.restart();
        driver.await_acknowledged(3);
        sidecar.await_drained();
    }
    conclude("Postgres was killed", driver, &[&sidecar], &stage.database);
}
