//! The network between sidecar and Postgres fails, and comes back.

use crate::fault_cases::stage::{Stage, conclude, light_load, seed, times};
use crate::harness::{Driver, Network, Random, await_until};

const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

/// Bytes of a light load's request, about.
const REQUEST: usize = 12_000;

/// Ten times, in all the ways in which it ends or hangs.
pub(crate) fn cut() {
    let ways = [Network::Refuse, Network::Reset, Network::Hang];
    let failures = (0..times(10)).map(|round| ways[round % ways.len()]);
    survive("the network was cut", failures);
}

/// Postgres sees the start of a request.
pub(crate) fn cut_mid_request() {
    let mut random = Random::new(seed("the network is cut within a request"));
    let failures = (0..times(10)).map(|_| Network::CutMidRequest(random.below(REQUEST)));
    survive("the network was cut within a request", failures);
}

/// The events are stored, and the sidecar doesn't know: it has to ask again without storing twice.
pub(crate) fn cut_before_the_answer() {
    let failures = (0..times(10)).map(|_| Network::CutAfterRequest);
    survive("the network was cut before the answer", failures);
}

fn survive(name: &str, failures: impl Iterator<Item = Network>) {
    let stage = Stage::new();
    let site = stage.site().with("STORAGE__POSTGRES__DEADLINE_SECONDS", "1");
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    for failure in failures {
        driver.await_acknowledged(3);
        let cuts = stage.proxy.cuts();
        stage.proxy.set(failure);
        if failure != Network::Hang {
            await_until("a connection is cut", LIMIT, || stage.proxy.cuts() > cuts);
        }
        driver.await_acknowledged(10);
        stage.proxy.set(Network::Pass);
        driver.await_acknowledged(3);
        sidecar.await_drained();
    }
    conclude(name, driver, &[&sidecar], &stage.database);
}
