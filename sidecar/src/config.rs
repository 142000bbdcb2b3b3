//! `raceway.toml`, the configuration file of Raceway, with environment variables over it.

mod analysis;
mod development;
mod key;
mod list;
mod logging;
mod memory;
mod postgres;
mod retention;
mod secret;
mod server;
mod variables;
mod wrong;

use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use serde::Deserialize;

pub(crate) use analysis::Analysis;
pub(crate) use development::Development;
pub(crate) use key::{KeyMaterial, NamedKey, Role};
pub(crate) use logging::{LogFormat, Logging};
pub(crate) use memory::{Memory, available_memory};
pub(crate) use postgres::Postgres;
pub(crate) use retention::Retention;
pub(crate) use secret::Secret;
pub(crate) use server::Server;
pub(crate) use wrong::WrongSetting;

use self::variables::WithVariables;

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) storage: Storage,
    pub(crate) retention: Retention,
    pub(crate) analysis: Analysis,
    pub(crate) logging: Logging,
    pub(crate) development: Development,
}

/// `[storage]`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Storage {
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    pub(crate) postgres: Postgres,
    pub(crate) fallback: Fallback,
    pub(crate) quarantine: Quarantine,
}

/// Where events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    #[default]
    Memory,
    Postgres,
    /// The same, with what is special about it.
    Supabase,
}

/// `[storage.fallback]`: what becomes of events while Postgres is away.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Fallback {
    pub(crate) mode: FallbackMode,
    /// The folder of the spool.
    pub(crate) path: PathBuf,
    /// Of waiting events, at most.
    pub(crate) max_bytes: u64,
}

impl Default for Fallback {
    fn default() -> Self {
        Fallback { mode: FallbackMode::Spool, path: "raceway-spool".into(), max_bytes: 4 << 30 }
    }
}

/// Where events wait for Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FallbackMode {
    /// On disk: what was acknowledged survives a crash.
    Spool,
    /// In memory: it does not.
    Memory,
    /// Nowhere: clients are told to try again.
    Off,
}

/// `[storage.quarantine]`: rejected events, where the backend is memory. In Postgres they are rows
/// of `raceway_rejected`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Quarantine {
    /// The file.
    pub(crate) path: PathBuf,
    /// Of the file, at most; the older half goes first.
    pub(crate) max_bytes: u64,
}

impl Default for Quarantine {
    fn default() -> Self {
        Quarantine { path: "raceway-quarantine.ndjson".into(), max_bytes: 16 << 20 }
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
    let file = File::from(path).format(FileFormat::Toml).required(file.is_some());
    let source = config::Config::builder()
        .add_source(WithVariables(file))
        .add_source(Environment::with_prefix("RACEWAY").prefix_separator("_").separator("__"))
        .build()?;
    let mut unknown_keys = Vec::new();
    let mut config: Config =
        serde_ignored::deserialize(source, |key| unknown_keys.push(key.to_string()))?;
    config.storage.postgres.is_supabase = config.storage.backend == Backend::Supabase;
    Ok(Loaded { config, unknown_keys })
}
