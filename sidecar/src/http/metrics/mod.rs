//! `GET /metrics`: what this server has done since its start, and how it is, for Prometheus.
//!
//! Nothing is counted for this alone that is counted elsewhere: whoever asks has it read from where it is.
//! docs/WATCH.md says what each metric means.

mod families;
mod process;
mod requests;
mod store;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use prometheus::proto::MetricFamily;
use prometheus::{TEXT_FORMAT, TextEncoder};

use self::families::{Families, float, labels};
pub(super) use self::requests::Requests;
use super::AppState;
use super::error::ApiError;
use super::openapi::KeyFailures;
use crate::log;
use crate::store::StoreError;

/// What this server has done since its start, and how it is, as Prometheus reads it.
#[utoipa::path(
    get,
    operation_id = "metrics",
    path = "/metrics",
    tag = "state",
    responses(
        (status = 200, description = "the text format of Prometheus, version 0.0.4", body = String,
         content_type = "text/plain"),
        KeyFailures,
    ),
)]
pub(crate) async fn read(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let text = TextEncoder::new().encode_to_string(&families(&state));
    let text = text.map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, TEXT_FORMAT)], text))
}

fn families(state: &AppState) -> Vec<MetricFamily> {
    let mut families = Families::default();
    about(&mut families);
    store::add(&mut families, state.store.as_ref());
    of_http(&mut families, state);
    process::add(&mut families, state.started.elapsed());
    families.into_inner()
}

fn about(families: &mut Families) {
    families.gauges(
        ("raceway_build_info", "The version of this program; the value is 1."),
        [(labels(&[("version", env!("CARGO_PKG_VERSION"))]), 1.0)],
    );
    families.counter(
        ("raceway_log_lines_lost_total", "Lines of the log that could not be written."),
        log::lost_lines(),
    );
}

fn of_http(families: &mut Families, state: &AppState) {
    let requests = &state.observer.requests;
    families.counters(
        ("raceway_bodies_refused_total", "Bodies of which no event was taken, by the answer."),
        requests.refused().map(|(status, bodies)| (labels(&[("status", &status)]), bodies)),
    );
    let (taken, most) = state.budget.usage();
    families.gauge(
        (
            "raceway_body_memory_bytes",
            "Memory that bodies take, of requests and of traces that are read.",
        ),
        float(taken as u64),
    );
    families.gauge(
        ("raceway_body_memory_max_bytes", "Memory that bodies may take."),
        float(most as u64),
    );
    families.gauge(
        ("raceway_http_requests_in_flight", "Requests that are not answered yet."),
        float(requests.in_flight() as u64),
    );
    families.gauge(
        ("raceway_stream_listeners", "Clients that listen to the stream of what happens."),
        float(state.feed.listeners() as u64),
    );
    families.family(requests.durations());
}
