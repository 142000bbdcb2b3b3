//! A trace is held against all that ended before it, to the microsecond, wherever in a second it begins, and whatever
//! becomes of the traces around it.

use std::collections::BTreeMap;

use postgres::Client;
use raceway_analysis::anomalies::{Baseline, LEAST_SAMPLES};
use raceway_analysis::figures::{DurationSums, Sums};
use raceway_model::Timestamp;
use serde_json::{Value, json};

use crate::World;
use crate::harness::{Flavour, Random, Sidecar, await_counted, event};

/// 2026-11-22T12:00:10Z in microseconds.
const SECOND: i64 = 1_795_348_810_000_000;

/// Where traces begin that are held against the others, in microseconds after the second's start.
const PROBES: [i64; 5] = [0, 1, 500_000, 500_001, 999_999];

/// Nanoseconds of an event in each of these.
const SLOW: f64 = 6e11;

/// When traces have events: in the second before a probe and after it, at either, before the second and after it.
const SHAPES: [&[i64]; 16] = [
    &[0],
    &[499_999],
    &[1, 250_000, 499_998],
    &[500_000],
    &[500_001, 999_998],
    &[250_000, 750_000],
    &[499_999, 500_000],
    &[250_000, 1_000_000],
    &[750_000, 1_000_000],
    &[-1, 0],
    &[-1, 250_000],
    &[-1, 750_000],
    &[-1, 250_000, 750_000],
    &[-1, 250_000, 1_000_000],
    &[-1, 1_000_000],
    &[-3_000_000, 250_000, 750_000, 1_500_000],
];

/// Durations of events, each by its trace and its id, with when it ended.
type Ended = BTreeMap<(String, String), (i64, i64)>;

/// A store and what should be in it.
struct Held {
    sidecar: Sidecar,
    /// Unless the store is in memory.
    client: Option<Client>,
    flavour: Option<Flavour>,
    ended: Ended,
}

pub(super) fn in_postgres(world: &World) {
    for &flavour in world.flavours() {
        let database = world.cluster().create_with(flavour);
        let client = Some(database.for_superuser().connect());
        let sidecar = Sidecar::postgres(&database);
        run(Held { sidecar, client, flavour: Some(flavour), ended: Ended::new() });
        database.assert_traces_are_true();
    }
}

pub(super) fn in_memory(_: &World) {
    run(Held { sidecar: Sidecar::memory(), client: None, flavour: None, ended: Ended::new() });
}

fn run(mut held: Held) {
    let earlier: Vec<i64> = (0..LEAST_SAMPLES).map(|place| place - 5_000_000).collect();
    held.change(|held| held.store("earlier", &earlier));
    held.change(|held| {
        for (place, shape) in SHAPES.iter().enumerate() {
            held.store(&format!("shape {place}"), shape);
        }
        for probe in PROBES {
            held.store_event(&probe_id(probe), "e", probe, 600_000_000_000);
        }
    });
    held.change(|held| {
        for place in [0, 4, 6, 10] {
            held.store(&format!("shape {place}"), SHAPES[place]);
        }
    });
    held.change(|held| {
        held.store("shape 0", &[600_000]);
        held.store("shape 3", &[400_000]);
        held.store("shape 9", &[900_000]);
        held.store("shape 14", &[500_000]);
    });
    held.change(|held| {
        let gone = ["shape 1", "shape 7", "shape 12"];
        let sql = "DELETE FROM traces WHERE trace_id IN ('shape 1', 'shape 7', 'shape 12')";
        held.delete(sql, |(trace, _)| gone.contains(&&**trace));
    });
    held.change(|held| {
        let sql = "DELETE FROM events WHERE event_id LIKE '250000 %'";
        held.delete(sql, |(_, id)| id.starts_with("250000 "));
    });
    let mut random = Random::new(11);
    for _ in 0..4 {
        held.change(|held| held.store_some(&mut random));
    }
    assert!(!held.sidecar.log().contains("kept figures can't be read"), "{}", held.sidecar.log());
}

fn probe_id(probe: i64) -> String {
    format!("probe {probe}")
}

