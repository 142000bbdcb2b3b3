//! The columns of the view `events`: the same from both flavours, from the model, and from Postgres'
//! own functions of JSON.

use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::{Client, Row};
use raceway_model::{EventView, VectorClock, json_equal, unescape_json};
use serde_json::{Map, Value};

use super::truth::ingest_recorded_traffic;
use crate::harness::{Database, Flavour, Mutations, documented_event, ingest};
use crate::{Case, DatabaseCase, World, database_trials};

const OF_FLAVOURS: [Case; 1] = [("both_flavours_and_the_model_mean_the_same", equal_meaning)];

pub(super) const CASES: [DatabaseCase; 3] = [
    ("jsonb_is_written_as_postgres_does", equal_bytes),
    ("a_role_with_select_on_the_view_alone_reads_it", view_alone),
    ("what_has_a_column_of_its_own_can_be_inserted", inserted_columns),
];

/// Of a seed that stays: what is new is looked for by the mutations.
const SEED: u64 = 20_261_126;
const MUTATED: u64 = 4_000;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = database_trials(world, "columns", ingest_recorded_traffic, &CASES);
    if world.flavours() == Flavour::ALL {
        trials.extend(crate::trials(world, "columns", &OF_FLAVOURS));
    }
    trials
}

fn equal_meaning(world: &World) {
    let [extension, plain_sql] = Flavour::ALL.map(|flavour| {
        let mut client = world.cluster().create_with(flavour).connect();
        ingest_recorded_traffic(&mut client);
        ingest(&mut client, &documented_event().to_string());
        ingest_mutated(&mut client);
        rows(&mut client)
    });
    assert!(extension.len() > 3_000, "{} events", extension.len());
    assert_eq!(extension.len(), plain_sql.len());
    for ((columns, sent), (same_columns, same)) in extension.iter().zip(&plain_sql) {
        assert_eq!(sent, same);
        assert_eq!(columns.len(), same_columns.len());
        for (name, value) in columns {
            let other = &same_columns[name];
            assert!(json_equal(value, other), "{name}: {value}, {other} in plain SQL; {sent}");
        }
        assert_is_meant(columns, &EventView::parse(sent).expect("an event"));
    }
}

fn ingest_mutated(client: &mut Client) {
    let mutations = Mutations::new(SEED);
    let events = (0..MUTATED).filter_map(|number| String::from_utf8(mutations.event(number)).ok());
    let events: Vec<String> = events.filter(|event| !event.contains('\0')).collect();
    client.query("SELECT raceway_ingest_batches($1)", &[&events]).expect("batches");
}

type Columns = Map<String, Value>;

/// What does not go by arrival, of each event, and the event as it was sent.
fn rows(client: &mut Client) -> Vec<(Columns, String)> {
    let sql = "
        SELECT (to_jsonb(e) - '{created_at,trace_no,event}'::text[])::text,
               _raceway_unescape_json(event::text)
        FROM events AS e
        ORDER BY trace_id, timestamp, event_key";
    let row = |row: &Row| {
        let columns = serde_json::from_str(row.get(0)).expect("JSON");
        (columns, row.get(1))
    };
    client.query(sql, &[]).expect("events").iter().map(row).collect()
}

/// The view of the model says the same.
fn assert_is_meant(columns: &Columns, view: &EventView) {
    let mut texts = vec![
        ("event_id", Some(&view.head.event_id)),
        ("trace_id", Some(&view.head.trace_id)),
        ("kind", Some(&view.head.kind)),
    ];
    texts.extend([
        ("parent_id", view.head.parent_id.as_ref()),
        ("service_name", view.head.service_name.as_ref()),
        ("thread_id", view.thread_id.as_ref()),
        ("instance_id", view.instance_id.as_ref()),
        ("environment", view.environment.as_ref()),
        ("distributed_span_id", view.distributed_span_id.as_ref()),
        ("upstream_span_id", view.upstream_span_id.as_ref()),
        ("location", view.location.as_ref()),
        ("variable", view.variable.as_ref()),
        ("access_type", view.access_type.as_ref()),
    ]);
    for (name, text) in texts {
        let column = columns[name].as_str();
        assert_eq!(column, text.map(|text| &**text), "{name}: {view:?}");
    }
    let number = |name: &str| columns[name].as_number().map(ToString::to_string);
    assert_eq!(number("process_id"), view.process_id.map(|number| number.to_string()));
    let duration = number("duration_ms").map(|number| number.parse::<f64>().expect("a number"));
    assert_eq!(duration, view.duration_ms, "{view:?}");
    for (name, json) in [("old_value", &view.old_value), ("new_value", &view.new_value)] {
        let json =
            json.as_ref().map_or(Value::Null, |json| serde_json::from_str(json).expect("JSON"));
        assert!(json_equal(&sent(&columns[name]), &json), "{name}: {view:?}");
    }
    let lock_set = sent(&columns["lock_set"]);
    let locks = lock_set.as_array().map(|locks| {
        locks.iter().filter_map(Value::as_str).filter(|lock| !lock.contains('\0')).collect()
    });
    let meant: Option<Vec<&str>> =
        view.locks.as_ref().map(|locks| locks.iter().map(|lock| &**lock).collect());
    assert_eq!(locks, meant, "{view:?}");
    let clock = Some(sent(&columns["vector_clock"])).filter(|clock| !clock.is_null());
    let clock = clock.map(|clock| VectorClock::from_json(&clock).expect("a clock"));
    assert_eq!(clock, view.clock, "{view:?}");
}

