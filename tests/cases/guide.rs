//! What users of Raceway's own storage guide know, to the letter.

use std::sync::Arc;

use libtest_mimic::Trial;
use postgres::Client;

use super::truth::ingest_recorded_traffic;
use crate::harness::Database;
use crate::{DatabaseCase, World, database_trials};

pub(super) const CASES: [DatabaseCase; 3] = [
    ("the_guides_statements_work", working),
    ("what_can_not_work_says_why", refused),
    ("the_guides_questions_have_the_answers_of_its_tables", questions),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    database_trials(world, "guide", ingest_recorded_traffic, &CASES)
}

fn working(_: &Database, client: &mut Client) {
    for statement in [
        "CREATE INDEX idx_traces_service ON traces(service_name)",
        "DELETE FROM traces WHERE created_at < NOW() - INTERVAL '30 days'",
        "VACUUM ANALYZE traces",
        // With a warning: it is a view.
        "VACUUM ANALYZE events",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'raceway'",
        "SELECT pg_size_pretty(pg_total_relation_size('events'))",
        // What docs/SQL.md names instead.
        "VACUUM ANALYZE",
        "SELECT pg_size_pretty(total_bytes) FROM raceway_stats()",
        "CREATE INDEX idx_recent_traces ON traces(created_at)",
    ] {
        client.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
}

fn refused(_: &Database, client: &mut Client) {
    let recent = "CREATE INDEX idx_recent_traces ON traces(created_at)
                  WHERE created_at > NOW() - INTERVAL '7 days'";
    for (statement, reason) in [
        ("CREATE TABLE events (event_id VARCHAR(255) PRIMARY KEY)", "already exists"),
        ("CREATE INDEX idx_events_kind ON events(kind)", "not supported for views"),
        ("CREATE INDEX idx_events_location ON events(location)", "not supported for views"),
        (recent, "must be marked IMMUTABLE"),
    ] {
        let error = client.batch_execute(statement).expect_err(statement);
        let error = error.as_db_error().expect("an error of the server");
        let said = format!("{} {}", error.message(), error.detail().unwrap_or_default());
        assert!(said.contains(reason), "{statement}: {said}");
    }
}

/// The guide's own tables, with the same events in them.
const TABLES: &str = "
    CREATE SCHEMA guide;
    CREATE TABLE guide.traces (
        trace_id VARCHAR(255) PRIMARY KEY,
        service_name VARCHAR(255),
        start_time TIMESTAMP,
        end_time TIMESTAMP,
        event_count INTEGER,
        created_at TIMESTAMP DEFAULT NOW()
    );
    CREATE TABLE guide.events (
        event_id VARCHAR(255) PRIMARY KEY,
        trace_id VARCHAR(255) REFERENCES guide.traces(trace_id),
        kind VARCHAR(50),
        timestamp TIMESTAMP,
        duration_ms REAL,
        location VARCHAR(500),
        vector_clock JSONB,
        metadata JSONB,
        created_at TIMESTAMP DEFAULT NOW()
    );
    SET TimeZone = 'UTC';
    INSERT INTO guide.traces SELECT trace_id FROM traces;
    INSERT INTO guide.events
        SELECT DISTINCT ON (event->>'id') event->>'id', event->>'trace_id',
               (SELECT jsonb_object_keys(event->'kind')), (event->>'timestamp')::timestamptz,
               coalesce((event#>>'{metadata,duration_ns}')::float8 / 1e6,
                        (payload->>'duration_ms')::float8),
               coalesce(payload->>'location', payload->>'file' || coalesce(':' || (payload->>'line'), '')),
               (SELECT coalesce(jsonb_object_agg(pair->>0, pair->1), '{}')
                FROM jsonb_array_elements(event->'causality_vector') AS pair),
               payload
        FROM (SELECT event, (SELECT value FROM jsonb_each(event->'kind')) AS payload
              FROM events WHERE jsonb_typeof(event->'kind') = 'object') AS sent;
    DELETE FROM events WHERE event_id NOT IN (SELECT event_id FROM guide.events)";

fn questions(_: &Database, client: &mut Client) {
    client.batch_execute(TABLES).expect("the guide's tables");
    let answers = |client: &mut Client, question: &str, schema: &str| -> String {
        let question = question.replace("{events}", &format!("{schema}events"));
        let rows = format!(
            "SELECT coalesce(jsonb_agg(to_jsonb(row)), '[]')::text FROM ({question}) AS row"
        );
        client.query_one(&rows, &[]).unwrap_or_else(|e| panic!("{question}: {e:?}")).get(0)
    };
    for question in [
        "SELECT count(*) FROM {events}",
        "SELECT kind, count(*) FROM {events} GROUP BY kind ORDER BY 2 DESC, 1",
        "SELECT location, count(*) FROM {events} GROUP BY location ORDER BY 2 DESC, 1 LIMIT 10",
        "SELECT kind, round(avg(duration_ms)::numeric, 2) AS mean,
                round(percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms)::numeric, 2) AS p99
         FROM {events} GROUP BY kind ORDER BY kind",
        "SELECT count(*) FROM {events} WHERE metadata->>'variable' = 'alice.balance'",
        "SELECT metadata->>'variable' AS variable, count(*) FROM {events}
         WHERE kind = 'StateChange' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
        "SELECT event_id, metadata FROM {events} WHERE metadata->>'variable' = 'alice.balance'
         ORDER BY timestamp DESC, event_id LIMIT 100",
        "SELECT event_id, kind FROM {events} ORDER BY timestamp DESC, event_id LIMIT 100",
        "SELECT kind, vector_clock FROM {events}
         WHERE event_id = (SELECT min(event_id::text COLLATE \"C\") FROM {events})",
        "SELECT trace_id, max(vector_clock::text COLLATE \"C\") FROM {events} GROUP BY 1
         ORDER BY trace_id COLLATE \"C\"",
    ] {
        let [ours, theirs] = ["", "guide."].map(|schema| answers(client, question, schema));
        assert!(ours.len() > 10, "{question}: {ours}");
        assert_eq!(ours, theirs, "{question}");
    }
    client.batch_execute("DROP SCHEMA guide CASCADE").expect("DROP");
}
