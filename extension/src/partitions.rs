//! The partition that takes the events of a day.

use std::cell::RefCell;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};
use pgrx::pg_sys::BuiltinOid::TIMESTAMPTZOID;
use pgrx::pg_sys::Oid;
use raceway_model::{Event, Timestamp};

use crate::error::internal_error;
use crate::heap;
use crate::instant::{day, timestamptz};
use crate::query::{Query, rows};

thread_local! {
    static OPEN_PARTITION: Query = const {
        Query::new(
            "SELECT leaf::oid, leaf <> 'events_default'::regclass
             FROM _raceway_open_partition(($1 AT TIME ZONE 'UTC')::date) AS leaf",
            &[TIMESTAMPTZOID],
        )
    };

    /// Daily partitions that this session has written to.
    static PARTITIONS: RefCell<HashMap<i64, Oid>> = RefCell::new(HashMap::new());
}

/// The partition of each day that has events, locked for writing.
pub(crate) fn open_partitions(events: &[Event]) -> HashMap<i64, Oid> {
    let parent = heap::relation(c"stored_events");
    // Everybody locks them in one order: by day.
    let days: BTreeMap<i64, Timestamp> =
        events.iter().map(|event| (day(event.timestamp), event.timestamp)).collect();
    days.into_iter().map(|(day, within)| (day, open_partition(parent, day, within))).collect()
}

/// The partition of the day, which this instant is of. Days that have their partition are remembered. Those that share the default one are not: they
/// may have their own the next time.
fn open_partition(parent: Oid, day: i64, within: Timestamp) -> Oid {
    let known = PARTITIONS.with_borrow(|partitions| partitions.get(&day).copied());
    if let Some(partition) = known.filter(|&known| heap::lock_partition(parent, known)) {
        return partition;
    }
    let instant = [timestamptz(within).into()];
    let opened = rows(&OPEN_PARTITION, &instant, |row| (row.expect(1), row.expect(2)));
    let Some(&(partition, is_daily)) = opened.first() else {
        internal_error("no partition was opened");
    };
    PARTITIONS.with_borrow_mut(|partitions| {
        if is_daily {
            partitions.insert(day, partition);
        } else {
            partitions.remove(&day);
        }
    });
    partition
}
