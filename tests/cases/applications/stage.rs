//! Where the events of an application go, and what is found there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use postgres::Client;

use crate::World;
use crate::harness::{Flavour, Sidecar, await_until};

/// The SDK sends what it has each second, and the machine may be busy.
const SENT_WITHIN: Duration = Duration::from_secs(30);

/// A sidecar, and a session on the database behind it.
pub(super) struct Stage {
    sidecar: Sidecar,
    store: Client,
}

impl Stage {
    pub(super) fn new(world: &World) -> Self {
        let database = world.cluster().create_with(Flavour::Extension);
        Stage { sidecar: Sidecar::postgres(&database), store: database.connect() }
    }

    /// Where applications send their events.
    pub(super) fn url(&self) -> &str {
        self.sidecar.url()
    }

    /// Waits until so many events are stored. The SDK does not say when it has sent them, and what it is
    /// sending when its program ends is gone.
    pub(super) fn await_events(&mut self, count: usize) {
        let mut stored = 0;
        await_until("the events are stored", SENT_WITHIN, || {
            let row = self.store.query_one("SELECT count(*) FROM events", &[]);
            stored = usize::try_from(row.expect("events").get::<_, i64>(0)).expect("a count");
            stored >= count
        });
        assert_eq!(stored, count);
    }

    /// How many updates were lost, by variable; each must be shown by its values.
    pub(super) fn lost_updates(&mut self) -> BTreeMap<String, i64> {
        let sql = "SELECT of_variable, count(*), bool_and(evidence = 'values')
                   FROM raceway_lost_updates() GROUP BY of_variable";
        let rows = self.store.query(sql, &[]).expect("raceway_lost_updates");
        rows.iter()
            .map(|row| {
                let variable: String = row.get(0);
                assert!(row.get::<_, bool>(2), "{variable}: no values show it");
                (variable, row.get(1))
            })
            .collect()
    }

    /// Variables of requests of one trace that no serial order explains; each must be a lost update.
    pub(super) fn unserializable(&mut self) -> BTreeSet<String> {
        let sql = "SELECT conflict ->> 'variable', anomaly
                   FROM traces, raceway_serializability(trace_id), jsonb_array_elements(conflicts) AS conflict";
        let rows = self.store.query(sql, &[]).expect("raceway_serializability");
        rows.iter()
            .map(|row| {
                let variable: String = row.get(0);
                let anomaly = row.get::<_, Option<&str>>(1);
                assert_eq!(anomaly, Some("lost update"), "{variable}");
                variable
            })
            .collect()
    }

    /// Variables of which a read was recorded after a write that it had not seen. It was made before that: the
    /// SDK says when it was told of a read, and a busy machine may take longer to tell it than another
    /// session takes to commit. No order of what was recorded shows then that an update is lost.
    pub(super) fn late_reads(&mut self) -> BTreeSet<String> {
        let sql = "SELECT read.variable FROM events AS read JOIN events AS write USING (variable)
                   WHERE read.access_type = 'Read' AND write.access_type = 'Write'
                       AND read.timestamp >= write.timestamp AND read.new_value = write.old_value";
        let rows = self.store.query(sql, &[]).expect("events");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The races of a trace: what the two accesses are, in order.
    pub(super) fn races(&mut self, trace_id: &str) -> Vec<String> {
        let sql = "SELECT least(first_access_type, second_access_type) || ' and '
                       || greatest(first_access_type, second_access_type)
                   FROM raceway_races($1) ORDER BY 1";
        let rows = self.store.query(sql, &[&trace_id]).expect("raceway_races");
        rows.iter().map(|row| row.get(0)).collect()
    }
}
