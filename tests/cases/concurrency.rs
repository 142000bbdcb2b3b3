//! Many sessions at once: no deadlock, nothing twice, nothing lost.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use postgres::Client;
use serde_json::Value;

use crate::harness::{Database, event, ingest, recorded_requests};
use crate::{DatabaseCase, World, database_trials, empty};

const ROUNDS: usize = 1000;
const TRACES: usize = 10;

pub(super) const CASES: [DatabaseCase; 3] = [
    ("opposite_orders_do_not_deadlock", opposite_orders),
    ("a_batch_sent_by_all_is_stored_once", same_batch),
    ("deleting_while_ingesting_leaves_the_truth", deletes_while_ingesting),
];

const LONG_CASES: [DatabaseCase; 1] =
    [("eight_sessions_for_a_minute_count_exactly", eight_sessions)];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "concurrency", empty, &CASES);
    trials.extend(database_trials(world, "concurrency", empty, &LONG_CASES));
    trials
}

fn assert_no_deadlock(client: &mut Client) {
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(client.query_one(sql, &[]).expect("pg_stat_database").get::<_, i64>(0), 0);
}

/// Two sessions, a thousand times: the same ten traces, one forwards and one backwards.
fn opposite_orders(database: &Database, client: &mut Client) {
    let barrier = Barrier::new(2);
    let session = |name: &str, is_reversed: bool| {
        let mut client = database.connect();
        for round in 0..ROUNDS {
            let mut events: Vec<Value> = (0..TRACES)
                .map(|trace| {
                    let id = format!("{name}-{round}-{trace}");
                    event(&format!("trace-{trace}"), &id, "2026-11-22T12:00:00Z")
                })
                .collect();
            if is_reversed {
                events.reverse();
            }
            barrier.wait();
            assert_eq!(ingest(&mut client, &Value::from(events).to_string()), 10);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| session("forwards", false));
        scope.spawn(|| session("backwards", true));
    });
    assert_no_deadlock(client);
    let rows = client.query("SELECT event_count FROM traces", &[]).expect("traces");
    let counts: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(counts, vec![2 * i64::try_from(ROUNDS).expect("few"); TRACES]);
}

/// Eight sessions post all of the recorded traffic, each from another place on.
fn same_batch(database: &Database, client: &mut Client) {
    let bodies = recorded_requests();
    let session = |start: usize| -> i32 {
        let mut client = database.connect();
        let (before, after) = bodies.split_at(start);
        after.iter().chain(before).map(|body| ingest(&mut client, body)).sum()
    };
    let stored: i32 = thread::scope(|scope| {
        let sessions: Vec<_> = (0..8).map(|n| scope.spawn(move || session(n * 9))).collect();
        sessions.into_iter().map(|session| session.join().expect("a session")).sum()
    });
    assert_eq!(stored, 1559);
    assert_no_deadlock(client);
}

/// One session deletes traces while others go on sending events of the same traces.
fn deletes_while_ingesting(database: &Database, client: &mut Client) {
    let send = |name: usize| {
        let mut client = database.connect();
        for round in 0..200 {
            let id = format!("{name}-{round}");
            let batch: Vec<Value> =
                (0..5).map(|t| event(&format!("trace-{t}"), &id, "2026-11-22T12:00:00Z")).collect();
            ingest(&mut client, &Value::from(batch).to_string());
        }
    };
    let delete = || {
        let mut client = database.connect();
        for round in 0..100 {
            let trace_id = format!("trace-{}", round % 5);
            client.execute("DELETE FROM traces WHERE trace_id = $1", &[&trace_id]).expect("DELETE");
        }
    };
    thread::scope(|scope| {
        for name in 0..3 {
            scope.spawn(move || send(name));
        }
        scope.spawn(delete);
    });
    assert_no_deadlock(client);
}

/// Eight sessions for a minute: each sends events of the same few traces, old ones and new, and the
/// last batch of its neighbour again.
fn eight_sessions(database: &Database, client: &mut Client) {
    const SESSIONS: usize = 8;
    let deadline = Instant::now() + Duration::from_mins(1);
    let session = |own: usize| -> (i64, i64) {
        let mut client = database.connect();
        let (mut sent, mut stored) = (0, 0);
        for round in 0.. {
            if Instant::now() > deadline {
                break;
            }
            for sender in [own, (own + 1) % SESSIONS] {
                stored += i64::from(ingest(&mut client, &minute_batch(sender, round)));
            }
            sent = round + 1;
        }
        (sent, stored)
    };
    let results: Vec<(i64, i64)> = thread::scope(|scope| {
        let sessions: Vec<_> = (0..SESSIONS).map(|n| scope.spawn(move || session(n))).collect();
        sessions.into_iter().map(|session| session.join().expect("a session")).collect()
    });
    // Each sender's rounds were sent by itself, and by the session before it as far as that came.
    let rounds =
        |sender: usize| results[sender].0.max(results[(sender + SESSIONS - 1) % SESSIONS].0);
    let expected: i64 = (0..SESSIONS).map(|sender| rounds(sender) * MINUTE_BATCH).sum();
    assert_eq!(results.iter().map(|(_, stored)| stored).sum::<i64>(), expected);
    let counted = client.query_one("SELECT sum(event_count)::bigint FROM traces", &[]);
    assert_eq!(counted.expect("sum").get::<_, i64>(0), expected);
    assert_no_deadlock(client);
}

const MINUTE_BATCH: i64 = 20;

/// Events of 20 traces that all sessions share: some go on, some begin earlier, some are new.
fn minute_batch(sender: usize, round: i64) -> String {
    let events: Vec<Value> = (0..MINUTE_BATCH)
        .map(|n| {
            let trace = if n == 0 { format!("new-{sender}-{round}") } else { format!("trace-{n}") };
            let second = (round * 7 + n) % 60;
            let timestamp = format!("2026-11-{:02}T12:00:{second:02}Z", 20 + n % 3);
            event(&trace, &format!("{sender}-{round}-{n}"), &timestamp)
        })
        .collect();
    Value::from(events).to_string()
}
