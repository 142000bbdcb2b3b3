//! The check that every case relies on can fail.

use crate::fault_cases::stage::{Stage, light_load};
use crate::harness::{Driver, Tally};

pub(crate) fn sees_what_is_wrong() {
    let stage = Stage::new();
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(light_load(&[&site]));
    driver.await_acknowledged(5);
    let ledger = driver.stop();
    sidecar.await_drained();
    let sound = ledger.assert_kept(&stage.database);
    assert_eq!(sound.stored, sound.acknowledged);
    let mut client = stage.database.connect();
    let mut tally_after = |sql: &str| {
        client.batch_execute(sql).expect(sql);
        ledger.tally(&stage.database)
    };
    let one = "(SELECT min(event_id) FROM events)";
    let again = tally_after(&format!(
        "INSERT INTO events (event_id, trace_id, kind, timestamp)
         SELECT {one}, 'another trace', 'Custom', now()"
    ));
    assert_eq!(again, Tally { stored: sound.stored + 1, stored_again: 1, ..sound });
    let missing = tally_after(&format!("DELETE FROM events WHERE event_id = {one}"));
    assert_eq!(missing, Tally { stored: sound.stored - 1, missing: 1, ..sound });
    let unknown = tally_after(
        "INSERT INTO events (event_id, trace_id, kind, timestamp)
         VALUES ('from elsewhere', 'another trace', 'Custom', now())",
    );
    assert_eq!(unknown, Tally { unknown: 1, ..missing });
}
