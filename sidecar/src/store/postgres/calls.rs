//! How long a server takes to answer.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, HistogramVec};

/// What a server is asked for.
#[derive(Clone, Copy)]
pub(super) enum Call {
    /// To store events.
    Ingest,
    /// All rows of an answer.
    Query,
    /// The first of many rows.
    Stream,
}

const CALLS: [&str; 3] = ["ingest", "query", "stream"];
const RESULTS: [&str; 3] = ["ok", "error", "timeout"];
/// Seconds.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The calls of one server, from when a connection is there to its answer.
pub(super) struct Calls {
    all: HistogramVec,
    /// By [`CALLS`], then by [`RESULTS`].
    each: [[Histogram; 3]; 3],
}

impl Calls {
    pub(super) fn of(server: &str) -> Self {
        let name = "raceway_postgres_call_duration_seconds";
        let help = "How long Postgres took to answer, once there was a connection.";
        let options = HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
        let all = HistogramVec::new(options.const_label("server", server), &["call", "result"]);
        let all = all.expect("valid names");
        let each = CALLS.map(|call| RESULTS.map(|result| all.with_label_values(&[call, result])));
        Calls { all, each }
    }

    /// An answer in time, which may be an error, or none.
    pub(super) fn observe<T, E, L>(
        &self,
        call: Call,
        elapsed: Duration,
        answer: &Result<Result<T, E>, L>,
    ) {
        let result = match answer {
            Ok(Ok(_)) => 0,
            Ok(Err(_)) => 1,
            Err(_) => 2,
        };
        self.each[call as usize][result].observe(elapsed.as_secs_f64());
    }

    pub(super) fn family(&self) -> MetricFamily {
        self.all.collect().swap_remove(0)
    }
}
