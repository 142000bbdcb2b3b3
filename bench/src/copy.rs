//! The limit of ingest: rows as they end up in the tables, written by `COPY`.

use std::io::{Read, Write};

use postgres::{Client, Statement, Transaction};
use raceway_tests::Database;

use crate::scale::{BATCH, EVENTS_PER_TRACE};

/// The rows of stored batches, as `COPY` in binary takes them.
pub(crate) struct Rows {
    partition: String,
    batches: Vec<BatchRows>,
}

struct BatchRows {
    traces: Vec<u8>,
    events: Vec<u8>,
}

impl Rows {
    /// All of what a database holds that one session has filled with batches of a single day.
    pub(crate) fn capture(database: &Database) -> Self {
        let mut client = database.connect();
        let partition = "SELECT DISTINCT tableoid::regclass::text FROM stored_events";
        let partition = client.query_one(partition, &[]).expect("a single partition").get(0);
        let traces = BATCH / EVENTS_PER_TRACE;
        let bounds = format!(
            "SELECT min(trace_no), max(trace_no)
             FROM (SELECT trace_no, (row_number() OVER (ORDER BY trace_no) - 1) / {traces} AS batch
                   FROM traces) AS trace
             GROUP BY batch ORDER BY batch"
        );
        let bounds = client.query(&bounds, &[]).expect("traces");
        let batches = bounds.iter().map(|row| capture_batch(&mut client, row.get(0), row.get(1)));
        Rows { batches: batches.collect(), partition }
    }

    /// Writes them to the same tables of another database, each batch in a transaction: first the
    /// traces, then the events, straight into their partition; tells how many events.
    pub(crate) fn copy_to(&self, client: &mut Client) -> u64 {
        // What is copied is true already.
        client.batch_execute("SET raceway.internal = on").expect("SET");
        let mut statement = |table: &str| {
            let sql = format!("COPY {table} FROM STDIN (FORMAT binary)");
            client.prepare(&sql).expect("COPY")
        };
        let (traces, events) = (statement("traces"), statement(&self.partition));
        let copy_batch = |batch: &BatchRows| {
            let mut transaction = client.transaction().expect("BEGIN");
            copy(&mut transaction, &traces, &batch.traces);
            let copied = copy(&mut transaction, &events, &batch.events);
            transaction.commit().expect("COMMIT");
            copied
        };
        self.batches.iter().map(copy_batch).sum()
    }
}

fn copy(transaction: &mut Transaction, statement: &Statement, rows: &[u8]) -> u64 {
    let mut copy = transaction.copy_in(statement).expect("COPY");
    copy.write_all(rows).expect("COPY");
    copy.finish().expect("COPY")
}

fn capture_batch(client: &mut Client, first: i64, last: i64) -> BatchRows {
    let mut rows = |table: &str, order: &str| {
        let copy = format!(
            "COPY (SELECT * FROM {table} WHERE trace_no BETWEEN {first} AND {last}
                   ORDER BY {order}) TO STDOUT (FORMAT binary)"
        );
        let mut rows = Vec::new();
        let mut reader = client.copy_out(&copy).expect("COPY");
        reader.read_to_end(&mut rows).expect("COPY");
        rows
    };
    BatchRows {
        traces: rows("traces", "trace_no"),
        events: rows("stored_events", r#"trace_no, "timestamp", event_key"#),
    }
}
