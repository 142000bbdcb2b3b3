//! The rules of Chrome's "Trace Event Format", and of how Perfetto imports it.

use std::collections::{BTreeMap, BTreeSet};

use raceway_formats::Format;
use serde::Deserialize;

use crate::case::Case;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    display_time_unit: String,
    other_data: BTreeMap<String, serde_json::Value>,
    trace_events: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    ph: String,
    pid: u64,
    tid: u64,
    ts: Option<i64>,
    dur: Option<i64>,
    cat: Option<String>,
    id: Option<u64>,
    bp: Option<String>,
    #[serde(default)]
    args: BTreeMap<String, String>,
}

pub(crate) fn check(case: &Case) {
    let file: File = serde_json::from_value(case.json(Format::Perfetto)).expect("trace events");
    assert_eq!(file.display_time_unit, "ms");
    let (names, entries): (Vec<Entry>, Vec<Entry>) =
        file.trace_events.into_iter().partition(|entry| entry.ph == "M");
    assert_named(&names, &entries);
    assert!(entries.is_sorted_by_key(|entry| entry.ts), "out of order");
    let slices: Vec<&Entry> = entries.iter().filter(|entry| entry.ph == "X").collect();
    assert_eq!(slices.len(), case.events().count());
    let ids: BTreeSet<&str> = slices.iter().map(|slice| &*slice.args["raceway.event_id"]).collect();
    assert_eq!(ids.len(), slices.len(), "an event twice");
    assert!(slices.iter().all(|slice| slice.cat.is_some() && slice.id.is_none()));
    assert_nested(&slices);
    assert_bound(&entries, file.other_data["links_omitted"].as_u64().expect("a count"));
}

/// Each process and each thread has a name.
fn assert_named(names: &[Entry], entries: &[Entry]) {
    let tracks = |what: &str| -> BTreeSet<(u64, u64)> {
        let names =
            names.iter().filter(|entry| entry.name == what && !entry.args["name"].is_empty());
        names.map(|entry| (entry.pid, entry.tid)).collect()
    };
    let (processes, threads) = (tracks("process_name"), tracks("thread_name"));
    for entry in entries {
        assert!(processes.contains(&(entry.pid, 0)) && threads.contains(&(entry.pid, entry.tid)));
    }
    let tids: BTreeSet<u64> = threads.iter().map(|&(_, tid)| tid).collect();
    assert_eq!(tids.len(), threads.len(), "a thread of two processes");
}

/// A slice ends before the one that it begins in: Perfetto drops others.
fn assert_nested(slices: &[&Entry]) {
    let mut open: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for slice in slices {
        let (start, took) = (slice.ts.expect("a start"), slice.dur.expect("a duration"));
        assert!(start >= 0 && took >= 0);
        let open = open.entry(slice.tid).or_default();
        open.retain(|&end| end > start);
        assert!(open.iter().all(|&end| start + took <= end), "{} crosses another", slice.name);
        open.push(start + took);
    }
}

/// An arrow binds to the slice that was begun last on its track, and has two ends.
fn assert_bound(entries: &[Entry], omitted: u64) {
    let mut last: BTreeMap<u64, i64> = BTreeMap::new();
    let mut begun: BTreeMap<u64, &str> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    for entry in entries {
        let ts = entry.ts.expect("an instant");
        match (&*entry.ph, entry.id) {
            ("X", None) => _ = last.insert(entry.tid, ts),
            ("s", Some(id)) => {
                assert_eq!((last[&entry.tid], &entry.bp), (ts, &None));
                assert!(begun.insert(id, &entry.name).is_none(), "begun twice");
            }
            ("f", Some(id)) => {
                assert_eq!((last[&entry.tid], entry.bp.as_deref()), (ts, Some("e")));
                assert_eq!(begun.get(&id), Some(&&*entry.name), "ended before it is begun");
                assert!(ended.insert(id), "ended twice");
            }
            other => panic!("another entry: {other:?}"),
        }
    }
    assert_eq!(begun.len(), ended.len());
    assert!(omitted < 1000);
}
