//! The way from a command to a running sidecar: over TCP, encrypted or not, or by a Unix socket.

mod encrypted;
mod socket;
mod trust;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use ureq::config::ConfigBuilder;
use ureq::http::Response;
use ureq::http::header::AUTHORIZATION;
use ureq::typestate::{AgentScope, WithBody, WithoutBody};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Body, RequestBuilder};

use self::encrypted::Encrypting;
use self::socket::{Anywhere, Socket};
use super::CommandError;
use crate::config::{self, Secret};

/// Speaks HTTP with one sidecar. It keeps its connections.
#[derive(Clone)]
pub(super) struct Reach {
    agent: Agent,
    /// What the path of a request follows.
    base: Arc<str>,
    name: Arc<str>,
    key: Option<Secret>,
}

/// Where it is, and whom to trust there.
#[derive(Clone, Copy)]
pub(super) struct Address<'a> {
    /// Such as `http://localhost:8080`; if not given, the sidecar is the one with this configuration.
    pub(super) url: Option<&'a str>,
    /// A file with certificates to trust besides those of this machine.
    pub(super) cacert: Option<&'a Path>,
}

impl Reach {
    /// Connects to nobody yet.
    pub(super) fn new(
        server: &config::Server,
        address: Address<'_>,
        http: ConfigBuilder<AgentScope>,
    ) -> Result<Self, CommandError> {
        match (address.url, &server.unix_socket) {
            (None, Some(path)) if server.host.is_empty() => Ok(Reach::by_socket(path, http)),
            (None, None) if server.host.is_empty() => Err(CommandError::Nowhere),
            (None, _) => Reach::by_url(&server.url(), server, address, http),
            (Some(url), _) if url.starts_with("http://") || url.starts_with("https://") => {
                Reach::by_url(url, server, address, http)
            }
            (Some(url), _) => Err(CommandError::Url(url.to_owned())),
        }
    }

    fn by_url(
        url: &str,
        server: &config::Server,
        address: Address<'_>,
        http: ConfigBuilder<AgentScope>,
    ) -> Result<Self, CommandError> {
        let base: Arc<str> = url.trim_end_matches('/').into();
        let is_encrypted = base.starts_with("https://");
        let trust = is_encrypted.then(|| trust::config(server, address)).transpose()?;
        let connector = DefaultConnector::new().chain(Encrypting(trust));
        let agent = Agent::with_parts(http.build(), connector, DefaultResolver::default());
        Ok(Reach { agent, name: Arc::clone(&base), base, key: None })
    }

    fn by_socket(path: &Path, http: ConfigBuilder<AgentScope>) -> Self {
        let http = http.proxy(None).build();
        let agent = Agent::with_parts(http, Socket(path.to_owned()), Anywhere);
        let name = format!("the socket {}", path.display());
        Reach { agent, base: "http://localhost".into(), name: name.into(), key: None }
    }

    /// The same, with this key in each request.
    pub(super) fn with_key(self, key: Option<Secret>) -> Self {
        Reach { key, ..self }
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// A request of this path.
    pub(super) fn get(&self, path: &str) -> RequestBuilder<WithoutBody> {
        self.authorized(self.agent.get(format!("{}{path}", self.base)))
    }

    /// A request of this path.
    pub(super) fn post(&self, path: &str) -> RequestBuilder<WithBody> {
        self.authorized(self.agent.post(format!("{}{path}", self.base)))
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.key {
            Some(key) => request.header(AUTHORIZATION, format!("Bearer {}", key.reveal())),
            None => request,
        }
    }
}

/// Why an answer is no success: what its body says, or its status.
pub(super) fn reason(answer: &mut Response<Body>) -> String {
    #[derive(Default, Deserialize)]
    struct Failure {
        error: Option<String>,
    }
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    let failure: Failure = serde_json::from_str(&text).unwrap_or_default();
    failure.error.unwrap_or_else(|| format!("HTTP status {}", answer.status().as_u16()))
}

/// As it is named to people.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
