//! The SQL API as SQL users meet it.

use std::sync::Arc;
use std::time::Instant;

use libtest_mimic::Trial;
use postgres::Client;
use serde_json::{Value, json};

use crate::harness::{
    Database, comparable, documented_event, event, ingest, recorded_requests, sqlstate,
};
use crate::{DatabaseCase, World, database_trials, empty};

pub(super) const CASES: [DatabaseCase; 16] = [
    ("what_holds_no_events_is_an_invalid_parameter", invalid_parameters),
    ("what_makes_no_sense_is_refused_with_what_was_expected", senseless_arguments),
    ("bounds_without_an_end_and_null_have_their_meanings", meaningful_arguments),
    ("an_event_out_of_range_is_shown_at_the_nearest_instant", nearest_instant),
    ("json_is_taken_as_jsonb_and_as_text", jsonb_and_text),
    ("rejections_name_index_id_and_reason", rejections),
    ("many_rejections_are_told_in_brief", many_rejections),
    ("documented_queries_hold_for_both_dialects", documented_queries),
    ("traces_are_paged_by_key", keyset_pages),
    ("the_newest_traces_with_so_many_events_are_found", newest_traces),
    ("who_may_only_ingest_can_do_nothing_else", ingest_privilege),
    ("every_function_is_documented_and_pinned_to_its_schema", catalog),
    ("what_parallel_workers_can_not_run_is_unsafe", parallel_safety),
    ("stats_count_everything", stats),
    ("events_of_a_process_share_a_frame", shared_frames),
    ("frames_do_not_grow_for_ever", full_frames),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    database_trials(world, "sql", empty, &CASES)
}

fn invalid_parameters(_: &Database, client: &mut Client) {
    for call in [
        "SELECT raceway_ingest('not json')",
        "SELECT raceway_ingest('')",
        "SELECT raceway_ingest('5')",
        "SELECT raceway_ingest('{\"events\": 5}')",
        "SELECT raceway_ingest('5'::jsonb)",
        "SELECT raceway_ingest('\"text\"'::jsonb)",
    ] {
        let error = client.query(call, &[]).expect_err(call);
        assert_eq!(sqlstate(&error), "22023", "{call}: {error}");
        assert!(error.as_db_error().is_some_and(|e| e.message().contains("expected")), "{error}");
    }
}

/// Each is refused with SQLSTATE 22023, and this is what was expected.
const SENSELESS: [(&str, &str); 29] = [
    ("raceway_traces(page_size => NULL)", "page_size: expected 0 or more"),
    ("raceway_traces(page_size => -1)", "page_size: expected 0 or more"),
    ("raceway_traces(skip => NULL)", "skip: expected 0 or more"),
    ("raceway_traces(skip => -1)", "skip: expected 0 or more"),
    ("raceway_traces(min_events => NULL)", "min_events: expected 0 or more"),
    ("raceway_traces(min_events => -1)", "min_events: expected 0 or more"),
    ("raceway_traces(before_id => 't')", "before_id: expected with before_time"),
    ("raceway_trace_count(min_events => NULL)", "min_events: expected 0 or more"),
    ("raceway_trace_count(min_events => -1)", "min_events: expected 0 or more"),
    ("raceway_retention(NULL)", "keep: expected how long events are kept"),
    ("raceway_retention('-1 day')", "keep: expected how long"),
    ("raceway_retention('1 month -31 days')", "keep: expected how long"),
    ("raceway_retention('1 month -40 days')", "keep: expected how long"),
    ("raceway_retention('5000 years')", "keep: expected how long"),
    ("raceway_retention('178000000 years', true)", "keep: expected how long"),
    ("raceway_retention('-5000 years', dry_run => true)", "keep: expected how long"),
    ("raceway_retention('30 days', NULL)", "dry_run: expected true or false"),
    ("raceway_create_partition(NULL)", "day: expected a date in the years 0001 to 9999"),
    ("raceway_create_partition('infinity')", "day: expected a date"),
    ("raceway_create_partition('-infinity')", "day: expected a date"),
    ("raceway_create_partition('10000-01-01')", "day: expected a date"),
    ("raceway_create_partition('5874897-12-31')", "day: expected a date"),
    ("raceway_create_partition('0001-12-31 BC')", "day: expected a date"),
    ("raceway_quarantine(NULL)", "entries: expected [{"),
    ("raceway_quarantine('[5]')", "entries: expected [{"),
    ("raceway_quarantine('[]', NULL)", "keep: expected how many"),
    ("raceway_quarantine('[]', -1)", "keep: expected how many"),
    ("raceway_ingest(NULL::text)", "expected JSON, or newline-delimited JSON"),
    ("raceway_ingest(NULL::jsonb)", "expected an event, an array of events, or"),
];

