//! The primary is gone for good; its standby takes over.

use crate::fault_cases::stage::{Stage, conclude, light_load};
use crate::harness::{Cluster, Driver, Site, await_until};

const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

/// With synchronous replication: what was committed is on the standby.
pub(crate) fn promoted() {
    let mut stage = Stage::new();
    let standby = stage.cluster.standby();
    require_standby(&stage.cluster);
    let standby_proxy = standby.proxy();
    let hosts = stage.database.through(&[&stage.proxy, &standby_proxy]);
    let site = Site::on(&format!("{hosts} target_session_attrs=read-write"));
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    driver.await_acknowledged(50);
    stage.cluster.kill();
    driver.await_acknowledged(20);
    promote(&standby);
    driver.await_acknowledged(20);
    sidecar.await_drained();
    driver.await_acknowledged(20);
    let database = standby.database(&stage.database.name);
    conclude("a standby was promoted", driver, &[&sidecar], &database);
}

fn require_standby(primary: &Cluster) {
    let mut client = primary.database("postgres").connect();
    client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").expect("ALTER SYSTEM");
    client.batch_execute("SELECT pg_reload_conf()").expect("pg_reload_conf");
    await_until("commits wait for the standby", LIMIT, || {
        let sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        client.query_one(sql, &[]).expect("pg_stat_replication").get::<_, i64>(0) > 0
    });
}

fn promote(standby: &Cluster) {
    let mut client = standby.database("postgres").connect();
    let row = client.query_one("SELECT pg_promote()", &[]).expect("pg_promote");
    assert!(row.get::<_, bool>(0), "promoted within a minute");
}
