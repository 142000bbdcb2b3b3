//! How long readers wait, in a database in which much is stored.

use chrono::{DateTime, TimeDelta};
use postgres::types::ToSql;
use postgres::{Client, Statement};
use serde_json::Value;

use crate::bench::Bench;
use crate::loadgen::events_of;
use crate::report::{Figure, Section};
use crate::samples::Samples;
use crate::session::Session;
use crate::stock;
use crate::timing::{milliseconds, timed};

/// Calls whose 99th percentile is a sample.
const CALLS: usize = 200;
const STATS_CALLS: usize = 20;
/// Traces of each kind, and events of each trace.
const LONG_TRACES: u32 = 20;
const LONG_TRACE: u32 = 200;
const PARTITIONS: usize = 30;

pub(crate) fn measure(bench: &Bench) -> Section {
    let database = stock::many_days(bench);
    let mut session = Session::open(database);
    let within_a_day = ingest_long_traces(bench, &mut session, 1);
    let over_all_days = ingest_long_traces(bench, &mut session, PARTITIONS);
    stock::settle(&mut session.client);
    let reader = &mut Reader { client: session.client, runs: bench.scale.runs };
    let stats = reader.client.prepare("SELECT * FROM raceway_stats()").expect("raceway_stats");
    let stats = (0..STATS_CALLS).map(|_| reader.call(&stats, &[])).collect();
    let mut figures = vec![Figure::new("raceway_stats(), ms", "20", "", stats)];
    let mut add = |what, samples| figures.push(Figure::new(what, "5", "2", samples));
    add("first page, p99 ms", reader.p99("raceway_traces(50)", &[vec![]]));
    add("page in the middle, p99 ms", reader.p99_of_middle_page());
    let service = "raceway_traces(50, service => $1)";
    add("first page of a service, p99 ms", reader.p99(service, &[vec!["ledger".to_owned()]]));
    let trace = "_raceway_trace_text($1)";
    add("trace within a day, p99 ms", reader.p99(trace, &within_a_day));
    add("trace over all days, p99 ms", reader.p99(trace, &over_all_days));
    Section { title: "Reads", how: how(bench, &mut reader.client), figures }
}

fn how(bench: &Bench, client: &mut Client) -> Vec<String> {
    let sql = "SELECT traces::text, events::text, partitions::text FROM raceway_stats()";
    let row = client.query_one(sql, &[]).expect("raceway_stats");
    let [traces, events, partitions] = [0, 1, 2].map(|column| row.get::<_, String>(column));
    vec![
        format!(
            "all: prepared statements in one warm session; {events} events, {traces} traces, \
             {partitions} partitions"
        ),
        format!("`raceway_stats()`: {STATS_CALLS} calls"),
        format!(
            "pages: `raceway_traces(50)`; with `before_time` and `before_id` of the trace in the \
             middle; with `service`; p99 of {CALLS} calls, {} times",
            bench.scale.runs
        ),
        format!(
            "traces: `_raceway_trace_text(id)`, {LONG_TRACE} events each, in one partition or in \
             {PARTITIONS}; p99 of {CALLS} calls on {LONG_TRACES} traces, {} times",
            bench.scale.runs
        ),
    ]
}

/// Parameters of a call, as text.
type Parameters = Vec<String>;

struct Reader {
    client: Client,
    runs: u32,
}

impl Reader {
    /// Milliseconds until all rows are here.
    fn call(&mut self, statement: &Statement, parameters: &[String]) -> f64 {
        let values: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|value| value as _).collect();
        milliseconds(timed(|| {
            let rows = self.client.query(statement, &values).expect("rows");
            assert!(!rows.is_empty(), "rows");
        }))
    }

    /// The slowest calls of the function, each time with the next parameters in turn.
    fn p99(&mut self, function: &str, parameters: &[Parameters]) -> Samples {
        let statement = self.client.prepare(&format!("SELECT * FROM {function}"));
        let statement = statement.expect(function);
        let mut turns = parameters.iter().cycle();
        let runs = self.runs;
        let mut run = || -> f64 {
            let turns = turns.by_ref().take(CALLS);
            let calls: Samples = turns.map(|turn| self.call(&statement, turn)).collect();
            calls.percentile(99)
        };
        // The first one warms up.
        run();
        (0..runs).map(|_| run()).collect()
    }

    fn p99_of_middle_page(&mut self) -> Samples {
        let middle = "SELECT start_time::text, trace_id FROM traces
            ORDER BY start_time DESC, trace_id DESC OFFSET (SELECT count(*) / 2 FROM traces) LIMIT 1";
        let row = self.client.query_one(middle, &[]).expect("a trace");
        let before = vec![row.get(0), row.get(1)];
        self.p99("raceway_traces(50, $1::text::timestamptz, $2)", &[before])
    }
}

/// Traces that begin today and go back so many days.
fn ingest_long_traces(bench: &Bench, session: &mut Session, days: usize) -> Vec<Parameters> {
    let batches = bench.loadgen.dump(LONG_TRACES * LONG_TRACE, LONG_TRACE);
    let ingest = |batch: &String| {
        let mut events = events_of(batch);
        let trace_id = events[0]["trace_id"].clone();
        let count = events.len();
        for (place, event) in events.iter_mut().enumerate() {
            event["trace_id"] = trace_id.clone();
            let back = i64::try_from(place * days / count).expect("a small number");
            event["timestamp"] = days_before(&event["timestamp"], back);
        }
        assert_eq!(session.ingest(&Value::from(events).to_string()), LONG_TRACE);
        vec![trace_id.as_str().expect("a trace id").to_owned()]
    };
    batches.iter().map(ingest).collect()
}

fn days_before(timestamp: &Value, days: i64) -> Value {
    let timestamp = timestamp.as_str().expect("a timestamp");
    let instant = DateTime::parse_from_rfc3339(timestamp).expect("an RFC 3339 timestamp");
    (instant - TimeDelta::days(days)).to_rfc3339().into()
}