fn senseless_arguments(_: &Database, client: &mut Client) {
    for (call, expected) in SENSELESS {
        let error = client.simple_query(&format!("SELECT {call}")).expect_err(call);
        let message = error.as_db_error().map_or("", |error| error.message());
        assert_eq!(sqlstate(&error), "22023", "{call}: {error}");
        assert!(message.starts_with(expected), "{call}: {message}");
    }
}

fn meaningful_arguments(_: &Database, client: &mut Client) {
    ingest(client, &event("t", "e", "2026-11-22T12:00:00Z").to_string());
    for (query, expected) in [
        ("count(*) FROM raceway_traces()", Some("1")),
        ("count(*) FROM raceway_traces(page_size => 0)", Some("0")),
        ("count(*) FROM raceway_traces(before_time => 'infinity')", Some("1")),
        ("count(*) FROM raceway_traces(before_time => '-infinity')", Some("0")),
        ("count(*) FROM raceway_traces(service => NULL, before_id => NULL)", Some("1")),
        ("raceway_trace_count(service => NULL)", Some("1")),
        ("count(*) FROM raceway_exported_traces('-infinity', 'infinity')", Some("1")),
        ("count(*) FROM raceway_exported_traces('infinity')", Some("0")),
        ("count(*) FROM raceway_export('{NULL, 0, -1}')", Some("0")),
        // What array_agg() makes of no traces.
        ("count(*) FROM raceway_export(NULL)", Some("0")),
        ("count(*) FROM raceway_ingest_batches(NULL)", Some("0")),
        ("left(refusal, 13) FROM raceway_ingest_batches('{NULL}')", Some("expected JSON")),
        ("raceway_trace(NULL)", None),
        ("raceway_happens_before(NULL, '{}')", None),
        ("raceway_clock_max(NULL)", None),
    ] {
        let sql = format!("SELECT x::text FROM (SELECT {query}) AS answer (x)");
        let answer = client.query_one(&sql, &[]).expect(query);
        assert_eq!(answer.get::<_, Option<&str>>(0), expected, "{query}");
    }
}

/// As version 0.1.0 has stored a leap second at the end of 9999, or somebody by hand.
fn nearest_instant(_: &Database, client: &mut Client) {
    for (id, sent, stored, shown) in [
        (
            "leap",
            "9999-12-31T23:59:59Z",
            "10000-01-01 00:00:00.5+00",
            "9999-12-31T23:59:59.999999Z",
        ),
        (
            "first",
            "0001-01-01T00:00:00Z",
            "0044-03-15 12:00:00+00 BC",
            "0001-01-01T00:00:00.000000Z",
        ),
    ] {
        ingest(client, &event(id, id, sent).to_string());
        let sql = format!(
            "UPDATE stored_events SET \"timestamp\" = '{stored}' WHERE \"timestamp\" = '{sent}';
             UPDATE traces SET start_time = '{stored}', end_time = '{stored}' WHERE trace_id = '{id}'"
        );
        client.batch_execute(&sql).expect(&sql);
        let sql = "SELECT raceway_trace($1)->'events'->0->>'timestamp',
                          (SELECT raceway_export(array_agg(trace_no))::jsonb->>'timestamp'
                           FROM raceway_exported_traces(trace_id => $1)),
                          (SELECT event->>'timestamp' FROM events WHERE trace_id = $1)";
        let row = client.query_one(sql, &[&id]).expect(sql);
        for column in 0..3 {
            assert_eq!(row.get::<_, Option<&str>>(column), Some(shown), "{id}");
        }
    }
}

