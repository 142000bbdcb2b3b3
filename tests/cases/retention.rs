//! `raceway_retention()`: what goes, what stays, and pg_cron calling it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use postgres::Client;
use postgres::error::SqlState;

use crate::harness::{Cluster, Database, Flavour, Sidecar, Site, await_until, event, ingest};
use crate::{DatabaseCase, World, database_trials, install};

/// pg_cron starts jobs at full minutes.
const CRON_LIMIT: Duration = Duration::from_secs(90);
const SIDECAR_LIMIT: Duration = Duration::from_secs(30);
/// Far more than retention takes, and less than it waits for others before it gives up.
const HOLD_UP: Duration = Duration::from_secs(10);

/// Days before today, events of that day, and whether they arrived that long ago. Each trace is
/// named by its day; `spanning` has an event in three of them.
const DAYS: [(i32, i32, bool); 7] = [
    (0, 5, false),
    (29, 7, false),
    (30, 11, false),
    (31, 13, false),
    (45, 17, true),
    (50, 19, false),
    (-20, 23, true),
];

pub(super) const CASES: [DatabaseCase; 9] = [
    ("old_days_and_old_arrivals_go", old_days_go),
    ("a_dry_run_reports_the_same_and_changes_nothing", dry_run),
    ("two_runs_at_once_do_it_once", two_runs),
    ("keep_must_be_an_interval", keep_must_be_positive),
    ("misdated_events_do_not_hold_it_up", misdated_events),
    ("late_events_of_what_is_deleted_do_not_stop_it", late_events),
    ("sidecars_run_it", sidecars_run_it),
    ("a_sidecar_runs_it_again", a_sidecar_runs_it_again),
    ("a_command_runs_it", a_command_runs_it),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "retention", fill, &CASES);
    trials.extend(crate::trials(
        world,
        "retention",
        &[
            ("pg_cron_runs_it", pg_cron_runs_it),
            ("a_database_of_many_days_can_begin_with_it", many_days),
        ],
    ));
    trials
}

/// A server that can lock few tables at once, and far more days than it could drop in one run. Each
/// day has a trace of its own, and one that goes on for the next day.
fn many_days(_: &World) {
    let cluster = Cluster::start("max_locks_per_transaction = 10\nmax_connections = 20");
    let database = cluster.create_for(Flavour::PlainSql);
    install(&database, Flavour::PlainSql);
    let mut client = database.connect();
    for days_ago in (40..440).rev() {
        client
            .batch_execute(&format!("SELECT raceway_create_partition(current_date - {days_ago})"))
            .expect("a partition");
    }
    for days_ago in [41, 42, 200, 439] {
        let day = (chrono::Utc::now() - chrono::Duration::days(days_ago)).date_naive();
        let next = day + chrono::Duration::days(1);
        let two = [(day, "e1"), (next, "e2")]
            .map(|(day, id)| event(&format!("from {day}"), id, &format!("{day}T12:00:00Z")));
        assert_eq!(ingest(&mut client, &serde_json::json!(two).to_string()), 2);
    }
    let mut dropped = 0;
    loop {
        let run = "SELECT partitions_dropped FROM raceway_retention('30 days')";
        let partitions: i32 = client.query_one(run, &[]).expect("raceway_retention").get(0);
        dropped += partitions;
        if partitions == 0 {
            break;
        }
    }
    assert_eq!(dropped, 400);
    database.assert_traces_are_true();
    let left = client.query_one("SELECT count(*) FROM traces", &[]).expect("a count");
    assert_eq!(left.get::<_, i64>(0), 0);
}

/// Events of `DAYS`: the day 45 days ago and that in the future are in the default partition, as
/// they are out of the window; the day 50 days ago has a partition made by hand.
pub(super) fn fill(client: &mut Client) {
    client
        .batch_execute("SELECT raceway_create_partition((now() AT TIME ZONE 'UTC')::date - 50)")
        .expect("a partition");
    for (days_ago, count, _) in DAYS {
        let mut ids: Vec<(String, String)> =
            (0..count).map(|n| (format!("day {days_ago}"), format!("e{n}"))).collect();
        if [0, 31, 50].contains(&days_ago) {
            ids.push(("spanning".into(), format!("s{days_ago}")));
        }
        for (trace_id, event_id) in ids {
            let sql = "
                SELECT accepted FROM raceway_ingest(jsonb_build_object(
                    'event_id', $1::text, 'trace_id', $2::text, 'kind', 'Custom',
                    'timestamp', to_char(date_trunc('day', now() AT TIME ZONE 'UTC')
                        - $3 * interval '1 day' + interval '1 minute',
                        'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')))";
            let stored = client.query_one(sql, &[&event_id, &trace_id, &f64::from(days_ago)]);
            assert_eq!(stored.expect("raceway_ingest").get::<_, i32>(0), 1);
        }
    }
    let defaults = client.query_one("SELECT count(*) FROM events_default", &[]).expect("count");
    assert_eq!(defaults.get::<_, i64>(0), 17 + 23);
    // Arrived long ago, and so did a trace that never got an event.
    client
        .batch_execute(
            "UPDATE events_default SET created_at = now() - interval '31 days';
             INSERT INTO traces (trace_id, created_at) VALUES ('empty', now() - interval '31 days');
             INSERT INTO events (event_id, trace_id, kind, timestamp)
             VALUES ('fresh', 'day 45', 'Custom', now() - interval '45 days')",
        )
        .expect("arrivals");
}

