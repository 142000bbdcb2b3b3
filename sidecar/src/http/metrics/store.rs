//! Metrics of the store: events, and where they wait.

use raceway_memory::{Limits, Usage as MemoryUsage};
use raceway_spool::Usage;

use super::families::{Families, float, labels};
use crate::store::activity::PostgresActivity;
use crate::store::counters::EventTotals;
use crate::store::postgres::PoolStatus;
use crate::store::{Readiness, Store};

pub(super) fn add(families: &mut Families, store: &dyn Store) {
    let (state, activity) = (store.state(), store.activity());
    families.flag(
        ("raceway_ready", "Whether events should be sent here."),
        matches!(state.readiness, Readiness::Ready),
    );
    families.flag(
        ("raceway_degraded", "Whether events wait for Postgres, or something keeps them from it."),
        state.degraded.is_some(),
    );
    events(families, &activity.events);
    if let Some(usage) = state.spool {
        spool(families, usage);
    }
    if let Some((usage, limits)) = state.memory {
        memory(families, usage, limits);
    }
    if let Some(activity) = activity.postgres {
        postgres(families, activity);
    }
}

fn events(families: &mut Families, totals: &EventTotals) {
    for (named, events) in [
        (("raceway_events_received_total", "Events in bodies that were taken."), totals.received),
        (("raceway_events_stored_total", "Events that are new in the store."), totals.stored),
        (
            ("raceway_events_duplicate_total", "Events that were in the store already."),
            totals.duplicates,
        ),
        (("raceway_events_rejected_total", "Events that are not valid."), totals.rejected),
        (
            (
                "raceway_events_rejected_late_total",
                "Events that Postgres has rejected after they were acknowledged.",
            ),
            totals.rejected_late,
        ),
    ] {
        families.counter(named, events);
    }
    spooled(families, totals);
}

fn spooled(families: &mut Families, totals: &EventTotals) {
    families.counter(
        (
            "raceway_events_spooled_total",
            "Events that were acknowledged, and left to wait for Postgres.",
        ),
        totals.spooled,
    );
    families.counter(
        (
            "raceway_events_drained_total",
            "Events that have waited for Postgres, and do so no more.",
        ),
        totals.drained,
    );
}

fn spool(families: &mut Families, usage: Usage) {
    for (named, value) in [
        (("raceway_spool_events", "Events that wait for Postgres."), usage.events),
        (("raceway_spool_bytes", "Bytes that wait for Postgres."), usage.bytes),
        (("raceway_spool_max_bytes", "Bytes that may wait for Postgres."), usage.max_bytes),
    ] {
        families.gauge(named, float(value));
    }
    families.flag(("raceway_spool_full", "Whether the last body found no room."), usage.is_full);
    for (named, value) in [
        (
            (
                "raceway_spool_events_found_total",
                "Events that waited for Postgres when the process started.",
            ),
            usage.found_events,
        ),
        (
            (
                "raceway_spool_events_lost_total",
                "Events that waited for Postgres, and could not be read.",
            ),
            usage.lost_events,
        ),
        (
            ("raceway_spool_damaged_total", "Places of the spool that could not be read."),
            usage.damaged,
        ),
    ] {
        families.counter(named, value);
    }
}

fn memory(families: &mut Families, usage: MemoryUsage, limits: Limits) {
    for (named, value) in [
        (("raceway_memory_events", "Events in memory."), usage.events),
        (("raceway_memory_traces", "Traces in memory."), usage.traces),
        (("raceway_memory_bytes", "Memory that events take."), usage.bytes as u64),
        (("raceway_memory_max_bytes", "Memory that events may take."), limits.max_bytes as u64),
    ] {
        families.gauge(named, float(value));
    }
    families.counter(
        ("raceway_events_evicted_total", "Events that had to go from memory."),
        usage.evicted_events,
    );
    families.counter(
        ("raceway_traces_evicted_total", "Traces that had to go from memory."),
        usage.evicted_traces,
    );
}

fn postgres(families: &mut Families, activity: PostgresActivity) {
    families.gauge(
        (
            "raceway_spool_oldest_age_seconds",
            "How long what waits first for Postgres has waited; 0 where nothing does.",
        ),
        activity.oldest_waiting.as_secs_f64(),
    );
    families.flag(
        ("raceway_circuit_open", "Whether Postgres is away, and not asked but to find out."),
        activity.is_away,
    );
    families.counter(("raceway_outages_total", "How often Postgres went away."), activity.outages);
    families.flag(
        ("raceway_postgres_denied", "Whether Postgres answers, but does not let events be stored."),
        activity.is_obstructed,
    );
    families.gauge(
        ("raceway_queue_requests", "Requests that wait for a commit."),
        float(activity.queued_requests as u64),
    );
    families.gauge(
        ("raceway_commits_in_flight", "Commits that Postgres has not answered yet."),
        float(activity.commits as u64),
    );
    let deleted = activity.deleted;
    for (named, value) in [
        (
            ("raceway_events_deleted_total", "Events that were deleted for their age."),
            deleted.events,
        ),
        (
            ("raceway_traces_deleted_total", "Traces that were deleted for their age."),
            deleted.traces,
        ),
        (
            ("raceway_partitions_dropped_total", "Days that were dropped for their age."),
            deleted.partitions,
        ),
    ] {
        families.counter(named, value.unsigned_abs());
    }
    connections(families, &activity.pools);
    families.family(activity.calls);
}

fn connections(families: &mut Families, pools: &[(&'static str, PoolStatus)]) {
    let number = |connections: usize| float(connections as u64);
    let server = |server| labels(&[("server", server)]);
    let states = pools.iter().flat_map(|&(server, PoolStatus { size, available, .. })| {
        [("in_use", size.saturating_sub(available)), ("idle", available)].map(
            |(state, connections)| {
                (labels(&[("server", server), ("state", state)]), number(connections))
            },
        )
    });
    families.gauges(("raceway_postgres_connections", "Connections to Postgres."), states);
    families.gauges(
        ("raceway_postgres_connections_max", "Connections to Postgres that there may be."),
        pools.iter().map(|&(name, pool)| (server(name), number(pool.max_size))),
    );
    families.gauges(
        ("raceway_postgres_connections_waiting", "Who waits for a connection to Postgres."),
        pools.iter().map(|&(name, pool)| (server(name), number(pool.waiting))),
    );
}
