//! The sidecar is started first, Postgres a minute later.

use std::thread;
use std::time::Duration;

use crate::fault_cases::stage::{conclude, light_load};
use crate::harness::{Cluster, Driver, Flavour, Site};

const ABSENCE: Duration = Duration::from_mins(1);

/// Without a schema either: the sidecar installs it then.
pub(crate) fn a_minute() {
    let mut cluster = Cluster::start("");
    let database = cluster.create_named("faults", Flavour::Extension);
    cluster.stop();
    let site = Site::on(&database.to_string());
    let sidecar = site.start();
    assert_eq!(sidecar.get("/livez").status, 200);
    let driver = Driver::start(light_load(&[&site]));
    driver.await_acknowledged(1);
    let ready = sidecar.get("/readyz").data();
    assert_eq!(ready["degraded"], true, "{ready}");
    assert_eq!(sidecar.get("/api/traces").json["degraded"], true);
    thread::sleep(ABSENCE);
    cluster.restart();
    sidecar.await_drained();
    let ready = sidecar.get("/readyz").data();
    assert_eq!(ready["degraded"], false, "{ready}");
    driver.await_acknowledged(3);
    conclude("Postgres arrived after a minute", driver, &[&sidecar], &database);
}
