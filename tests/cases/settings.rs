//! The SQL API and the sidecar answer the same, whatever a session, a role or a database has set.

use std::sync::Arc;

use chrono::{Duration, Utc};
use libtest_mimic::Trial;
use postgres::{Client, SimpleQueryMessage};
use serde_json::json;

use crate::harness::{Database, Sidecar, event, sqlstate};
use crate::{Case, World};

const CASES: [Case; 5] = [
    ("sql_answers_the_same_with_any_setting", any_setting),
    ("what_only_a_superuser_may_set_changes_no_answer", superuser_settings),
    ("names_in_front_of_ours_are_not_taken", decoys),
    ("a_session_that_only_reads_reads", read_only),
    ("a_sidecar_answers_the_same_in_any_database", any_database),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "settings", &CASES)
}

/// What anybody may set, as SET has it.
const SETTINGS: [&str; 60] = [
    "array_nulls = off",
    "backslash_quote = on",
    "bytea_output = escape",
    "check_function_bodies = off",
    "client_encoding = 'LATIN1'",
    "client_encoding = 'SQL_ASCII'",
    "client_min_messages = debug5",
    "client_min_messages = error",
    "constraint_exclusion = off",
    "constraint_exclusion = on",
    "cursor_tuple_fraction = 1",
    "DateStyle = 'German'",
    "DateStyle = 'ISO, DMY'",
    "DateStyle = 'Postgres, MDY'",
    "DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Kolkata'",
    "DateStyle = 'SQL, YMD'; SET TimeZone = 'Asia/Shanghai'",
    "default_statistics_target = 1",
    "default_transaction_deferrable = on",
    "default_transaction_isolation = 'read uncommitted'",
    "default_transaction_isolation = 'repeatable read'",
    "default_transaction_isolation = 'serializable'",
    "enable_hashagg = off",
    "enable_hashjoin = off",
    "enable_indexscan = off",
    "enable_mergejoin = off",
    "enable_nestloop = off; SET jit = off",
    "enable_partition_pruning = off",
    "enable_partitionwise_aggregate = on",
    "enable_partitionwise_join = on",
    "enable_seqscan = off",
    "enable_sort = off; SET jit = off",
    "extra_float_digits = -15",
    "extra_float_digits = 3",
    "force_parallel_mode = regress",
    "force_parallel_mode = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
     SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0",
    "from_collapse_limit = 1",
    "geqo_threshold = 2",
    "gin_fuzzy_search_limit = 1000000",
    "hash_mem_multiplier = 1",
    "idle_in_transaction_session_timeout = '1min'",
    "IntervalStyle = 'iso_8601'",
    "IntervalStyle = 'postgres_verbose'",
    "IntervalStyle = 'sql_standard'",
    "jit = on; SET jit_above_cost = 0",
    "join_collapse_limit = 1",
    "lc_numeric = 'C'",
    "lc_time = 'C'",
    "lock_timeout = '1ms'",
    "plan_cache_mode = force_custom_plan",
    "plan_cache_mode = force_generic_plan",
    "quote_all_identifiers = on",
    "row_security = off",
    "search_path = ''",
    "standard_conforming_strings = off",
    "statement_timeout = '1min'",
    "TimeZone = 'America/St_Johns'",
    "TimeZone = 'Asia/Kathmandu'",
    "TimeZone = 'Pacific/Apia'",
    "transform_null_equals = on",
    "work_mem = '64kB'",
];

/// With the last, no triggers fire; functions work all the same.
const OF_SUPERUSERS: [&str; 4] = [
    "plpgsql.variable_conflict = 'error'",
    "plpgsql.variable_conflict = 'use_variable'",
    "allow_system_table_mods = on",
    "session_replication_role = replica",
];