impl Held {
    /// Changes something, and asks before and after it is counted.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        self.execute("SELECT pg_advisory_lock('raceway_figures'::regclass::oid::bigint)");
        change(self);
        self.assert_baselines();
        self.execute("SELECT pg_advisory_unlock('raceway_figures'::regclass::oid::bigint)");
        if let Some(client) = &mut self.client {
            await_counted(client);
            self.assert_baselines();
        }
    }

    fn execute(&mut self, sql: &str) {
        if let Some(client) = &mut self.client {
            client.batch_execute(sql).expect(sql);
        }
    }

    fn store(&mut self, trace: &str, offsets: &[i64]) {
        for &offset in offsets {
            let milliseconds = 1 + (offset + i64::from(trace.as_bytes()[0])).rem_euclid(89);
            self.store_event(
                trace,
                &format!("{offset} of {trace}"),
                offset,
                1_000_000 * milliseconds,
            );
        }
    }

    fn store_event(&mut self, trace: &str, id: &str, offset: i64, duration: i64) {
        let timestamp = Timestamp::nearest(SECOND + offset).to_string();
        let mut event = event(trace, id, &timestamp);
        event["kind"] = json!({ "FunctionCall": { "function_name": "pay" } });
        event["metadata"]["duration_ns"] = duration.into();
        // It may have been stored before.
        self.sidecar.post(&event.to_string()).data();
        self.ended.insert((trace.to_owned(), id.to_owned()), (offset, duration));
    }

    /// Traces with events near the ends of the second and of what is before a probe.
    fn store_some(&mut self, random: &mut Random) {
        let near = [-1_000_000, -1, 0, 1, 499_999, 500_000, 999_999, 1_000_000, 2_000_000];
        for trace in 0..8 {
            let events = 1 + random.below(4);
            let offsets: Vec<i64> = (0..events).map(|_| *random.choose(&near)).collect();
            self.store(&format!("random {trace}"), &offsets);
        }
    }

    /// Only Postgres deletes what it is told to.
    fn delete(&mut self, sql: &str, is_deleted: impl Fn(&(String, String)) -> bool) {
        if self.client.is_some() {
            self.execute(sql);
            self.ended.retain(|event, _| !is_deleted(event));
        }
    }

    fn assert_baselines(&mut self) {
        for probe in PROBES {
            let id = probe_id(probe);
            if !self.ended.contains_key(&(id.clone(), "e".to_owned())) {
                continue;
            }
            let expected = Some(expected(&self.ended, probe));
            let path = format!("/api/traces/probe%20{probe}/anomalies");
            let told = self.sidecar.get(&path).data()["anomalies"][0].clone();
            assert_eq!(of_json(&told), expected, "{id} over HTTP");
            if self.flavour == Some(Flavour::Extension) {
                assert_eq!(of_sql(self.client.as_mut(), &id), expected, "{id} in SQL");
            }
        }
    }
}

/// Milliseconds that were expected, standard deviations above them, and of how many durations that is.
type Found = (f64, f64, u64);

fn expected(ended: &Ended, probe: i64) -> Found {
    let mut sums = DurationSums::default();
    for (_, duration) in ended.values().filter(|(offset, _)| *offset < probe) {
        sums.add_all(&DurationSums::of(*duration), 1);
    }
    let Baseline { samples, mean, deviation } = Baseline::of(&sums).expect("enough durations");
    let score = ((SLOW - mean) / deviation).min(1000.0);
    assert!(score > 2.0, "{score}");
    (mean / 1e6, score, samples)
}

fn of_json(anomaly: &Value) -> Option<Found> {
    let number = |field: &str| anomaly[field].as_f64();
    let samples = samples(anomaly["description"].as_str()?)?;
    Some((number("expected_duration_ms")?, number("std_dev_from_mean")?, samples))
}

fn of_sql(client: Option<&mut Client>, trace_id: &str) -> Option<Found> {
    let sql = "SELECT expected_ms, deviations, description FROM raceway_anomalies($1)";
    let row = client?.query_one(sql, &[&trace_id]).expect(sql);
    Some((row.get(0), row.get(1), samples(row.get(2))?))
}

/// Of the end of a description: `of 20 earlier ones`.
fn samples(description: &str) -> Option<u64> {
    description.strip_suffix(" earlier ones")?.rsplit(' ').next()?.parse().ok()
}
