//! How much is measured.

/// Events of a batch that one session ingests.
pub(crate) const BATCH: u32 = 500;

/// Events of a trace, as the load generator makes them.
pub(crate) const EVENTS_PER_TRACE: u32 = 20;

/// Numbers of events, unless they say otherwise.
pub(crate) struct Scale {
    /// How often each figure is taken; the report has their median.
    pub(crate) runs: u32,
    pub(crate) ingested: u32,
    pub(crate) ingested_by_plain_sql: u32,
    pub(crate) inserted_one_by_one: u32,
    pub(crate) posted_in_batches: u32,
    pub(crate) posted_one_by_one: u32,
    /// Events that the store in memory holds, and that are exported and imported.
    pub(crate) kept_in_memory: u32,
    /// Events of one stored day: a multiple of `ingested`.
    pub(crate) day: u32,
    /// Days of the database in which much is stored.
    pub(crate) days: u32,
}

/// What the report is about.
pub(crate) const FULL: Scale = Scale {
    runs: 5,
    ingested: 100_000,
    ingested_by_plain_sql: 10_000,
    inserted_one_by_one: 2_000,
    posted_in_batches: 400_000,
    posted_one_by_one: 100_000,
    kept_in_memory: 1_000_000,
    day: 1_000_000,
    days: 20,
};

/// Enough to see that everything works.
pub(crate) const QUICK: Scale = Scale {
    runs: 3,
    ingested: 10_000,
    ingested_by_plain_sql: 2_000,
    inserted_one_by_one: 500,
    posted_in_batches: 20_000,
    posted_one_by_one: 5_000,
    kept_in_memory: 40_000,
    day: 40_000,
    days: 4,
};
