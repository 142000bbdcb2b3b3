//! Requests by route, method and class of status. Names of routes are those of the API, whatever clients ask for.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use foldhash::fast::RandomState;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, HistogramVec};

/// Others are [`OTHER`].
const METHODS: [&str; 4] = ["GET", "POST", "HEAD", "OPTIONS"];
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// With which a body is refused; others are [`OTHER`].
const REFUSALS: [u16; 9] = [400, 401, 403, 408, 413, 415, 429, 500, 503];
const OTHER: &str = "other";
/// Seconds.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Where bodies with events are sent.
const INGEST: &str = "/events";

/// Times of requests. What is known is looked up without a lock.
pub(in crate::http) struct Requests {
    durations: HistogramVec,
    by_route: HashMap<String, Times, RandomState>,
    /// Of requests to no route: the files of the web UI, and what is not there.
    others: Times,
    in_flight: AtomicUsize,
    /// By [`REFUSALS`].
    refused: [AtomicU64; REFUSALS.len() + 1],
}

/// Of a route, by method and class; made when the first request is answered.
#[derive(Default)]
struct Times([[OnceLock<Histogram>; CLASSES.len()]; METHODS.len() + 1]);

/// A request that is not answered yet; over when dropped.
pub(in crate::http) struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Requests {
    /// Of these routes.
    pub(in crate::http) fn to(routes: impl Iterator<Item = String>) -> Self {
        let name = "raceway_http_request_duration_seconds";
        let help = "How long requests took until the head of their answer was there.";
        let options = HistogramOpts::new(name, help).buckets(BUCKETS.to_vec());
        let durations = HistogramVec::new(options, &["route", "method", "status"]);
        Requests {
            durations: durations.expect("valid names"),
            by_route: routes.map(|route| (route, Times::default())).collect(),
            others: Times::default(),
            in_flight: AtomicUsize::default(),
            refused: Default::default(),
        }
    }

    pub(in crate::http) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    pub(in crate::http) fn observe(
        &self,
        route: Option<&str>,
        method: &Method,
        status: StatusCode,
        elapsed: Duration,
    ) {
        let known = route.and_then(|route| self.by_route.get_key_value(route));
        let (route, Times(times)) =
            known.map_or((OTHER, &self.others), |(route, times)| (route.as_str(), times));
        let method = place(&METHODS, &method.as_str());
        let class = usize::from(status.as_u16() / 100).clamp(2, 5) - 2;
        let duration = times[method][class].get_or_init(|| {
            let method = METHODS.get(method).unwrap_or(&OTHER);
            self.durations.with_label_values(&[route, method, CLASSES[class]])
        });
        duration.observe(elapsed.as_secs_f64());
        if route == INGEST && METHODS.get(method) == Some(&"POST") && status != StatusCode::OK {
            self.refused[place(&REFUSALS, &status.as_u16())].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn durations(&self) -> MetricFamily {
        self.durations.collect().swap_remove(0)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How many bodies were refused, by the status of the answer.
    pub(super) fn refused(&self) -> impl Iterator<Item = (String, u64)> {
        let names = REFUSALS.iter().map(u16::to_string).chain([OTHER.to_owned()]);
        names.zip(self.refused.iter().map(|bodies| bodies.load(Ordering::Relaxed)))
    }
}

/// In a list of those that are known, or behind it.
fn place<T: PartialEq>(known: &[T], one: &T) -> usize {
    known.iter().position(|known| known == one).unwrap_or(known.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_there_are_few_series() {
        let requests = Requests::to(["/events".to_owned()].into_iter());
        for number in 0..1000_u16 {
            let method = Method::from_bytes(format!("M{number}").as_bytes()).expect("a method");
            let status = StatusCode::from_u16(200 + number % 800).expect("a status");
            let route = format!("/{number}");
            for route in [None, Some("/events"), Some(&*route)] {
                requests.observe(route, &method, status, Duration::ZERO);
            }
        }
        let series = requests.durations().get_metric().len();
        assert_eq!(series, 2 * CLASSES.len());
    }

    #[test]
    fn a_body_that_is_not_taken_is_refused() {
        let requests = Requests::to(["/events".to_owned()].into_iter());
        for (route, method, status) in [
            ("/events", Method::POST, StatusCode::OK),
            ("/events", Method::POST, StatusCode::PAYLOAD_TOO_LARGE),
            ("/events", Method::POST, StatusCode::IM_A_TEAPOT),
            ("/events", Method::GET, StatusCode::METHOD_NOT_ALLOWED),
            ("/status", Method::POST, StatusCode::BAD_REQUEST),
        ] {
            requests.observe(Some(route), &method, status, Duration::ZERO);
        }
        let refused: Vec<_> = requests.refused().filter(|(_, bodies)| *bodies > 0).collect();
        assert_eq!(refused, [("413".to_owned(), 1), ("other".to_owned(), 1)]);
    }
}
