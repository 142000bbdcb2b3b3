//! Two sidecars on one database: clients that lose one go to the other, and send too much rather
//! than too little.

use crate::fault_cases::stage::{Stage, conclude, light_load, times};
use crate::harness::{Driver, Load, Network};

pub(crate) fn killed_in_turn() {
    let stage = Stage::new();
    let sites = [stage.site(), stage.site()];
    let mut sidecars = [sites[0].start(), sites[1].start()];
    let load = light_load(&[&sites[0], &sites[1]]);
    let driver = Driver::start(Load { repeat_every: Some(3), ..load });
    for round in 0..times(10) {
        driver.await_acknowledged(10);
        // Every other pair of rounds, what is sent to both is in both spools.
        if round % 4 > 1 {
            stage.proxy.set(Network::Refuse);
            driver.await_acknowledged(10);
        }
        let victim = round % 2;
        sidecars[victim].kill();
        driver.await_refusal();
        sidecars[victim] = sites[victim].start();
        stage.proxy.set(Network::Pass);
    }
    driver.await_acknowledged(10);
    let [one, other] = &sidecars;
    conclude("two sidecars were killed in turn", driver, &[one, other], &stage.database);
}