fn jsonb_and_text(_: &Database, client: &mut Client) {
    let accepted = |client: &mut Client, sql: &str, batch: &str| -> (i32, i32) {
        let row = client.query_one(sql, &[&batch]).expect(sql);
        (row.get(0), row.get(1))
    };
    let as_jsonb = "SELECT accepted, duplicates FROM raceway_ingest($1::text::jsonb)";
    let as_text = "SELECT accepted, duplicates FROM raceway_ingest($1::text)";
    let batch =
        json!([event("t", "a\u{10}", "2026-11-22T12:00:00Z"), documented_event()]).to_string();
    assert_eq!(accepted(client, as_jsonb, &batch), (2, 0));
    assert_eq!(accepted(client, as_text, &batch), (0, 2));
    let lines = format!("{}\n{batch}", event("t", "b", "2026-11-22T12:00:00Z"));
    assert_eq!(accepted(client, as_text, &lines), (1, 2));
    // A literal needs no cast.
    client.batch_execute("SELECT * FROM raceway_ingest('[]')").expect("a literal");
}

fn rejections(_: &Database, client: &mut Client) {
    let batch = json!([event("t", "good", "2026-11-22T12:00:00Z"), event("t", "bad", "yesterday")]);
    let row = client
        .query_one(
            "SELECT accepted, rejected, errors::text FROM raceway_ingest($1::text)",
            &[&batch.to_string()],
        )
        .expect("raceway_ingest");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1)), (1, 1));
    let errors: Value = serde_json::from_str(row.get(2)).expect("JSON");
    assert_eq!((&errors[0]["index"], &errors[0]["id"]), (&json!(1), &json!("bad")));
    assert!(errors[0]["reason"].as_str().is_some_and(|r| r.starts_with("timestamp: expected")));
}

/// Ten times as many take ten times as long: by the square, it would be a hundred times.
fn many_rejections(_: &Database, client: &mut Client) {
    let mut ingest = |numbers: usize, id: &str| {
        let sound = event("t", id, "2026-11-22T12:00:00Z");
        let body = format!("[{}{sound}]", "7,".repeat(numbers));
        let start = Instant::now();
        let sql = "SELECT accepted, rejected, errors::text FROM raceway_ingest($1::text)";
        let row = client.query_one(sql, &[&body]).expect("raceway_ingest");
        (row, start.elapsed())
    };
    let (_, few) = ingest(20_000, "first");
    let (row, many) = ingest(200_000, "second");
    assert!(many < few * 50, "{few:?}, {many:?}");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1)), (1, 200_000));
    let errors: &str = row.get(2);
    assert!(errors.len() < 100_000, "{} bytes", errors.len());
    let errors: Vec<Value> = serde_json::from_str(errors).expect("JSON");
    assert_eq!(errors.len(), 100);
}

fn documented_queries(_: &Database, client: &mut Client) {
    let batch = json!([event("t", "sdk", "2026-11-22T12:00:00Z"), documented_event()]).to_string();
    ingest(client, &batch);
    let rows = client
        .query(
            "SELECT metadata->>'variable', metadata->>'access_type',
                    coalesce(vector_clock->>'bank#1', vector_clock->>'thread-1'),
                    location, duration_ms, service_name, thread_id
             FROM events ORDER BY timestamp",
            &[],
        )
        .expect("documented queries");
    let texts =
        |row: usize, columns: [usize; 3]| columns.map(|c| rows[row].get::<_, Option<&str>>(c));
    assert_eq!(texts(0, [0, 1, 2]), [Some("user.balance"), Some("Write"), Some("5")]);
    assert_eq!(texts(0, [3, 5, 6]), [Some("api.ts:42"), None, None]);
    assert_eq!(rows[0].get::<_, Option<f64>>(4), Some(0.5));
    assert_eq!(texts(1, [0, 1, 2]), [Some("x"), Some("Write"), Some("1")]);
    assert_eq!(texts(1, [3, 5, 6]), [None, Some("bank"), Some("t-1")]);
}

fn keyset_pages(_: &Database, client: &mut Client) {
    for body in recorded_requests() {
        ingest(client, &body);
    }
    let ids =
        |rows: &[postgres::Row]| -> Vec<String> { rows.iter().map(|row| row.get(0)).collect() };
    let all = client.query("SELECT trace_id FROM raceway_traces(1000)", &[]).expect("traces");
    let mut paged = Vec::new();
    let mut page = client
        .query("SELECT trace_id, start_time::text FROM raceway_traces(7)", &[])
        .expect("the first page");
    while let Some(last) = page.last() {
        let (id, time): (String, String) = (last.get(0), last.get(1));
        paged.extend(ids(&page));
        let sql = "SELECT trace_id, start_time::text
                   FROM raceway_traces(7, before_time => $1::text::timestamptz, before_id => $2)";
        page = client.query(sql, &[&time, &id]).expect("a page");
    }
    assert_eq!(paged.len(), 160);
    assert_eq!(paged, ids(&all));
}

