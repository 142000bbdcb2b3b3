//! Asks a running sidecar over its read API.

use std::cell::Cell;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::text::clean;
use super::{AskError, Asked};
use crate::cli::reach::{Address, Reach, reason};
use crate::cli::{CommandError, key};
use crate::config::Server;

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the sidecar may take until an answer begins: the longest analysis is no more than a minute.
const ANSWER_LIMIT: Duration = Duration::from_mins(2);

/// Asks one sidecar.
pub(in crate::cli) struct Client {
    reach: Reach,
    /// Whether some answer may miss something, because Postgres is away.
    is_degraded: Cell<bool>,
}

/// The data of an answer, as it came.
pub(super) type Data = Box<RawValue>;

impl Client {
    /// Asks nothing yet.
    pub(super) fn new(server: &Server, asked: &Asked) -> Result<Self, CommandError> {
        let http = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_recv_response(Some(ANSWER_LIMIT));
        let address = Address { url: asked.url.as_deref(), cacert: asked.cacert.as_deref() };
        let reach = Reach::new(server, address, http)?;
        let reach = reach.with_key(key::find(server, asked.key_file.as_deref())?);
        Ok(Client { reach, is_degraded: Cell::default() })
    }

    /// The sidecar's name.
    pub(super) fn sidecar(&self) -> String {
        self.reach.to_string()
    }

    /// Whether something may be missing in what was answered so far.
    pub(super) fn is_degraded(&self) -> bool {
        self.is_degraded.get()
    }

    /// The data of the answer to `GET path` with these parameters, once all of it is here.
    pub(super) fn get(&self, path: &str, parameters: &[(&str, String)]) -> Result<Data, AskError> {
        #[derive(Deserialize)]
        struct Envelope {
            data: Data,
            #[serde(default)]
            degraded: bool,
        }
        let body = self.open(path, parameters)?.into_body();
        let text = body.into_with_config().limit(u64::MAX).read_to_string();
        let text = text.map_err(|error| self.nobody(error))?;
        let envelope: Result<Envelope, _> = serde_json::from_str(&text);
        let Envelope { data, degraded } = envelope.map_err(|error| self.foreign(&error))?;
        self.is_degraded.set(self.is_degraded.get() || degraded);
        Ok(data)
    }

    /// A successful answer to `GET path`, of which nothing is read yet.
    pub(super) fn open(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<Response<Body>, AskError> {
        let request = self.reach.get(path).query_pairs(parameters.iter().map(|(a, b)| (*a, b)));
        let answer = request.call().map_err(|error| self.nobody(error))?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.failure(answer)) }
    }

    /// The data, in this shape.
    pub(super) fn read<T: DeserializeOwned>(&self, data: &RawValue) -> Result<T, AskError> {
        serde_json::from_str(data.get()).map_err(|error| self.foreign(&error))
    }

    fn failure(&self, mut answer: Response<Body>) -> AskError {
        let status = answer.status().as_u16();
        let (sidecar, reason) = (self.sidecar(), clean(&reason(&mut answer)));
        match (status, self.reach.has_key()) {
            (401, false) => AskError::NoKey(sidecar),
            (401 | 403, _) => AskError::Key { sidecar, reason },
            _ => AskError::Failed { sidecar, status, reason },
        }
    }

    fn nobody(&self, error: ureq::Error) -> AskError {
        AskError::Nobody { sidecar: self.sidecar(), error: Box::new(error) }
    }

    fn foreign(&self, error: &serde_json::Error) -> AskError {
        AskError::Foreign { sidecar: self.sidecar(), error: error.to_string() }
    }
}