/// Calls that write. No call prints what a setting has printed otherwise.
fn writes() -> Vec<String> {
    let today = Utc::now().date_naive();
    let at = |days_ago: i64, time: &str| format!("{}T{time}", today - Duration::days(days_ago));
    let flat = |id: &str, timestamp: &str| {
        json!({"event_id": id, "trace_id": "flat", "kind": "StateChange", "timestamp": timestamp,
               "duration_ms": 0.123_456_789_012_345_68, "location": "a\\b.ts:1",
               "vector_clock": {"x": u64::MAX}, "metadata": {"variable": "it's \\ \u{0}\u{10}",
               "service_name": "NULL", "thread_id": "\\u0010"}})
    };
    let batches = [
        [
            event("sdk", "a\u{10}", &at(0, "00:00:00Z")),
            event("sdk", "b", &at(0, "02:30:00.123456789+05:45")),
        ],
        [flat("f1", &at(50, "23:59:59.999999-15:59")), flat("bad", "yesterday")],
        [
            event("edge", "leap", "2016-12-31T23:59:60Z"),
            event("edge", "last", "9999-12-31T23:59:59.999999Z"),
        ],
        [
            event("edge", "first", "0001-01-01T00:00:00Z"),
            event("sdk", "b", &at(0, "02:30:00.123456789+05:45")),
        ],
    ];
    let ingest = |events: [serde_json::Value; 2]| {
        format!(
            "SELECT accepted, duplicates, rejected, errors
             FROM public.raceway_ingest($raceway${}$raceway$::text)",
            json!(events)
        )
    };
    let partition =
        |day: &str| format!("SELECT public.raceway_create_partition('{day}') IS NOT NULL");
    let day = (today - Duration::days(50)).to_string();
    ["2011-12-30", "0001-01-01", "9999-12-31", &day]
        .map(partition)
        .into_iter()
        .chain(batches.map(ingest))
        .chain(WRITES.map(Into::into))
        .collect()
}

