//! `[server]`

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{NamedKey, Role, Secret};

/// Where it listens, what it serves, and to whom.
#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub(crate) struct Server {
    /// An address, or a name; empty where only the socket is listened on.
    pub(crate) host: String,
    /// 0 takes a free port, which the log names.
    pub(crate) port: u16,
    /// A path for clients of this machine, besides.
    pub(crate) unix_socket: Option<PathBuf>,
    /// Certificates in PEM format, the server's own first; TCP is not encrypted if not given.
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the first, in PEM format.
    pub(crate) tls_key: Option<PathBuf>,
    /// Whether everybody may ask who reaches this machine.
    pub(crate) allow_unauthenticated: bool,
    /// Memory for requests' bodies, all together.
    pub(crate) max_body_memory_bytes: usize,
    /// How long requests under way may take once the end is asked for.
    pub(crate) shutdown_grace_seconds: u64,
    /// Whether a page is served.
    pub(crate) ui: bool,
    /// The build of a web UI; the program's own page is served if not given.
    pub(crate) ui_dir: Option<PathBuf>,
    /// What people log in with to read traces; they need not if not given.
    pub(crate) ui_password: Option<Secret>,
    /// Whether programs need a key.
    pub(crate) auth_enabled: bool,
    pub(crate) api_keys: Vec<Secret>,
    /// Further keys, each with what it is for.
    pub(crate) keys: Vec<NamedKey>,
    /// Whether a key, or an address without one, has so many requests.
    pub(crate) rate_limit_enabled: bool,
    /// Requests a minute.
    pub(crate) rate_limit_rpm: u32,
    /// Networks of the proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<String>,
    /// Whether pages of other origins may ask.
    pub(crate) cors_enabled: bool,
    /// Which, or `*` for all.
    pub(crate) cors_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            host: "127.0.0.1".into(),
            port: 8080,
            unix_socket: None,
            tls_cert: None,
            tls_key: None,
            allow_unauthenticated: false,
            max_body_memory_bytes: 64 * 1024 * 1024,
            shutdown_grace_seconds: 30,
            ui: true,
            ui_dir: None,
            ui_password: None,
            auth_enabled: false,
            api_keys: Vec::new(),
            keys: Vec::new(),
            rate_limit_enabled: false,
            rate_limit_rpm: 1000,
            trusted_proxies: Vec::new(),
            cors_enabled: true,
            cors_origins: vec!["*".into()],
        }
    }
}

impl Server {
    /// Where it is reached from this machine.
    pub(crate) fn url(&self) -> String {
        let Server { host, port, .. } = self;
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        match host.parse() {
            Ok(IpAddr::V6(address)) => format!("{scheme}://[{address}]:{port}"),
            _ => format!("{scheme}://{host}:{port}"),
        }
    }

    /// What a command presents to a sidecar with this configuration: a key that may do everything.
    pub(crate) fn key_of_commands(&self) -> Option<Secret> {
        let named = self.keys.iter().filter(|key| key.role == Role::Admin);
        let named = named.filter_map(NamedKey::plain);
        self.api_keys.iter().cloned().chain(named).next()
    }

    pub(crate) fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds)
    }
}
