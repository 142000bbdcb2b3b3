//! Real servers for the tests: Postgres clusters and sidecars, on free ports, in temporary
//! folders, gone when dropped.

mod cluster;
mod http;
mod sidecar;
mod traffic;

pub(crate) use cluster::{Cluster, Database, Flavour};
pub(crate) use http::Answer;
pub(crate) use sidecar::Sidecar;
pub(crate) use traffic::{
    comparable, documented_event, event, recorded_answer, recorded_requests, requests_of,
    sorted_events,
};

use std::time::{Duration, Instant};

/// Waits until the condition holds; fails after the limit with what was awaited.
pub(crate) fn await_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