fn newest_traces(_: &Database, client: &mut Client) {
    for (trace_id, minute, events) in
        [("old", 1, 3), ("long", 2, 7), ("newer", 3, 2), ("new", 4, 1)]
    {
        let event = |number: i32| {
            let time = format!("2026-11-22T12:{minute:02}:{number:02}Z");
            event(trace_id, &number.to_string(), &time)
        };
        store(client, &(0..events).map(event).collect::<Vec<_>>());
    }
    let mut newest = |since: Option<&str>, most: i64| {
        let sql = "SELECT trace_ids, oldest_start = (SELECT min(start_time) FROM traces
                                                     WHERE trace_id = ANY (trace_ids)), omitted_traces
                   FROM _raceway_newest_traces($1::text::timestamptz, NULL, $2)";
        let row = client.query_one(sql, &[&since, &most]).expect(sql);
        (row.get::<_, Vec<String>>(0), row.get::<_, Option<bool>>(1), row.get::<_, i64>(2))
    };
    let found = |ids: &[&str], omitted| {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        let has_start = (!ids.is_empty()).then_some(true);
        (ids, has_start, omitted)
    };
    assert_eq!(newest(None, 13), found(&["new", "newer", "long", "old"], 0));
    assert_eq!(newest(None, 4), found(&["new", "newer"], 2));
    assert_eq!(newest(None, 6), found(&["new", "newer", "old"], 1));
    assert_eq!(newest(Some("2026-11-22T12:03:01Z"), 6), found(&["new", "newer"], 0));
    assert_eq!(newest(None, 0), found(&[], 4));
}

fn ingest_privilege(database: &Database, client: &mut Client) {
    let sender = database.for_new_role("sender");
    let functions = "raceway_ingest(jsonb), raceway_ingest(text)";
    let sql = format!("GRANT EXECUTE ON FUNCTION {functions} TO {}", sender.user);
    client.batch_execute(&sql).expect("GRANT");
    let mut session = sender.connect();
    let batch = event("t", "e", "2026-11-22T12:00:00Z").to_string();
    assert_eq!(ingest(&mut session, &batch), 1);
    for denied in [
        "SELECT * FROM events",
        "SELECT * FROM traces",
        "DELETE FROM traces",
        "SELECT raceway_trace('t')",
        "SELECT raceway_retention('1 day')",
        "SELECT raceway_create_partition('2020-01-01')",
        "SELECT * FROM stored_events",
        "SELECT * FROM frames",
        "SELECT _raceway_recount_traces('{1}')",
        "SELECT _raceway_merge_traces('{t}', '{1}', '{now}', '{now}', '{1}', '{s}', '{\"{}\"}')",
        "SELECT _raceway_frame_ids('{t}', '{sdk}', '{k}', '{s}')",
        "SELECT _raceway_expire('{}', now(), now())",
        "SELECT _raceway_drop_partitions('{}')",
    ] {
        let error = session.batch_execute(denied).expect_err(denied);
        assert_eq!(sqlstate(&error), "42501", "{denied}: {error}");
    }
}

/// Every function has a comment, and a `search_path` that ends in `pg_temp` unless it runs no SQL
/// or was bound to its objects when it was created.
fn catalog(_: &Database, client: &mut Client) {
    let rows = client
        .query(
            "SELECT oid::regprocedure::text FROM pg_proc
             WHERE proname LIKE 'raceway%' AND prokind = 'f' AND (
                 obj_description(oid, 'pg_proc') IS NULL
                 OR (prosecdef OR prosqlbody IS NULL
                     AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c'))
                    AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting
                                    WHERE setting ~ '^search_path=pg_catalog,.*pg_temp$'))",
            &[],
        )
        .expect("pg_proc");
    let careless: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(careless, [""; 0]);
}

