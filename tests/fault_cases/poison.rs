//! What would be somebody's undoing comes beside sound events: these are stored, exported and part
//! of a snapshot, each of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::fault_cases::stage::{Stage, conclude, light_load};
use crate::harness::{
    Batches, Driver, Flavour, Load, Network, Sidecar, Site, await_until, beside, stored_ids,
};

const LIMIT: Duration = Duration::from_mins(1);

/// Values that no JSON has, or that a store can't hold.
const VALUES: [&str; 6] = ["NaN", "1e999999", r#""\ud83d""#, "\"\u{1}\"", "Infinity", r#"{"a"}"#];

/// Instants that are none, or become one of the year 10000.
const INSTANTS: [&str; 3] =
    ["9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01", "+10000-01-01T00:00:00Z"];

fn wrong_events() -> Vec<String> {
    let of = |instant: &str, value: &str| {
        format!(
            r#"{{"id":"wrong","trace_id":"wrong","timestamp":"{instant}","kind":{{"K":{value}}}}}"#
        )
    };
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let values = VALUES.into_iter().chain([&*deep]).map(|value| of("2026-11-22T12:00:00Z", value));
    let instants = INSTANTS.into_iter().map(|instant| of(instant, "{}"));
    values.chain(instants).chain(["7".to_owned()]).collect()
}

pub(crate) fn by_the_extension() {
    in_postgres("poison in the extension", Flavour::Extension);
}

pub(crate) fn by_plain_sql() {
    in_postgres("poison in plain SQL", Flavour::PlainSql);
}

/// A part of it goes through the spool.
fn in_postgres(name: &str, flavour: Flavour) {
    let stage = Stage::of(flavour);
    let site = stage.site();
    let sidecar = site.start();
    let driver = Driver::start(Load { beside: wrong_events(), ..light_load(&[&site]) });
    driver.await_acknowledged(40);
    stage.proxy.set(Network::Refuse);
    driver.await_acknowledged(40);
    stage.proxy.set(Network::Pass);
    sidecar.await_drained();
    driver.await_acknowledged(20);
    let ledger = conclude(name, driver, &[&sidecar], &stage.database);
    assert_eq!(ledger.refusals().next(), None);
    assert!(!sidecar.log().contains("panicked"), "{}", sidecar.log());
    assert_eq!(exported_ids(&sidecar), sorted(stored_ids(&stage.database)));
}

/// Through restarts.
pub(crate) fn in_memory() {
    const BATCHES: u64 = 100;
    let site = Site::memory().with("STORAGE__MEMORY__SNAPSHOT", "events.ndjson.zst");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let start = i64::try_from(now.as_micros()).expect("before the year 9999");
    let batches = Batches { size: 20, start };
    let wrong_events = wrong_events();
    let mut ids = Vec::new();
    for round in 0..3 {
        let mut sidecar = site.start();
        await_until("the snapshot is read", LIMIT, || sidecar.get("/readyz").status == 200);
        assert_eq!(exported_ids(&sidecar), ids);
        for (batch, wrong) in (round * BATCHES..).zip(wrong_events.iter().cycle()).take(100) {
            let data = sidecar.post(&beside(wrong, &batches.body(batch))).data();
            assert_eq!((&data["accepted"], &data["rejected_total"]), (&20.into(), &1.into()));
            ids.extend(batches.numbers(batch).map(Batches::id));
        }
        ids = sorted(ids);
        assert_eq!(exported_ids(&sidecar), ids);
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }
}

fn exported_ids(sidecar: &Sidecar) -> Vec<String> {
    let id = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        event["id"].as_str().expect("an id").to_owned()
    };
    sorted(sidecar.export("").lines().map(id).collect())
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}
