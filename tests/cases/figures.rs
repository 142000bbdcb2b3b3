//! Kept figures count each event once, however it comes and goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use postgres::Client;
use raceway_programs::{Style, Told, batches, body, generate, run, write};

use crate::harness::{Database, Flavour, Random, Sidecar, event, ingest};
use crate::{Case, World};

const CASES: [Case; 4] = [
    ("whatever_happens_they_are_those_of_the_events", anything),
    ("nothing_is_left_of_what_is_gone", all_gone),
    ("sessions_at_once_are_counted_once", at_once),
    ("a_sidecar_has_traces_counted", by_sidecar),
];

/// How often something happens to the events.
const STEPS: usize = 80;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    if !world.flavours().contains(&Flavour::Extension) {
        return Vec::new();
    }
    crate::trials(world, "figures", &CASES)
}

fn database(world: &World) -> Database {
    world.cluster().create_with(Flavour::Extension)
}

/// Batches of generated programs, which share traces and are often sent again.
fn bodies(seeds: std::ops::Range<u64>) -> Vec<String> {
    let mut bodies = Vec::new();
    for seed in seeds {
        let execution = run(&generate(seed), seed);
        let style = Style::ALL[usize::try_from(seed).expect("few") % Style::ALL.len()];
        let Some(told) = Told::of(&execution, style) else { continue };
        let events = write(&execution, &told, style, seed);
        bodies.extend(batches(&events, seed).into_iter().map(|batch| body(batch).to_string()));
    }
    bodies
}

fn anything(world: &World) {
    let database = database(world);
    let mut client = database.for_superuser().connect();
    let bodies = bodies(0..40);
    let mut random = Random::new(7);
    for step in 0..STEPS {
        let changed = match random.below(10) {
            0..6 => {
                ingest(&mut client, random.choose::<String>(&bodies));
                Ok(0)
            }
            6 => client.execute(&of_some("DELETE FROM traces", "trace_id", step), &[]),
            7 => client.execute(&of_some("DELETE FROM events", "event_id", step), &[]),
            _ => client.execute("SELECT raceway_update_figures()", &[]),
        };
        changed.expect("a change");
        if step % 16 == 0 {
            database.assert_traces_are_true();
        }
    }
    client.execute("SELECT raceway_retention('0')", &[]).expect("raceway_retention");
    database.assert_traces_are_true();
}

/// A sixteenth of them, chosen by a hash.
fn of_some(delete: &str, id: &str, step: usize) -> String {
    format!("{delete} WHERE hashtext({id}) & 15 = {}", step % 16)
}

fn all_gone(world: &World) {
    let database = database(world);
    let mut client = database.for_superuser().connect();
    for gone in ["DELETE FROM traces", "SELECT raceway_retention('0')", "TRUNCATE traces"] {
        for body in bodies(0..10) {
            ingest(&mut client, &body);
        }
        count_all(&mut client);
        assert!(kept_rows(&mut client) > 0, "before {gone}");
        client.batch_execute(gone).expect(gone);
        let late = event("late", "e", "9999-01-01T00:00:00Z").to_string();
        ingest(&mut client, &late);
        client.execute("DELETE FROM events", &[]).expect("DELETE");
        count_all(&mut client);
        assert_eq!(kept_rows(&mut client), 0, "after {gone}");
    }
}

fn count_all(client: &mut Client) {
    let sql = "SELECT raceway_update_figures()";
    while client.query_one(sql, &[]).expect(sql).get::<_, i64>(0) > 0 {}
}

fn kept_rows(client: &mut Client) -> i64 {
    let sql =
        "SELECT (SELECT count(*) FROM raceway_figures) + (SELECT count(*) FROM raceway_counted)
               + (SELECT count(*) FROM raceway_uncounted)";
    client.query_one(sql, &[]).expect(sql).get(0)
}

/// Three sessions send the same batches, and two count meanwhile.
fn at_once(world: &World) {
    let database = database(world);
    let bodies = bodies(100..130);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut client = database.connect();
                while !is_over.load(Ordering::Relaxed) {
                    count_all(&mut client);
                }
            });
        }
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let (bodies, database) = (&bodies, &database);
                scope.spawn(move || {
                    let mut client = database.connect();
                    for place in 0..bodies.len() {
                        ingest(&mut client, &bodies[(place + sender * 5) % bodies.len()]);
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.join().expect("a sender");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    database.assert_traces_are_true();
}

fn by_sidecar(world: &World) {
    let database = database(world);
    let sidecar = Sidecar::postgres(&database);
    sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    let mut client = database.connect();
    let counted = "SELECT count(*) FROM raceway_counted";
    let start = Instant::now();
    while client.query_one(counted, &[]).expect(counted).get::<_, i64>(0) == 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "the trace is not counted");
        thread::sleep(Duration::from_millis(10));
    }
    database.assert_traces_are_true();
}
