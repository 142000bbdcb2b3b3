//! What has become of events since the start of the process.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Ingested;

/// Counts events as soon as it is known what becomes of them. Counts that belong together are not made at once:
/// who reads them meanwhile sees the one before the other.
#[derive(Debug, Default)]
pub(crate) struct EventCounters {
    received: AtomicU64,
    stored: AtomicU64,
    duplicates: AtomicU64,
    rejected: AtomicU64,
    rejected_late: AtomicU64,
    spooled: AtomicU64,
    drained: AtomicU64,
}

/// What was counted. `received`, and what waited at the start, are what is `stored`, `duplicates`, `rejected`, or
/// waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventTotals {
    /// In bodies that are answered with what became of them.
    pub(crate) received: u64,
    pub(crate) stored: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
    /// Of these, those that were acknowledged before Postgres had them.
    pub(crate) rejected_late: u64,
    /// Acknowledged, and left to wait for Postgres.
    pub(crate) spooled: u64,
    /// That wait no more, whatever Postgres has made of them.
    pub(crate) drained: u64,
}

impl EventCounters {
    /// The events of a body that was judged as soon as it came.
    pub(crate) fn judged(&self, body: &Ingested) {
        let Ingested { accepted, duplicates, rejected, .. } = *body;
        add(&self.received, accepted + duplicates + rejected);
        add(&self.stored, accepted);
        add(&self.duplicates, duplicates);
        add(&self.rejected, rejected);
    }

    /// The events of a body that waits for Postgres, but for those that are rejected.
    pub(crate) fn spooled(&self, waiting: u32, rejected: usize) {
        add(&self.received, waiting as usize + rejected);
        add(&self.spooled, waiting as usize);
        add(&self.rejected, rejected);
    }

    /// What Postgres has made of a body of which so many events have waited: `None` where it has refused it.
    /// Should it store some that were rejected when they came, they are counted as received once more.
    pub(crate) fn drained(&self, waited: u32, body: Option<&Ingested>, rejected_late: u32) {
        let (stored, duplicates) = body.map_or((0, 0), |body| (body.accepted, body.duplicates));
        let [waited, rejected_late] = [waited, rejected_late].map(|events| events as usize);
        add(&self.received, (stored + duplicates + rejected_late).saturating_sub(waited));
        add(&self.stored, stored);
        add(&self.duplicates, duplicates);
        add(&self.rejected, rejected_late);
        add(&self.rejected_late, rejected_late);
        add(&self.drained, waited);
    }

    pub(crate) fn totals(&self) -> EventTotals {
        let total = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EventTotals {
            received: total(&self.received),
            stored: total(&self.stored),
            duplicates: total(&self.duplicates),
            rejected: total(&self.rejected),
            rejected_late: total(&self.rejected_late),
            spooled: total(&self.spooled),
            drained: total(&self.drained),
        }
    }
}

fn add(counter: &AtomicU64, events: usize) {
    counter.fetch_add(events as u64, Ordering::Relaxed);
}
