//! `raceway.toml`, the configuration file of Raceway, with environment variables over it.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use config::{Environment, File, FileFormat};
use serde::Deserialize;

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) storage: Storage,
    pub(crate) logging: Logging,
}

/// `[server]`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Server {
    pub(crate) host: IpAddr,
    /// 0 takes a free port, which the log names.
    pub(crate) port: u16,
}

impl Default for Server {
    fn default() -> Self {
        Server { host: IpAddr::from([127, 0, 0, 1]), port: 8080 }
    }
}

/// `[storage]`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Storage {
    pub(crate) backend: Backend,
    pub(crate) postgres: Postgres,
}

/// Where events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    #[default]
    Memory,
    #[serde(alias = "supabase")]
    Postgres,
}

/// `[storage.postgres]`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Postgres {
    /// A URL or `key=value` pairs, as libpq takes them.
    pub(crate) connection_string: Option<String>,
    /// Connections at most.
    pub(crate) max_connections: usize,
    /// Connections opened at start.
    pub(crate) min_connections: usize,
    /// How long to wait for a connection.
    pub(crate) connection_timeout_seconds: u64,
    /// Whether `serve` installs the schema where there is none.
    pub(crate) auto_migrate: bool,
}

impl Default for Postgres {
    fn default() -> Self {
        Postgres {
            connection_string: None,
            max_connections: 10,
            min_connections: 2,
            connection_timeout_seconds: 30,
            auto_migrate: true,
        }
    }
}

impl Postgres {
    pub(crate) fn connection_timeout(&self) -> Duration {
        Duration::from_secs(self.connection_timeout_seconds)
    }
}

/// `[logging]`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Logging {
    /// A level, or a filter such as `info,raceway_sidecar=debug`.
    pub(crate) level: String,
}

impl Default for Logging {
    fn default() -> Self {
        Logging { level: "info".into() }
    }
}

/// The configuration, and the keys of the file that mean nothing here.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) unknown_keys: Vec<String>,
}

/// Reads `raceway.toml`, or the file given, which must then exist. Environment variables such as
/// `RACEWAY_STORAGE__BACKEND` win over it.
pub(crate) fn load(file: Option<&Path>) -> Result<Loaded, config::ConfigError> {
    let path = file.unwrap_or(Path::new("raceway.toml"));
    let source = config::Config::builder()
        .add_source(File::from(path).format(FileFormat::Toml).required(file.is_some()))
        .add_source(Environment::with_prefix("RACEWAY").prefix_separator("_").separator("__"))
        .build()?;
    let mut unknown_keys = Vec::new();
    let config = serde_ignored::deserialize(source, |key| unknown_keys.push(key.to_string()))?;
    Ok(Loaded { config, unknown_keys })
}