/// A plan with parallel workers can run no EXCEPTION block, nor what calls a function with one.
fn parallel_safety(_: &Database, client: &mut Client) {
    let rows = client
        .query(
            "WITH functions AS (
                 SELECT oid, proname, proparallel, pg_get_functiondef(oid) AS definition
                 FROM pg_proc WHERE proname LIKE 'raceway%' AND prokind = 'f')
             SELECT oid::regprocedure::text FROM functions AS f
             WHERE proparallel <> 'u' AND (
                 definition ~ '\\mEXCEPTION\\s*(--[^\\n]*\\s*)*WHEN'
                 OR EXISTS (SELECT FROM functions AS called
                            WHERE called.oid <> f.oid AND called.proparallel = 'u'
                              AND f.definition ~ ('\\m' || called.proname || '[(]')))",
            &[],
        )
        .expect("pg_proc");
    let careless: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(careless, [""; 0]);
}

fn stats(_: &Database, client: &mut Client) {
    let sql = "SELECT traces, events, partitions, oldest IS NULL, total_bytes > 0, bytes_per_event
               FROM raceway_stats()";
    let empty = client.query_one(sql, &[]).expect("raceway_stats");
    assert_eq!((empty.get::<_, i64>(0), empty.get::<_, i64>(1), empty.get::<_, i32>(2)), (0, 0, 0));
    assert!(empty.get::<_, bool>(3) && empty.get::<_, bool>(4));
    assert_eq!(empty.get::<_, Option<f64>>(5), None);
    for body in recorded_requests() {
        ingest(client, &body);
    }
    let full = client.query_one(sql, &[]).expect("raceway_stats");
    assert_eq!((full.get::<_, i64>(0), full.get::<_, i64>(1)), (160, 1559));
    assert!(full.get::<_, Option<f64>>(5) > Some(100.0));
}

fn store(client: &mut Client, events: &[Value]) {
    let accepted = ingest(client, &json!(events).to_string());
    assert_eq!(usize::try_from(accepted), Ok(events.len()));
}

fn count(client: &mut Client, table: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).expect(table).get(0)
}

fn shared_frames(_: &Database, client: &mut Client) {
    let events: Vec<Value> = (0..50)
        .map(|n| {
            let id = format!("08b4fda8-c892-450e-8db3-0a5466fb5a{n:02}");
            let mut event = event("t", &id, "2026-11-22T12:00:00Z");
            event["kind"]["StateChange"]["new_value"] = n.into();
            event["causality_vector"] = json!([["bank#1", n], [format!("other#{n}"), n]]);
            event
        })
        .collect();
    store(client, &events);
    assert_eq!(count(client, "frames"), 1);
    let sql = "SELECT event::text FROM events ORDER BY (metadata->>'new_value')::int";
    let rows = client.query(sql, &[]).expect("events");
    for (row, sent) in rows.iter().zip(&events) {
        let read: Value = serde_json::from_str(row.get(0)).expect("JSON");
        assert_eq!(comparable(&read), comparable(sent));
    }
}

/// Of process fields that differ in every event, and of events with too many fields, nothing is
/// shared: they are stored whole, and read like any other.
fn full_frames(_: &Database, client: &mut Client) {
    let mut wide = event("t", "wide", "2026-11-22T12:00:00Z");
    for n in 0..200 {
        wide[format!("field {n}")] = n.into();
    }
    store(client, &[wide.clone()]);
    assert_eq!(count(client, "frames"), 1);
    client
        .batch_execute(
            "INSERT INTO frames (frame_id, template, dialect, kind, service_name)
             VALUES (100000, '{}', 'sdk', 'Custom', '')",
        )
        .expect("a frame");
    let tagged = |n: usize| {
        let mut event = event("t", &format!("e{n}"), "2026-11-22T12:00:00Z");
        event["metadata"]["tags"] = json!({ "request": n });
        event
    };
    let events: Vec<Value> = (0..20).map(tagged).collect();
    store(client, &events);
    store(client, &[tagged(20)]);
    assert_eq!(count(client, "frames"), 2, "all of a kind and service share the frame of the wide");
    let row = client
        .query_one(
            "SELECT count(*) FILTER (WHERE kind = 'StateChange' AND service_name = 'bank'
                                     AND thread_id = 't-1' AND vector_clock->>'bank#1' = '1'
                                     AND event_id = event->>'id'),
                    count(DISTINCT event->'metadata'->'tags'),
                    max(event->>'field 199')
             FROM events",
            &[],
        )
        .expect("events");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (22, 22));
    assert_eq!(row.get::<_, Option<&str>>(2), Some("199"));
}
