//! How long questions in SQL take, beside the same questions of the tables of Raceway's own storage guide,
//! with the same events in them.

use postgres::Client;
use raceway_tests::Flavour;

use crate::bench::Bench;
use crate::report::{Figure, Section, number};
use crate::samples::Samples;
use crate::scale::BATCH;
use crate::session::Session;
use crate::stock;
use crate::timing::{milliseconds, timed};

/// What a question reads, which says how much slower than the guide's tables it may be.
#[derive(Clone, Copy)]
enum Reads {
    Columns,
    /// `metadata->>`, `vector_clock->>` or `*`.
    Json,
    /// Columns that the guide's tables don't have, against what it has instead.
    ColumnsForJson,
    Index,
}

/// What is asked, and how; for which the guide's tables are asked in another way, that too.
struct Question {
    what: &'static str,
    sql: &'static str,
    guide: &'static str,
    reads: Reads,
}

const fn question(what: &'static str, reads: Reads, sql: &'static str) -> Question {
    Question { what, sql, guide: sql, reads }
}

/// `{variable}` and the like stand for one that there is.
const QUESTIONS: [Question; 15] = [
    question("`count(*)`", Reads::Columns, "SELECT count(*) FROM events"),
    question("count by `kind`", Reads::Columns, BY_KIND),
    question("top 10 of `location`", Reads::Columns, TOP_LOCATIONS),
    question(
        "`avg` and p99 of `duration_ms` by `kind`",
        Reads::Columns,
        "SELECT kind, avg(duration_ms), percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms)
         FROM events GROUP BY 1",
    ),
    question(
        "events and traces within 10 seconds",
        Reads::Columns,
        "SELECT count(*), count(DISTINCT trace_id) FROM events
         WHERE timestamp BETWEEN '{time}'::timestamptz AND '{time}'::timestamptz + interval '10 seconds'",
    ),
    question(
        "the 100 newest events",
        Reads::Columns,
        "SELECT event_id, kind, metadata FROM events ORDER BY timestamp DESC LIMIT 100",
    ),
    question(
        "a trace by its id",
        Reads::Columns,
        "SELECT kind, timestamp, metadata FROM events WHERE trace_id = '{trace}' ORDER BY timestamp",
    ),
    question("count of a `metadata->>'variable'`", Reads::Json, COUNT_IN_JSON),
    question("top 10 of `metadata->>'variable'`", Reads::Json, TOP_IN_JSON),
    question("100 newest accesses by `metadata->>'variable'`", Reads::Json, NEWEST_IN_JSON),
    question(
        "`max(vector_clock->>…)` of 10 traces",
        Reads::Json,
        "SELECT trace_id, max((vector_clock->>'ledger#ledger-1')::bigint) FROM events
         WHERE trace_id IN ({traces}) GROUP BY 1",
    ),
    question("`SELECT *` of 1000", Reads::Json, "SELECT * FROM events LIMIT 1000"),
    Question {
        what: "count of a `variable`",
        sql: "SELECT count(*) FROM events WHERE variable = '{variable}'",
        guide: COUNT_IN_JSON,
        reads: Reads::ColumnsForJson,
    },
    Question {
        what: "top 10 of `variable`",
        sql: "SELECT variable, count(*) FROM events WHERE kind = 'StateChange'
              GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
        guide: TOP_IN_JSON,
        reads: Reads::ColumnsForJson,
    },
    Question {
        what: "100 newest accesses of a `variable`",
        sql: NEWEST_ACCESSES,
        guide: NEWEST_IN_JSON,
        reads: Reads::ColumnsForJson,
    },
];

const BY_KIND: &str = "SELECT kind, count(*) FROM events GROUP BY kind ORDER BY 2 DESC";
const TOP_LOCATIONS: &str =
    "SELECT location, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC LIMIT 10";
const COUNT_IN_JSON: &str =
    "SELECT count(*) FROM events WHERE metadata->>'variable' = '{variable}'";
const TOP_IN_JSON: &str = "SELECT metadata->>'variable', count(*) FROM events
    WHERE kind = 'StateChange' GROUP BY 1 ORDER BY 2 DESC LIMIT 10";
const NEWEST_ACCESSES: &str = "SELECT timestamp, trace_id, access_type, new_value FROM events
    WHERE kind = 'StateChange' AND variable = '{variable}' ORDER BY timestamp DESC LIMIT 100";
const NEWEST_IN_JSON: &str =
    "SELECT timestamp, trace_id, metadata->>'access_type', metadata->>'new_value'
    FROM events WHERE kind = 'StateChange' AND metadata->>'variable' = '{variable}'
    ORDER BY timestamp DESC LIMIT 100";

/// With the indexes that the documentation names for them, where the guide has one.
const INDEXED: [Question; 2] = [
    question(
        "a location's events",
        Reads::Index,
        "SELECT count(*) FROM events WHERE location = '{location}'",
    ),
    question(
        "an event by its `event_id`",
        Reads::Index,
        "SELECT kind, metadata FROM events WHERE event_id = '{event}'",
    ),
];
const INDEXES: &str =
    "SELECT raceway_create_index(key) FROM unnest('{location,event_id}'::text[]) AS key";