const WRITES: [&str; 3] = [
    "SELECT accepted, duplicates FROM public.raceway_ingest(
         $${\"event_id\": \"j\", \"trace_id\": \"json\", \"kind\": \"K\", \"lock_set\": [\"\\u0010\"],
            \"timestamp\": \"2011-12-30T12:00:00+14:00\"}$$::jsonb)",
    "SELECT accepted, duplicates, rejected, refusal
     FROM public.raceway_ingest_batches(ARRAY['5', '[]', '{\"events\": []}'])",
    "SELECT public.raceway_quarantine(
         $$[{\"received_at\": \"2026-11-22T12:00:00Z\", \"source\": \"s\", \"reason\": \"none\",
             \"event\": \"{\\\"event_id\\\": \\\"q\\\", \\\"trace_id\\\": \\\"q\\\", \\\"kind\\\": \\\"K\\\", \\\"timestamp\\\": \\\"2026-11-22T12:00:00Z\\\"}\"}]$$)::text",
];

/// Of each partition, in a form that settings do not change.
const BOUNDS: &str = "
    SAVEPOINT bounds;
    SET LOCAL DateStyle = 'ISO';
    SET LOCAL TimeZone = 'UTC';
    SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname ~ '^events_'
        AND relispartition ORDER BY 1;
    ROLLBACK TO bounds";

const READS: [&str; 17] = [
    BOUNDS,
    "SELECT extract(epoch FROM \"timestamp\"), event_id, parent_id, kind, duration_ms::numeric, location,
            service_name, thread_id, lock_set, vector_clock, metadata, event, event_key
     FROM public.events ORDER BY 1, 2",
    "SELECT partition::oid::bigint > 0, day - '2011-12-30'::date FROM public._raceway_partitions()
     ORDER BY 2",
    "SELECT public.raceway_trace('sdk'), public.raceway_trace('flat'), public.raceway_trace('none')",
    "SELECT public.raceway_trace('edge')",
    "SELECT trace_id, service_name, array_to_string(services, ','), event_count,
            extract(epoch FROM start_time), extract(epoch FROM end_time), name_rank
     FROM public.raceway_traces(page_size => 3, min_events => 1)",
    "SELECT trace_id FROM public.raceway_traces(
         2, service => 'NULL', before_time => '9999-01-01 00:00:00+00', before_id => 'z')",
    "SELECT public.raceway_trace_count(), public.raceway_trace_count(service => 'NULL')",
    "SELECT public.raceway_export(array_agg(trace_no)) FROM public.raceway_exported_traces()",
    "SELECT event_count FROM public.raceway_exported_traces(
         since => '2011-01-01 00:00:00+00', until => '2012-01-01 00:00:00+00')",
    "SELECT traces, events, is_exact, partitions, extract(epoch FROM oldest),
            extract(epoch FROM newest), bytes_per_event > 0 FROM public.raceway_stats()",
    "SELECT public.raceway_happens_before('{\"a\": 1}', '{\"a\": 1, \"b\": 1}'),
            public.raceway_concurrent('{\"a\": 1}', '{\"b\": 18446744073709551615}'),
            public.raceway_clock_merge('{\"a\": 1}', '{\"a\": 2, \"b\": 1}')",
    "SELECT public.raceway_clock_max(vector_clock) FROM public.events",
    "SELECT public.raceway_retention('40 days 12:00', dry_run => true)",
    "SELECT public.raceway_retention('-1 day', dry_run => true)",
    "SELECT trace_id FROM public.raceway_traces(page_size => -1)",
    "SELECT trace_id, event_count FROM public.traces ORDER BY 1",
];

/// What writes once more, when all of that was read.
const LATER_CALLS: [&str; 4] = [
    "SELECT replayed, remaining FROM public.raceway_replay_rejected()",
    "SELECT partitions_dropped, events_deleted, traces_deleted
     FROM public.raceway_retention('40 days 12:00')",
    "SELECT public.raceway_ingest('5'::text)",
    "SELECT trace_id, event_count FROM public.traces ORDER BY 1",
];

/// Statements that triggers follow.
const TRIGGERING: [&str; 7] = [
    "INSERT INTO public.events
         (event_id, trace_id, kind, timestamp, created_at, metadata, duration_ms)
     VALUES ('i', 'inserted', 'K', '2026-01-31 12:00:00.5+05:45', '2026-01-01 00:00:00+00',
             '{\"note\": \"by hand\"}', 0.1)",
    "INSERT INTO public.events (event)
     VALUES ($${\"event_id\": \"e\", \"trace_id\": \"whole\", \"kind\": \"K\",
               \"x\": \"\\\\u0010\\u00100\\u0010\\u0010\", \"timestamp\": \"2026-01-31T12:00:00Z\"}$$)",
    "SELECT extract(epoch FROM \"timestamp\"), created_at < '2026-01-02 00:00:00+00', event
     FROM public.events WHERE trace_id IN ('inserted', 'whole') ORDER BY 1",
    "DELETE FROM public.events WHERE event_id = 'b'",
    "SELECT trace_id, event_count FROM public.traces ORDER BY 1",
    "DELETE FROM public.traces WHERE trace_id = 'edge'",
    "SELECT count(*) FROM public.stored_events",
];

fn calls() -> Vec<String> {
    let later = READS.into_iter().chain(LATER_CALLS).map(Into::into);
    writes().into_iter().chain(later).collect()
}

/// What a statement says: its rows, how many it changed, or why it fails.
fn answer(client: &mut Client, sql: &str) -> String {
    let messages = match client.simple_query(sql) {
        Ok(messages) => messages,
        Err(error) => {
            let message = error.as_db_error().map(|error| error.message().to_owned());
            return format!("{} {message:?}", sqlstate(&error));
        }
    };
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => {
            let columns = (0..row.len()).map(|n| row.get(n).unwrap_or("NULL"));
            Some(columns.collect::<Vec<_>>().join(" | "))
        }
        SimpleQueryMessage::CommandComplete(rows) => Some(format!("{rows} rows")),
        _ => None,
    };
    messages.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

/// The answers of an empty database in a session that has set this, which leaves nothing behind.
fn answers(database: &Database, setting: &str, statements: &[String]) -> Vec<String> {
    let mut client = database.connect();
    client.batch_execute(&format!("SET {setting}")).expect(setting);
    client.batch_execute("BEGIN").expect("BEGIN");
    let mut given = Vec::with_capacity(statements.len());
    for sql in statements {
        client.batch_execute("SAVEPOINT before").expect("SAVEPOINT");
        let answer = answer(&mut client, sql);
        if client.batch_execute("RELEASE before").is_err() {
            client.batch_execute("ROLLBACK TO before").expect("ROLLBACK TO");
        }
        given.push(answer);
    }
    client.batch_execute("ROLLBACK").expect("ROLLBACK");
    given
}

fn assert_same(database: &Database, settings: &[&str], statements: &[String]) {
    let expected = answers(database, "application_name = 'default'", statements);
    let is_stored = |answer: &String| answer.ends_with("1 rows");
    assert!(expected[..writes().len() - 3].iter().all(is_stored), "{expected:#?}");
    for setting in settings {
        let given = answers(database, setting, statements);
        for ((given, expected), sql) in given.iter().zip(&expected).zip(statements) {
            assert_eq!(given, expected, "{} with {setting}: {sql}", database.user);
        }
    }
}

fn any_setting(world: &World) {
    let statements: Vec<String> = calls().into_iter().chain(TRIGGERING.map(Into::into)).collect();
    for &flavour in world.flavours() {
        assert_same(&world.cluster().create_with(flavour), &SETTINGS, &statements);
    }
}

fn superuser_settings(world: &World) {
    for &flavour in world.flavours() {
        let database = world.cluster().create_with(flavour).for_superuser();
        assert_same(&database, &OF_SUPERUSERS, &calls());
    }
}

/// Things of other names are called in front of those of Postgres, and of ours.
fn decoys(world: &World) {
    const DECOYS: &str = "
        CREATE SCHEMA decoy;
        CREATE TABLE decoy.traces (trace_id text); CREATE TABLE decoy.frames (frame_id integer);
        CREATE TABLE decoy.stored_events (x integer); CREATE TABLE decoy.events_default (x integer);
        CREATE FUNCTION decoy.now() RETURNS timestamptz LANGUAGE sql AS
            $$ SELECT '2001-01-01'::timestamptz $$;
        CREATE FUNCTION decoy.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS
            $$ SELECT 'decoy' $$;
        CREATE FUNCTION decoy.strpos(text, text) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION decoy._raceway_utc(timestamptz) RETURNS text LANGUAGE sql AS
            $$ SELECT '' $$;
        CREATE FUNCTION decoy._raceway_text(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
        CREATE FUNCTION decoy.joined(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'decoy' $$;
        CREATE OPERATOR decoy.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = decoy.joined)";
    for &flavour in world.flavours() {
        let database = world.cluster().create_with(flavour);
        database.for_superuser().connect().batch_execute(DECOYS).expect("decoys");
        let grant = format!("GRANT USAGE ON SCHEMA decoy TO {}", database.user);
        database.for_superuser().connect().batch_execute(&grant).expect("GRANT");
        assert_same(&database, &["search_path = decoy, pg_catalog, public"], &calls());
    }
}

fn read_only(world: &World) {
    let reads = READS.map(String::from);
    for &flavour in world.flavours() {
        let database = world.cluster().create_with(flavour);
        let mut client = database.connect();
        for sql in writes() {
            answer(&mut client, &sql);
        }
        let expected = answers(&database, "application_name = 'default'", &reads);
        let given = answers(&database, "default_transaction_read_only = on", &reads);
        assert_eq!(given, expected, "{flavour:?}");
        let refused = [
            "SELECT public.raceway_ingest($${\"event_id\": \"new\", \"trace_id\": \"t\", \"kind\": \"K\",
                 \"timestamp\": \"2026-11-22T12:00:00Z\"}$$::text)"
                .into(),
            "SELECT public.raceway_retention('40 days')".into(),
            "SELECT public.raceway_create_partition('2001-01-01')".into(),
            "DELETE FROM public.traces".into(),
        ];
        for answer in answers(&database, "default_transaction_read_only = on", &refused) {
            assert!(answer.starts_with("25006"), "{flavour:?}: {answer}");
        }
    }
}

/// The sidecar sets nothing in its sessions, which a pooler may give to others.
fn any_database(world: &World) {
    const HOSTILE: [&str; 12] = [
        "DateStyle = 'SQL, DMY'",
        "IntervalStyle = 'sql_standard'",
        "TimeZone = 'Asia/Kolkata'",
        "extra_float_digits = -15",
        "bytea_output = escape",
        "default_transaction_isolation = 'repeatable read'",
        "row_security = off",
        "standard_conforming_strings = off",
        "quote_all_identifiers = on",
        "force_parallel_mode = on",
        "plan_cache_mode = force_generic_plan",
        "transform_null_equals = on",
    ];
    for &flavour in world.flavours() {
        let expected = of_sidecar(&world.cluster().create_with(flavour));
        let database = world.cluster().create_with(flavour);
        for setting in HOSTILE {
            let sql = format!("ALTER DATABASE {} SET {setting}", database.name);
            database.for_superuser().connect().batch_execute(&sql).expect(setting);
        }
        for (given, expected) in of_sidecar(&database).iter().zip(&expected) {
            assert_eq!(given, expected, "{flavour:?}");
        }
    }
}

/// The answers of a sidecar and its commands on an empty database.
fn of_sidecar(database: &Database) -> Vec<String> {
    let today = Utc::now().date_naive();
    let events = json!([
        event("new", "a\u{10}\\", &format!("{today}T12:00:00.5+05:45")),
        event("old", "b", &format!("{}T12:00:00Z", today - Duration::days(31))),
        event("edge", "c", "9999-12-31T23:59:59.999999Z"),
        event("edge", "d", "yesterday"),
    ]);
    let sidecar = Sidecar::postgres(database);
    let stored = sidecar.post(&events.to_string()).data().to_string();
    let retention = |arguments: &[&str]| {
        let mut command = Sidecar::command_on(&database.to_string());
        command.arg("retention").args(["--keep", "29 days"]).args(arguments);
        format!("{:?}", Sidecar::run(command))
    };
    let mut answers = vec![stored, sidecar.export("")];
    for query in ["/new", "/edge", "?page_size=2", "?page_size=2&page=2", "?service=bank"] {
        answers.push(sidecar.get(&format!("/api/traces{query}")).data().to_string());
    }
    answers.extend([retention(&["--dry-run"]), retention(&[]), sidecar.export("")]);
    database.assert_traces_are_true();
    answers
}
