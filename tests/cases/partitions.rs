//! Daily partitions come into being when they are needed.

use std::sync::Arc;
use std::thread;

use chrono::{Duration, NaiveDate, Utc};
use libtest_mimic::Trial;
use postgres::Client;

use crate::harness::{self, Database, event};
use crate::{DatabaseCase, World, database_trials, empty};

pub(super) const CASES: [DatabaseCase; 7] = [
    ("whoever_makes_one_it_belongs_to_the_owner", made_by_superuser),
    ("a_day_near_today_gets_its_partition", near_days),
    ("a_day_far_from_today_goes_to_the_default_partition", far_days),
    ("creating_a_day_moves_its_events_there", creating_a_day),
    ("a_new_day_under_load_gets_one_partition", new_day_under_load),
    ("ingest_goes_on_while_the_parent_is_locked", locked_parent),
    ("retention_empties_the_default_partition_of_near_days", healed_default),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    database_trials(world, "partitions", empty, &CASES)
}

fn day(offset: i64) -> NaiveDate {
    Utc::now().date_naive() + Duration::days(offset)
}

fn ingest(client: &mut Client, id: &str, day: NaiveDate) -> i32 {
    let batch = event("trace", id, &format!("{day}T12:00:00Z")).to_string();
    harness::ingest(client, &batch)
}

fn partitions(client: &mut Client) -> Vec<String> {
    let rows = client.query("SELECT partition::text FROM _raceway_partitions()", &[]);
    rows.expect("_raceway_partitions").iter().map(|row| row.get(0)).collect()
}

fn name(day: NaiveDate) -> String {
    format!("events_{}", day.format("%Y%m%d"))
}

fn in_default(client: &mut Client) -> i64 {
    client.query_one("SELECT count(*) FROM events_default", &[]).expect("count").get(0)
}

/// As a superuser does it by hand, to import old events.
fn made_by_superuser(database: &Database, client: &mut Client) {
    let mut superuser = database.for_superuser().connect();
    superuser.batch_execute("SELECT raceway_create_partition('2026-01-15')").expect("a partition");
    let owner = "SELECT relowner = (SELECT relowner FROM pg_class WHERE relname = 'stored_events')
                 FROM pg_class WHERE relname = 'events_20260115'";
    assert!(client.query_one(owner, &[]).expect("a partition").get::<_, bool>(0));
    let old = event("old", "e", "2026-01-15T12:00:00Z").to_string();
    assert_eq!(harness::ingest(client, &old), 1);
    client.query("SELECT raceway_retention('30 days')", &[]).expect("raceway_retention");
    assert_eq!(partitions(client).first(), Some(&name(day(0))));
}

fn near_days(_: &Database, client: &mut Client) {
    for offset in [0, -31, 2, 0] {
        ingest(client, &format!("e{offset}"), day(offset));
    }
    assert_eq!(partitions(client), [name(day(-31)), name(day(0)), name(day(2))]);
    assert_eq!(in_default(client), 0);
}

fn far_days(_: &Database, client: &mut Client) {
    for offset in [-33, 4, 30_000] {
        assert_eq!(ingest(client, &format!("e{offset}"), day(offset)), 1);
        assert_eq!(ingest(client, &format!("e{offset}"), day(offset)), 0);
    }
    assert_eq!(partitions(client), [""; 0]);
    assert_eq!(in_default(client), 3);
}

fn creating_a_day(_: &Database, client: &mut Client) {
    let far = NaiveDate::from_ymd_opt(2020, 2, 29).expect("a day");
    for (id, day) in [("a", far), ("b", far), ("c", far + Duration::days(1))] {
        ingest(client, id, day);
    }
    client.batch_execute("SELECT raceway_create_partition('2020-02-29')").expect("a partition");
    assert_eq!(partitions(client), ["events_20200229"]);
    assert_eq!(in_default(client), 1);
    assert_eq!(ingest(client, "a", far), 0, "still a duplicate");
    assert_eq!(ingest(client, "d", far), 1);
    assert_eq!(in_default(client), 1);
}

fn new_day_under_load(database: &Database, client: &mut Client) {
    let stored: i32 = thread::scope(|scope| {
        let session = |number: usize| {
            let mut client = database.connect();
            (0..20).map(|n| ingest(&mut client, &format!("{number}-{n}"), day(0))).sum::<i32>()
        };
        let sessions: Vec<_> = (0..8).map(|n| scope.spawn(move || session(n))).collect();
        sessions.into_iter().map(|session| session.join().expect("a session")).sum()
    });
    assert_eq!(stored, 160);
    assert_eq!(partitions(client), [name(day(0))]);
}

/// Has events of these days stored while nobody can make their partitions.
fn ingest_while_locked(database: &Database, client: &mut Client, days: &[i64]) {
    let mut locker = database.connect();
    let mut transaction = locker.transaction().expect("a transaction");
    transaction
        .batch_execute("LOCK TABLE ONLY stored_events IN SHARE UPDATE EXCLUSIVE MODE")
        .expect("LOCK TABLE");
    for &offset in days {
        assert_eq!(ingest(client, &format!("meanwhile {offset}"), day(offset)), 1);
    }
    transaction.commit().expect("COMMIT");
}

fn locked_parent(database: &Database, client: &mut Client) {
    ingest_while_locked(database, client, &[0]);
    assert_eq!(in_default(client), 1);
    assert_eq!(ingest(client, "afterwards", day(0)), 1);
    assert_eq!(in_default(client), 0, "the day's events are in its partition");
}

fn healed_default(database: &Database, client: &mut Client) {
    ingest_while_locked(database, client, &[-3, 0, 100]);
    assert_eq!(in_default(client), 3);
    client.batch_execute("SELECT raceway_retention('30 days')").expect("raceway_retention");
    assert_eq!(in_default(client), 1, "the day that is too far ahead");
    assert_eq!(partitions(client), [name(day(-3)), name(day(0)), name(day(1))]);
}
