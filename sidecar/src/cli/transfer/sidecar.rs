//! A running sidecar, over HTTP.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use raceway_model::Timestamp;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::batches::Batch;
use super::taken::Taken;
use super::tally::Tally;
use crate::cli::reach::{Address, Reach, reason};
use crate::cli::{CommandError, key};
use crate::config;
use crate::store::StoreError;
use crate::store::chunks::{CHUNK_BYTES, Chunks};
use crate::store::export::{self, ExportFilter, Lines};

/// Where the answer does not say when to try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Keeps its connections.
#[derive(Clone)]
pub(in crate::cli) struct Sidecar {
    reach: Reach,
}

impl Sidecar {
    /// The one that runs with this configuration.
    pub(in crate::cli) fn of(server: &config::Server) -> Result<Self, CommandError> {
        Sidecar::at(Address { url: None, cacert: None }, None, server)
    }

    /// By its address. If it asks for a key, it is to be this one, or one of ours.
    pub(in crate::cli) fn at(
        address: Address<'_>,
        key_file: Option<&Path>,
        server: &config::Server,
    ) -> Result<Self, CommandError> {
        let http = Agent::config_builder().http_status_as_error(false);
        let reach = Reach::new(server, address, http)?;
        Ok(Sidecar { reach: reach.with_key(key::find(server, key_file)?) })
    }

    /// See [`crate::store::Store::export`].
    pub(super) async fn export(&self, filter: &ExportFilter) -> Result<Chunks, StoreError> {
        let (sidecar, filter) = (self.clone(), filter.clone());
        chunks(move || sidecar.get_export(&filter)).await
    }

    /// A trace as a file of another format.
    pub(super) async fn take(&self, taken: &Taken) -> Result<Chunks, StoreError> {
        let (sidecar, taken) = (self.clone(), taken.clone());
        chunks(move || sidecar.get_taken(&taken)).await
    }

    fn get_export(&self, filter: &ExportFilter) -> Result<Body, StoreError> {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let parameters = [
            ("from", time(filter.from)),
            ("until", time(filter.until)),
            ("service", filter.service.clone()),
            ("trace_id", filter.trace_id.clone()),
        ];
        let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let request = self.reach.get("/api/export").query_pairs(parameters);
        let answer = request.call().map_err(|error| self.unavailable(&error))?;
        Ok(expect_success(answer)?.into_body())
    }

    fn get_taken(&self, taken: &Taken) -> Result<Body, StoreError> {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let format = taken.format.to_possible_value().map(|name| name.get_name().to_owned());
        let parameters =
            [("format", format), ("from", time(taken.from)), ("until", time(taken.until))];
        let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let trace_id = utf8_percent_encode(&taken.trace_id, NON_ALPHANUMERIC);
        let request = self.reach.get(&format!("/api/traces/{trace_id}/export"));
        let answer = request.query_pairs(parameters).call();
        Ok(expect_success(answer.map_err(|error| self.unavailable(&error))?)?.into_body())
    }

    /// What `GET /api/stream` sends, as it comes, after the event with this id.
    pub(in crate::cli) fn stream(
        &self,
        parameters: &[(&str, String)],
        last_seen: Option<&str>,
    ) -> Result<impl Read, StoreError> {
        let parameters = parameters.iter().map(|(name, value)| (*name, value));
        let request = self.reach.get("/api/stream").query_pairs(parameters);
        let request = match last_seen {
            Some(id) => request.header("last-event-id", id),
            None => request,
        };
        let answer = request.call().map_err(|error| self.unavailable(&error))?;
        Ok(expect_success(answer)?.into_body().into_reader())
    }

    /// Sends a batch.
    pub(in crate::cli) async fn store(&self, batch: &Batch) -> Result<Tally, StoreError> {
        let (sidecar, body) = (self.clone(), batch.body.clone());
        let answer = spawn_blocking(move || sidecar.post_events(&body));
        answer.await.map_err(|error| StoreError::Internal(error.to_string()))?
    }

    fn post_events(&self, body: &str) -> Result<Tally, StoreError> {
        #[derive(Deserialize)]
        struct Answer {
            data: Tally,
        }
        let answer = self.reach.post("/events").send(body);
        let answer = expect_success(answer.map_err(|error| self.unavailable(&error))?)?;
        let report = answer.into_body().read_to_string();
        let report = report.map_err(|error| self.unavailable(&error))?;
        let answer: Answer = serde_json::from_str(&report).map_err(|error| {
            StoreError::Internal(format!(
                "{}: expected a report of POST /events: {error}",
                self.reach
            ))
        })?;
        Ok(answer.data)
    }

    fn unavailable(&self, error: &ureq::Error) -> StoreError {
        StoreError::Unavailable(format!("{}: {error}", self.reach))
    }
}

/// The answer, unless it says what went wrong.
fn expect_success(mut answer: Response<Body>) -> Result<Response<Body>, StoreError> {
    let status = answer.status().as_u16();
    if status == 200 {
        return Ok(answer);
    }
    let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|seconds| seconds.parse().ok());
    let retry_after = retry_after.map_or(RETRY_AFTER, Duration::from_secs);
    let reason = reason(&mut answer);
    Err(match status {
        401 => StoreError::Internal(format!(
            "the sidecar refuses the key in RACEWAY_KEY, or in api_keys or keys of [server]: {reason}"
        )),
        400..500 => StoreError::Refused(reason),
        _ => StoreError::Full { reason, retry_after },
    })
}

/// The body of an answer, as it comes.
async fn chunks(
    ask: impl FnOnce() -> Result<Body, StoreError> + Send + 'static,
) -> Result<Chunks, StoreError> {
    let answer = spawn_blocking(ask).await;
    let answer = answer.map_err(|error| StoreError::Internal(error.to_string()))??;
    let (lines, export) = export::channel();
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(pass_on(answer, lines)));
    Ok(export)
}

async fn pass_on(answer: Body, mut lines: Lines) {
    let mut body = answer.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        match body.read(&mut chunk) {
            Ok(0) => return lines.end(Ok(())).await,
            Ok(length) => {
                chunk.truncate(length);
                if lines.forward(chunk).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                return lines.end(Err(StoreError::Unavailable(error.to_string()))).await;
            }
        }
    }
}
