//! One session that ingests, a batch in each transaction.

use postgres::{Client, Statement};
use raceway_tests::Database;

use crate::timing::rate;

/// A session with the statement prepared.
pub(crate) struct Session {
    pub(crate) client: Client,
    ingest: Statement,
}

impl Session {
    pub(crate) fn open(database: &Database) -> Self {
        let mut client = database.connect();
        let ingest = client.prepare("SELECT accepted FROM raceway_ingest($1::text)");
        Session { ingest: ingest.expect("raceway_ingest"), client }
    }

    /// On a database with nothing stored, but with the partition and in a session that has ingested
    /// before.
    pub(crate) fn emptied(database: &Database, example: &str) -> Self {
        let mut session = Session::open(database);
        empty(&mut session.client);
        session.ingest(example);
        empty(&mut session.client);
        checkpoint(&mut database.for_superuser().connect());
        session
    }

    /// On a database as it is, in a session that has ingested before.
    pub(crate) fn warm(database: &Database, example: &str) -> Self {
        let mut session = Session::open(database);
        session.ingest(example);
        checkpoint(&mut database.for_superuser().connect());
        session
    }

    /// Stores a batch; tells how many of its events were new.
    pub(crate) fn ingest(&mut self, batch: &str) -> u32 {
        let row = self.client.query_one(&self.ingest, &[&batch]).expect("raceway_ingest");
        u32::try_from(row.get::<_, i32>(0)).expect("a count")
    }

    /// Stores these events, all of which must be new; tells how many a second.
    pub(crate) fn ingest_rate(&mut self, batches: &[String], events: u32) -> f64 {
        rate(events, || {
            let accepted: u32 = batches.iter().map(|batch| self.ingest(batch)).sum();
            assert_eq!(accepted, events, "accepted events");
        })
    }
}

/// Forgets everything stored.
pub(crate) fn empty(client: &mut Client) {
    client.batch_execute("TRUNCATE traces").expect("TRUNCATE");
}

/// Writes now what a checkpoint would write within a timed run.
pub(crate) fn checkpoint(client: &mut Client) {
    client.batch_execute("CHECKPOINT").expect("CHECKPOINT");
}
