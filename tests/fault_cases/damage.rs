//! The spool is damaged while no sidecar runs: only what the damage touches is lost, and it is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fault_cases::spool::{Record, Spool};
use crate::fault_cases::stage::{Stage, seed, times};
use crate::harness::{Network, Random, Site, event, stored_ids};

const REQUESTS: usize = 20;

/// One way of damaging a spool, at one place.
struct Damage {
    what: String,
    spool: Spool,
    /// Ids of what is left.
    expected: BTreeSet<String>,
    /// Whether a reader can see it.
    is_visible: bool,
}

pub(crate) fn truncated() {
    survive("a spool was truncated", truncate);
}

pub(crate) fn flipped() {
    survive("a byte of a spool was another", flip);
}

fn survive(name: &str, damage: fn(&Spool, &mut Random) -> Damage) {
    let stage = Stage::new();
    let site = stage.site();
    let spool = prepare(&stage, &site);
    let mut random = Random::new(seed(name));
    let mut told = 0;
    for _ in 0..times(200) {
        let damage = damage(&spool, &mut random);
        told += replay(&stage, &site, &damage);
    }
    println!("{name}: {} times, {told} damaged places told", times(200));
}

/// What is in a spool when a sidecar without Postgres is killed.
fn prepare(stage: &Stage, site: &Site) -> Spool {
    stage.proxy.set(Network::Refuse);
    let mut sidecar = site.start();
    for request in 0..REQUESTS {
        let event =
            |n| event(&format!("t-{request}"), &format!("{request}-{n}"), "2026-11-22T12:00:00Z");
        let events: Vec<Value> = (0..=request % 4).map(event).collect();
        let data = sidecar.post(&Value::from(events).to_string()).data();
        assert_eq!(
            (&data["stored_in"], &data["durable"]),
            (&"spool".into(), &true.into()),
            "{data}"
        );
    }
    sidecar.kill();
    stage.proxy.set(Network::Pass);
    let spool = Spool::read(&site.spool());
    let records = spool.segments().iter().map(|segment| segment.records().len()).sum::<usize>();
    assert_eq!(records, REQUESTS);
    spool
}

/// Starts a sidecar on the damaged spool and an empty store; how many damaged places it tells of.
fn replay(stage: &Stage, site: &Site, damage: &Damage) -> u64 {
    stage.database.connect().batch_execute("TRUNCATE traces").expect("TRUNCATE");
    damage.spool.write(&site.spool());
    let mut sidecar = site.start();
    sidecar.await_drained();
    let stored = stored_ids(&stage.database);
    let told = sidecar.get("/status").data()["spool"]["damaged"].as_u64().expect("a number");
    sidecar.kill();
    assert_eq!(stored.len(), damage.expected.len(), "{}", damage.what);
    assert_eq!(BTreeSet::from_iter(stored), damage.expected, "{}", damage.what);
    assert_eq!(told > 0, damage.is_visible, "{}: {told} places told", damage.what);
    assert_eq!(has_damaged_file(&site.spool()), damage.is_visible, "{}", damage.what);
    told
}

fn has_damaged_file(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).expect("a spool").filter_map(Result::ok);
    entries.any(|entry| entry.file_name().to_string_lossy().starts_with("damaged-"))
}

/// All from a byte on is gone. At the end of a record, nobody can know that there were others.
fn truncate(spool: &Spool, random: &mut Random) -> Damage {
    let (number, place) = any_byte(spool, random);
    let records = spool.segments()[number].records();
    let mut damaged = spool.clone();
    damaged.segment_mut(number).bytes.truncate(place);
    Damage {
        what: format!("truncated at byte {place} of segment {number}"),
        spool: damaged,
        expected: ids_without(spool, number, |record| record.place.end > place),
        is_visible: !records.iter().any(|record| record.place.start == place),
    }
}

fn flip(spool: &Spool, random: &mut Random) -> Damage {
    let (number, place) = any_byte(spool, random);
    let mask = random.byte().max(1);
    let mut damaged = spool.clone();
    damaged.segment_mut(number).bytes[place] ^= mask;
    Damage {
        what: format!("byte {place} of segment {number} is XOR {mask:#04x}"),
        spool: damaged,
        expected: ids_without(spool, number, |record| record.place.contains(&place)),
        is_visible: true,
    }
}

fn any_byte(spool: &Spool, random: &mut Random) -> (usize, usize) {
    let number = random.below(spool.segments().len());
    (number, random.below(spool.segments()[number].bytes.len()))
}

/// The ids of all records but those that the damage of a segment touches.
fn ids_without(
    spool: &Spool,
    damaged: usize,
    touches: impl Fn(&Record) -> bool,
) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (number, segment) in spool.segments().iter().enumerate() {
        let records = segment.records().into_iter();
        let whole = records.filter(|record| number != damaged || !touches(record));
        ids.extend(whole.flat_map(|record| record.ids));
    }
    ids
}
