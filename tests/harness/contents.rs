//! A database with something of everything in it, and what must not get lost.

use postgres::Client;

use crate::{Database, event, ingest, recorded_requests};

/// Fills an empty database: recorded traffic, a daily partition, events outside of any, one that was
/// rejected.
pub fn fill(client: &mut Client) {
    for body in recorded_requests() {
        ingest(client, &body);
    }
    client.batch_execute("SELECT raceway_create_partition('2026-11-22')").expect("a partition");
    for id in ["late-1", "late-2"] {
        ingest(client, &event(id, id, "2001-01-01T12:00:00Z").to_string());
    }
    let rejected = "SELECT raceway_quarantine('[{\"received_at\": \"2026-11-22T12:00:00Z\",
                    \"source\": \"127.0.0.1\", \"reason\": \"no\", \"event\": \"{}\"}]')";
    client.batch_execute(rejected).expect("raceway_quarantine");
}

/// Every row of every table, with where it is, and every event as it is read, as far as each release
/// shows it; of what newer versions have added to tables, what is not null.
pub fn contents(client: &mut Client) -> Vec<String> {
    let sql = "
        SELECT tableoid::regclass::text || e::text FROM stored_events AS e
        UNION ALL SELECT concat_ws('|', \"timestamp\", created_at, duration_ms, trace_id, event_id,
                                   parent_id, kind, location, service_name, thread_id, lock_set,
                                   vector_clock, metadata, event, trace_no, event_key) FROM events
        UNION ALL SELECT t::text FROM traces AS t
        UNION ALL SELECT f::text FROM frames AS f
        UNION ALL SELECT jsonb_strip_nulls(to_jsonb(r))::text FROM raceway_rejected AS r ORDER BY 1";
    let rows = client.query(sql, &[]).expect("rows");
    assert!(rows.len() > 3400, "{} rows", rows.len());
    rows.iter().map(|row| row.get(0)).collect()
}

/// A database that was filled is in working order: it knows its events, takes new ones, and forgets.
pub fn assert_goes_on(database: &Database) {
    let mut client = database.connect();
    for body in recorded_requests() {
        assert_eq!(ingest(&mut client, &body), 0);
    }
    let new = event("new", "e", "2026-11-22T12:00:00Z").to_string();
    assert_eq!(ingest(&mut client, &new), 1);
    client.execute("DELETE FROM traces WHERE trace_id LIKE 'late%'", &[]).expect("DELETE");
    database.assert_traces_are_true();
    client.query("SELECT raceway_retention('1 day')", &[]).expect("raceway_retention");
    database.assert_traces_are_true();
}
