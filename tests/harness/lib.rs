//! Real servers for the tests and the benchmarks: Postgres clusters and sidecars, on free ports, in
//! temporary folders, gone when dropped.
#![allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails by panicking, and may call what it wants to see fail"
)]

mod account;
mod browser;
mod catalog;
mod certificates;
mod cluster;
mod contents;
mod database;
mod disk;
mod driver;
mod exported;
mod figures;
mod http;
mod install;
mod ledger;
mod libpq;
mod linters;
mod load;
mod metrics;
mod mutations;
mod openapi;
mod pooler;
mod port;
mod process;
mod prometheus;
mod proxy;
mod random;
mod raw;
mod release;
mod schemathesis;
mod server;
mod sharded;
mod sidecar;
mod site;
mod sql;
mod stream;
mod supabase;
mod traffic;
mod visit;

pub use account::{server_folder, set_mode};
pub use browser::{browse, build_of_ui};
pub use catalog::Catalog;
pub use certificates::{Authority, Identity, Subject};
pub use cluster::{Cluster, Flavour, Paused};
pub use contents::{assert_goes_on, contents, fill};
pub use database::Database;
pub use disk::{Filler, SmallDisk};
pub use driver::{Driver, Load, Unacknowledged};
pub use exported::{Difference, Exported};
pub use figures::await_counted;
pub use http::{Answer, HttpClient, Tagged};
pub use install::{create_templates, install};
pub use ledger::{Ledger, Post, Refusal, Tally, stored_ids};
pub use libpq::LikePsql;
pub use linters::{Finding, pgspot, splinter};
pub use load::{Batches, beside};
pub use metrics::Metrics;
pub use mutations::Mutations;
pub use openapi::undocumented;
pub use pooler::Pooler;
pub use process::{memory, memory_limits, send_signal};
pub use prometheus::Prometheus;
pub use proxy::{Network, Proxy};
pub use random::Random;
pub use raw::RawAnswer;
pub use release::Release;
pub use schemathesis::schemathesis;
pub use server::Server;
pub use sharded::{Servers, Sharded};
pub use sidecar::{LogReader, Sidecar, percent_encoded};
pub use site::Site;
pub use sql::{ingest, sqlstate, try_ingest};
pub use stream::{Listener, Streamed};
pub use supabase::Supabase;
pub use traffic::{
    comparable, documented_event, event, recorded_answer, recorded_requests, requests_of,
    sorted_events,
};
pub use visit::{Visit, visit, web};

use std::time::{Duration, Instant};

/// Waits until the condition holds; fails after the limit with what was awaited.
pub fn await_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