/// Partitions dropped, events deleted, traces deleted.
fn retain(client: &mut Client, dry_run: bool) -> (i32, i64, i64) {
    let sql = "SELECT partitions_dropped, events_deleted, traces_deleted
               FROM raceway_retention('30 days', dry_run => $1)";
    let row = client.query_one(sql, &[&dry_run]).expect("raceway_retention");
    (row.get(0), row.get(1), row.get(2))
}

/// The day 31 ago with one event of `spanning`, the day 50 ago likewise, and both in the default
/// partition; the traces of the two days, of the future, and the empty one.
const EXPECTED: (i32, i64, i64) = (2, 13 + 1 + 19 + 1 + 17 + 23, 4);

fn contents(client: &mut Client) -> Vec<(String, i64)> {
    let sql = "SELECT trace_id, event_count FROM traces ORDER BY trace_id";
    let rows = client.query(sql, &[]).expect("traces");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn old_days_go(_: &Database, client: &mut Client) {
    assert_eq!(retain(client, false), EXPECTED);
    let left = [("day 0", 5), ("day 29", 7), ("day 30", 11), ("day 45", 1), ("spanning", 1)];
    assert_eq!(contents(client), left.map(|(trace, count)| (trace.to_owned(), count)));
    assert_eq!(retain(client, false), (0, 0, 0));
    // Today and tomorrow have their partitions ready.
    let ahead = client
        .query_one(
            "SELECT count(*) FROM _raceway_partitions()
             WHERE day - (now() AT TIME ZONE 'UTC')::date IN (0, 1)",
            &[],
        )
        .expect("partitions");
    assert_eq!(ahead.get::<_, i64>(0), 2);
}

fn dry_run(_: &Database, client: &mut Client) {
    let before = contents(client);
    assert_eq!(retain(client, true), EXPECTED);
    assert_eq!(contents(client), before);
    assert_eq!(retain(client, true), EXPECTED);
    assert_eq!(retain(client, false), EXPECTED);
}

fn two_runs(database: &Database, _: &mut Client) {
    let run = || retain(&mut database.connect(), false);
    let mut figures = thread::scope(|scope| {
        let runs = [scope.spawn(run), scope.spawn(run)];
        runs.map(|run| run.join().expect("a run"))
    });
    figures.sort_unstable();
    assert_eq!(figures, [(0, 0, 0), EXPECTED]);
}

/// A transaction that has stored something adds to a trace that is just being deleted: each then
/// waits for the other.
fn late_events(database: &Database, client: &mut Client) {
    let send = |client: &mut Client, trace_id: &str| {
        let now = client.query_one("SELECT now()::text", &[]).expect("now").get::<_, String>(0);
        let now = now.replacen(' ', "T", 1) + ":00";
        ingest(client, &event(trace_id, "late", &now).to_string());
    };
    client.batch_execute("BEGIN").expect("BEGIN");
    send(client, "day 0");
    let deleted = thread::scope(|scope| {
        let retention = scope.spawn(|| retain(&mut database.connect(), false));
        let sleeping = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event = 'PgSleep'";
        let mut observer = database.connect();
        await_until("retention waits", SIDECAR_LIMIT, || {
            observer.query_one(sleeping, &[]).expect(sleeping).get::<_, i64>(0) == 1
        });
        send(client, "day 31");
        client.batch_execute("COMMIT").expect("COMMIT");
        retention.join().expect("retention")
    });
    assert_eq!(deleted, (EXPECTED.0, EXPECTED.1, EXPECTED.2 - 1));
    assert!(contents(client).contains(&("day 31".to_owned(), 1)));
}

fn keep_must_be_positive(_: &Database, client: &mut Client) {
    for keep in ["'-1 day'", "NULL"] {
        let call = format!("SELECT raceway_retention({keep})");
        let error = client.query(&call, &[]).expect_err(keep);
        assert_eq!(error.code().map(SqlState::code), Some("22023"), "{keep}");
    }
}

/// They go to `events_default`, as those do that wait for the partitions which retention makes.
fn misdated_events(database: &Database, _: &mut Client) {
    let is_over = AtomicBool::new(false);
    let send = &|sender: usize| {
        let mut client = database.connect();
        let mut slowest = Duration::ZERO;
        for number in 0.. {
            let start = Instant::now();
            let event =
                event(&format!("misdated-{sender}"), &format!("e{number}"), "2001-01-01T00:00:00Z");
            ingest(&mut client, &event.to_string());
            slowest = slowest.max(start.elapsed());
            if is_over.load(Ordering::Relaxed) {
                break;
            }
        }
        slowest
    };
    let (retained, took, slowest) = thread::scope(|scope| {
        let senders = [0, 1, 2].map(|sender| scope.spawn(move || send(sender)));
        let start = Instant::now();
        // In a thread of its own: whatever becomes of it, the senders have to end.
        let retained = scope.spawn(|| retain(&mut database.connect(), false)).join();
        let took = start.elapsed();
        is_over.store(true, Ordering::Relaxed);
        (retained, took, senders.map(|sender| sender.join().expect("a sender")))
    });
    assert_eq!(retained.expect("retention").0, EXPECTED.0);
    assert!(took < HOLD_UP, "{took:?}");
    assert!(slowest.into_iter().all(|slowest| slowest < HOLD_UP), "{slowest:?}");
}

/// Two of them at once: what one deletes, the other does not find.
fn sidecars_run_it(database: &Database, client: &mut Client) {
    let site = || Site::on(&database.to_string()).with("RETENTION__KEEP", "30 days");
    let sites = [site(), site()];
    let sidecars: Vec<Sidecar> = sites.iter().map(Site::start).collect();
    await_until("old traces are gone", SIDECAR_LIMIT, || contents(client).len() == 5);
    for sidecar in &sidecars {
        sidecar.await_logged("retention: deleted");
    }
    let deleted = format!("deleted {}", told(EXPECTED));
    assert_eq!(sidecars.iter().filter(|sidecar| sidecar.log().contains(&deleted)).count(), 1);
}

/// As the sidecar says it.
fn told((partitions, events, traces): (i32, i64, i64)) -> String {
    format!("{partitions} partitions, {events} events, {traces} traces")
}

/// A trace that becomes too old while the sidecar runs.
fn a_sidecar_runs_it_again(database: &Database, client: &mut Client) {
    let site = Site::on(&database.to_string()).with("RETENTION__KEEP", "30 days");
    let sidecar = site.with("RETENTION__INTERVAL", "1s").start();
    sidecar.await_logged("retention: deleted");
    client
        .batch_execute(
            "INSERT INTO events (event_id, trace_id, kind, timestamp)
             VALUES ('late', 'late', 'Custom', now() - interval '45 days');
             UPDATE events_default SET created_at = now() - interval '31 days'
             WHERE trace_no = (SELECT trace_no FROM traces WHERE trace_id = 'late')",
        )
        .expect("a late event");
    await_until("the late event is gone", SIDECAR_LIMIT, || {
        contents(client).iter().all(|(trace_id, _)| trace_id != "late")
    });
}

fn a_command_runs_it(database: &Database, client: &mut Client) {
    let run = |arguments: &[&str]| {
        let mut command = Sidecar::command_on(&database.to_string());
        command.arg("retention").args(arguments);
        let output = Sidecar::run(command);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (status, printed, _) = run(&["--keep", "30 days", "--dry-run"]);
    assert_eq!((status, printed), (Some(0), format!("would delete: {}\n", told(EXPECTED))));
    assert_eq!(contents(client).len(), 9);
    let (status, printed, _) = run(&["--keep", "30 days"]);
    assert_eq!((status, printed), (Some(0), format!("deleted: {}\n", told(EXPECTED))));
    assert_eq!(contents(client).len(), 5);
    let (status, _, error) = run(&[]);
    assert_eq!(status, Some(1));
    assert!(error.contains("--keep"), "{error}");
}

/// In a cluster of its own: pg_cron has one home database in each.
fn pg_cron_runs_it(_: &World) {
    let cluster = Cluster::start("cron.database_name = 'home'");
    let home = cluster.create_named("home", Flavour::Extension);
    let plain_sql = cluster.create_named("other", Flavour::PlainSql);
    install(&home, Flavour::Extension);
    install(&plain_sql, Flavour::PlainSql);
    for database in [&home, &plain_sql] {
        fill(&mut database.connect());
    }
    home.connect()
        .batch_execute(
            "CREATE EXTENSION pg_cron;
             SELECT cron.schedule('raceway-retention', '* * * * *',
                                  $$SELECT raceway_retention('30 days')$$);
             SELECT cron.schedule_in_database('raceway-retention-other', '* * * * *',
                                              $$SELECT raceway_retention('30 days')$$, 'other',
                                              username => 'owner')",
        )
        .expect("cron.schedule");
    for database in [&home, &plain_sql] {
        let mut client = database.connect();
        await_until("pg_cron runs raceway_retention", CRON_LIMIT, || {
            contents(&mut client).len() == 5
        });
        database.assert_traces_are_true();
    }
    await_until("the runs succeed", CRON_LIMIT, || {
        let sql = "SELECT count(*) FROM cron.job_run_details WHERE status = 'succeeded'";
        home.connect().query_one(sql, &[]).expect("job_run_details").get::<_, i64>(0) >= 2
    });
}
