//! `[server]`

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Secret, list};

/// Where it listens, what it serves, and to whom.
#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Server {
    /// An address, or a name.
    pub(crate) host: String,
    /// 0 takes a free port, which the log names.
    pub(crate) port: u16,
    /// Memory for requests' bodies, all together.
    pub(crate) max_body_memory_bytes: usize,
    /// How long requests under way may take once the end is asked for.
    pub(crate) shutdown_grace_seconds: u64,
    /// The build of a web UI; none is served if not given.
    pub(crate) ui_dir: Option<PathBuf>,
    /// What people log in with to read traces; they need not if not given.
    pub(crate) ui_password: Option<Secret>,
    /// Whether programs need a key.
    pub(crate) auth_enabled: bool,
    #[serde(deserialize_with = "list::deserialize")]
    pub(crate) api_keys: Vec<Secret>,
    /// Whether pages of other origins may ask.
    pub(crate) cors_enabled: bool,
    /// Which, or `*` for all.
    #[serde(deserialize_with = "list::deserialize")]
    pub(crate) cors_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            host: "127.0.0.1".into(),
            port: 8080,
            max_body_memory_bytes: 64 * 1024 * 1024,
            shutdown_grace_seconds: 30,
            ui_dir: None,
            ui_password: None,
            auth_enabled: false,
            api_keys: Vec::new(),
            cors_enabled: true,
            cors_origins: vec!["*".into()],
        }
    }
}

impl Server {
    /// Where it is reached from this machine.
    pub(crate) fn url(&self) -> String {
        let Server { host, port, .. } = self;
        match host.parse() {
            Ok(IpAddr::V6(address)) => format!("http://[{address}]:{port}"),
            _ => format!("http://{host}:{port}"),
        }
    }

    pub(crate) fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds)
    }
}