/// A value of `jsonb` as it was before U+0000 and U+0010 were escaped.
fn sent(value: &Value) -> Value {
    serde_json::from_str(&unescape_json(&value.to_string())).expect("JSON")
}

/// Byte by byte.
fn equal_bytes(_: &Database, client: &mut Client) {
    ingest_mutated(client);
    for event in odd_events() {
        assert_eq!(ingest(client, &event), 1, "{event}");
    }
    let sql = "
        SELECT count(*), count(*) FILTER (WHERE NOT record_image_eq(
            ROW(event, metadata, vector_clock, lock_set, old_value, new_value),
            ROW(event::text::jsonb, metadata::text::jsonb, vector_clock::text::jsonb,
                lock_set::text::jsonb, old_value::text::jsonb, new_value::text::jsonb)))
        FROM events";
    let row = client.query_one(sql, &[]).expect("events");
    let (events, different): (i64, i64) = (row.get(0), row.get(1));
    assert!(events > 3_000, "{events} events");
    assert_eq!(different, 0, "of {events}");
}

/// Numbers of every form; more fields than there are entries between two that tell where they end;
/// names in every order; nothing in what may be empty.
fn odd_events() -> Vec<String> {
    let numbers = [
        "0",
        "-0",
        "-0.00",
        "1",
        "-1",
        "10000",
        "9999",
        "12345678",
        "0.0001",
        "0.00001",
        "1e5",
        "1E-5",
        "12.50e1",
        "123456789.987654321",
        "1e300",
        "-1e-300",
        "0e10",
        "1.000000000000",
        "100000000000000000000000000000000000000000",
        "18446744073709551616.5",
        "1e999",
        "5e-999",
    ];
    let list = format!("[{}]", numbers.join(","));
    let fields: Vec<String> =
        (0..100).map(|n| format!("\"{}\":[{n},\"{n}\"]", "é".repeat(n * 37 % 100))).collect();
    let object = format!("{{{}}}", fields.join(","));
    let values =
        [&*list, &object, "{}", "[]", "[[],{}]", "\"\"", "\"\\u0000\\u0010\\n\\\"\"", "true"];
    let event = |(number, value): (usize, &&str)| {
        format!(
            "{{\"event_id\":\"odd-{number}\",\"trace_id\":\"odd\",\"kind\":\"Custom\",
              \"timestamp\":\"2026-11-22T12:00:00Z\",\"anything\":{value},
              \"metadata\":{{\"old_value\":{value},\"new_value\":{value}}}}}"
        )
    };
    values.iter().enumerate().map(event).collect()
}

/// Functions that read frames are called by whoever reads the view.
fn view_alone(database: &Database, client: &mut Client) {
    let reader = database.for_new_role("reader");
    let grant = format!("GRANT SELECT ON events TO {}", reader.user);
    client.batch_execute(&grant).expect("GRANT");
    let all = "SELECT count(*), count(event), count(metadata), count(location) FROM events";
    let counts = |client: &mut Client| -> Vec<i64> {
        let row = client.query_one(all, &[]).expect("events");
        (0..row.len()).map(|column| row.get(column)).collect()
    };
    assert_eq!(counts(&mut reader.connect()), counts(client));
    let nobody = database.for_new_role("nobody");
    let error = nobody.connect().query(all, &[]).expect_err("a role without privileges");
    assert_eq!(error.code().expect("an error of the server").code(), "42501");
}

fn inserted_columns(_: &Database, client: &mut Client) {
    client
        .batch_execute(
            "INSERT INTO events (event_id, trace_id, kind, timestamp, variable, access_type,
                                 old_value, new_value, environment, instance_id, process_id,
                                 distributed_span_id, upstream_span_id, thread_id, location)
             VALUES ('by hand', 't', 'StateChange', now(), 'x', 'Write', '1', '[2]', 'test', 'i', 7,
                     'd', 'u', 't', 'a.rs:1')",
        )
        .expect("INSERT");
    let row = client
        .query_one(
            "SELECT concat_ws(' ', variable, access_type, old_value, new_value, environment,
                              instance_id, process_id, distributed_span_id, upstream_span_id,
                              thread_id, location)
             FROM events WHERE event_id = 'by hand'",
            &[],
        )
        .expect("the event");
    assert_eq!(row.get::<_, &str>(0), "x Write 1 [2] test i 7 d u t a.rs:1");
}
