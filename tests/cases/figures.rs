//! Kept figures count each event once, however it comes and goes, in both flavours.

mod baselines;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use libtest_mimic::Trial;
use postgres::Client;
use raceway_programs::{Style, Told, batches, body, generate, run, write};

use crate::harness::{Database, Flavour, Random, Sidecar, await_counted, event, ingest};
use crate::{Case, World};

const CASES: [Case; 6] = [
    ("whatever_happens_they_are_those_of_the_events", |world| of_each(world, anything)),
    ("nothing_is_left_of_what_is_gone", |world| of_each(world, all_gone)),
    ("who_counts_at_once_counts_once", |world| of_each(world, at_once)),
    ("a_sidecar_has_traces_counted", |world| of_each(world, by_sidecar)),
    ("a_baseline_ends_where_its_trace_begins", baselines::in_postgres),
    ("a_baseline_in_memory_ends_where_its_trace_begins", baselines::in_memory),
];

const OF_PLAIN_SQL: [Case; 1] = [("hidden_rows_are_no_answer", hidden)];

/// How often something happens to the events.
const STEPS: usize = 80;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = crate::trials(world, "figures", &CASES);
    if world.flavours().contains(&Flavour::PlainSql) {
        trials.extend(crate::trials(world, "figures", &OF_PLAIN_SQL));
    }
    trials
}

fn of_each(world: &World, case: fn(&Counted)) {
    for &flavour in world.flavours() {
        case(&Counted::new(world, flavour));
    }
}

/// A database, and in plain SQL a sidecar that counts.
struct Counted {
    database: Database,
    sidecar: Option<Sidecar>,
}

impl Counted {
    fn new(world: &World, flavour: Flavour) -> Self {
        let database = world.cluster().create_with(flavour);
        let sidecar = (flavour == Flavour::PlainSql).then(|| Sidecar::postgres(&database));
        Counted { database, sidecar }
    }

    fn count_some(&self, client: &mut Client) -> Result<u64, postgres::Error> {
        match self.sidecar {
            // It does all the time.
            Some(_) => Ok(0),
            None => client.execute("SELECT raceway_update_figures()", &[]),
        }
    }

    fn count_all(&self, client: &mut Client) {
        match self.sidecar {
            Some(_) => await_counted(client),
            None => count_all(client),
        }
    }
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

fn anything(counted: &Counted) {
    let mut client = counted.database.for_superuser().connect();
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
            _ => counted.count_some(&mut client),
        };
        changed.expect("a change");
        if step % 16 == 0 {
            counted.database.assert_traces_are_true();
        }
    }
    client.execute("SELECT raceway_retention('0')", &[]).expect("raceway_retention");
    counted.database.assert_traces_are_true();
}

/// A sixteenth of them, chosen by a hash.
fn of_some(delete: &str, id: &str, step: usize) -> String {
    format!("{delete} WHERE hashtext({id}) & 15 = {}", step % 16)
}

fn all_gone(counted: &Counted) {
    let mut client = counted.database.for_superuser().connect();
    for gone in ["DELETE FROM traces", "SELECT raceway_retention('0')", "TRUNCATE traces"] {
        for body in bodies(0..10) {
            ingest(&mut client, &body);
        }
        counted.count_all(&mut client);
        assert!(kept_rows(&mut client) > 0, "before {gone}");
        client.batch_execute(gone).expect(gone);
        let late = event("late", "e", "9999-01-01T00:00:00Z").to_string();
        ingest(&mut client, &late);
        client.execute("DELETE FROM events", &[]).expect("DELETE");
        counted.count_all(&mut client);
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

/// Three sessions send the same batches, and two others count meanwhile.
fn at_once(counted: &Counted) {
    let Counted { database, sidecar } = counted;
    let _second = sidecar.as_ref().map(|_| Sidecar::postgres(database));
    let bodies = bodies(100..130);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let counters = if sidecar.is_some() { 0 } else { 2 };
        for _ in 0..counters {
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

fn by_sidecar(counted: &Counted) {
    let database = &counted.database;
    let sidecar = Sidecar::postgres(database);
    sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    let mut client = database.connect();
    await_counted(&mut client);
    let counted = "SELECT count(*) FROM raceway_counted";
    assert_eq!(client.query_one(counted, &[]).expect(counted).get::<_, i64>(0), 1);
    database.assert_traces_are_true();
}

/// Who sees only some of the rows would count wrong sums: events are counted instead, and who may not see
/// those counts nothing.
fn hidden(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let role = database.for_new_role("hidden");
    let grants = format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        role = role.user
    );
    let mut superuser = database.for_superuser().connect();
    superuser.batch_execute(&grants).expect("grants");
    let sidecar = Sidecar::postgres(&role);
    sidecar.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    await_counted(&mut superuser);
    let services = || sidecar.get("/api/services").data()["total_services"].clone();
    assert_eq!(services(), 1);
    let hide = "ALTER TABLE raceway_figures ENABLE ROW LEVEL SECURITY";
    superuser.batch_execute(hide).expect(hide);
    assert_eq!(services(), 1);
    sidecar.await_logged("row-level security hides the rows of raceway_figures");
    let hide = "ALTER TABLE stored_events ENABLE ROW LEVEL SECURITY";
    superuser.batch_execute(hide).expect(hide);
    ingest(&mut superuser, &event("u", "e", "2026-11-22T12:00:00Z").to_string());
    sidecar.await_logged("kept figures can't be counted");
    drop(sidecar);
    database.assert_traces_are_true();
}