/// The guide's schema, its indexes and those that it recommends.
const GUIDE: &str = "
    SET TimeZone = 'UTC';
    CREATE SCHEMA guide;
    CREATE TABLE guide.traces (
        trace_id VARCHAR(255) PRIMARY KEY, service_name VARCHAR(255), start_time TIMESTAMP,
        end_time TIMESTAMP, event_count INTEGER, created_at TIMESTAMP DEFAULT NOW());
    CREATE TABLE guide.events (
        event_id VARCHAR(255) PRIMARY KEY, trace_id VARCHAR(255) REFERENCES guide.traces(trace_id),
        kind VARCHAR(50), timestamp TIMESTAMP, duration_ms REAL, location VARCHAR(500),
        vector_clock JSONB, metadata JSONB, created_at TIMESTAMP DEFAULT NOW());
    INSERT INTO guide.traces
        SELECT trace_id, service_name, start_time, end_time, event_count, created_at FROM traces;
    INSERT INTO guide.events
        SELECT event_id, trace_id, kind, timestamp, duration_ms, location, vector_clock, metadata, created_at
        FROM events;
    CREATE INDEX idx_events_trace_id ON guide.events(trace_id);
    CREATE INDEX idx_events_timestamp ON guide.events(timestamp);
    CREATE INDEX idx_traces_service ON guide.traces(service_name);
    CREATE INDEX idx_events_kind ON guide.events(kind);
    CREATE INDEX idx_events_location ON guide.events(location)";

pub(crate) fn measure(bench: &Bench) -> Section {
    let (mut asker, mut how) = Asker::with_events(bench, Flavour::Extension);
    how.push(
        "by index: after `raceway_create_index('location')` and `('event_id')`, in the guide's tables its \
         own"
            .to_owned(),
    );
    let mut figures: Vec<Figure> =
        QUESTIONS.iter().map(|question| asker.ask(question, Reads::reach)).collect();
    asker.client.batch_execute(INDEXES).expect(INDEXES);
    stock::settle(&mut asker.client);
    figures.extend(INDEXED.iter().map(|question| asker.ask(question, Reads::reach)));
    Section { title: "Questions in SQL", how, figures }
}

pub(crate) fn measure_plain_sql(bench: &Bench) -> Section {
    let (mut asker, how) = Asker::with_events(bench, Flavour::PlainSql);
    let ask = |question| asker.ask(question, |_| ["5", "2"]);
    Section { title: "Questions in plain SQL", how, figures: QUESTIONS.iter().map(ask).collect() }
}

impl Reads {
    /// Times what the guide's tables take.
    fn reach(self) -> [&'static str; 2] {
        match self {
            Reads::Columns => ["1.5", "0.5"],
            Reads::Json => ["5", "1"],
            Reads::ColumnsForJson | Reads::Index => ["1", "0.5"],
        }
    }
}

/// A session, and what it asks about.
struct Asker {
    client: Client,
    runs: u32,
    /// What stands for an example, and the example.
    examples: [(&'static str, String); 6],
}

impl Asker {
    fn with_events(bench: &Bench, flavour: Flavour) -> (Self, Vec<String>) {
        let database = bench.cluster.create_with(flavour);
        let mut session = Session::open(&database);
        let events = bench.scale.day / 5;
        session.ingest_rate(&bench.loadgen.dump(events, BATCH), events);
        let mut client = session.client;
        client.batch_execute(GUIDE).expect("the guide's tables");
        stock::settle(&mut database.for_superuser().connect());
        let how = vec![format!(
            "the same {events} events in tables and indexes of the storage guide; milliseconds until all \
             rows are here, as text in one warm session, ours and the guide's in turns; analyzed, without \
             more indexes than there are, if it does not say so"
        )];
        let examples = EXAMPLES.map(|(name, sql)| {
            let row = client.query_one(&format!("SELECT ({sql})::text"), &[]).expect(sql);
            (name, row.get(0))
        });
        (Asker { client, runs: bench.scale.runs, examples }, how)
    }

    /// How many times as long as the guide's tables ours take.
    fn ask(&mut self, question: &Question, reach: impl Fn(Reads) -> [&'static str; 2]) -> Figure {
        let ours = self.filled(question.sql);
        let guide = self.filled(&question.guide.replace("FROM events", "FROM guide.events"));
        let mut time =
            |sql: &str| milliseconds(timed(|| drop(self.client.simple_query(sql).expect(sql))));
        // The first time warms up.
        for sql in [&ours, &guide] {
            time(sql);
        }
        let times: Vec<(f64, f64)> = (0..self.runs).map(|_| (time(&ours), time(&guide))).collect();
        let ours: Samples = times.iter().map(|(ours, _)| *ours).collect();
        let guide: Samples = times.iter().map(|(_, guide)| *guide).collect();
        let [reach, push_on] = reach(question.reads);
        let [our_ms, guide_ms] = [&ours, &guide].map(|samples| number(samples.median()));
        let what = format!("{}: {our_ms} ms, the guide's {guide_ms} ms; ratio", question.what);
        Figure::new(what, reach, push_on, ours.per(&guide))
    }

    fn filled(&self, sql: &str) -> String {
        self.examples.iter().fold(sql.to_owned(), |sql, (name, example)| sql.replace(name, example))
    }
}

/// Examples of what there is.
const EXAMPLES: [(&str, &str); 6] = [
    ("{time}", "SELECT min(timestamp) + interval '1 second' FROM guide.events"),
    ("{variable}", "SELECT min(metadata->>'variable') FROM guide.events"),
    ("{location}", "SELECT min(location) FROM guide.events"),
    ("{trace}", "SELECT min(trace_id) FROM guide.events"),
    ("{event}", "SELECT min(event_id) FROM guide.events"),
    (
        "{traces}",
        "SELECT string_agg(quote_literal(trace_id), ',') FROM (SELECT trace_id FROM guide.traces LIMIT 10) AS few",
    ),
];
