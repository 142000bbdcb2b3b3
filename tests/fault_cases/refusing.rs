//! Postgres is there and refuses: that is no reason to lose or refuse anything.

use crate::fault_cases::stage::{Stage, conclude, light_load};
use crate::harness::{Driver, Site};

/// There are as many as are allowed: none. Superusers would get one all the same.
pub(crate) fn connections() {
    let stage = Stage::new();
    let mut client = stage.database.connect();
    client
        .batch_execute(
            "CREATE ROLE sidecar LOGIN;
             GRANT EXECUTE ON FUNCTION raceway_ingest_batches(text[]) TO sidecar;
             GRANT SELECT ON traces, frames, stored_events TO sidecar",
        )
        .expect("a role");
    let through = stage.database.for_role("sidecar").through(&[&stage.proxy]);
    let site = Site::on(&through);
    survive(
        "Postgres took no connections",
        &stage,
        &site,
        "CONNECTION LIMIT 0",
        "CONNECTION LIMIT -1",
    );
}

/// As a primary is that has become a standby. Sessions that were opened then stay read-only.
pub(crate) fn read_only() {
    let stage = Stage::new();
    let site = stage.site();
    survive(
        "Postgres was read-only",
        &stage,
        &site,
        "SET default_transaction_read_only = on",
        "RESET default_transaction_read_only",
    );
}

fn survive(name: &str, stage: &Stage, site: &Site, refuse: &str, take: &str) {
    let mut superuser = stage.cluster.database("postgres").connect();
    let mut alter = |change: &str| {
        let sql = format!("ALTER DATABASE {} {change}", stage.database.name);
        superuser.batch_execute(&sql).expect(&sql);
    };
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[site]));
    driver.await_acknowledged(5);
    alter(refuse);
    end_sessions(stage);
    driver.await_acknowledged(40);
    let ready = sidecar.get("/readyz").data();
    assert_eq!(ready["degraded"], true, "{ready}");
    alter(take);
    sidecar.await_drained();
    driver.await_acknowledged(5);
    let ledger = conclude(name, driver, &[&sidecar], &stage.database);
    assert_eq!(ledger.refusals().next(), None);
}

fn end_sessions(stage: &Stage) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'raceway-sidecar'";
    stage.cluster.database("postgres").connect().batch_execute(sql).expect("pg_terminate_backend");
}
