//! `raceway.toml`, the configuration file of Raceway, with environment variables over it.

mod analysis;
mod development;
mod environment;
mod key;
mod keys;
mod load;
mod logging;
mod memory;
mod postgres;
mod problem;
mod raceway;
mod read;
mod retention;
mod secret;
mod server;
mod show;
mod template;
mod tree;
mod variables;
mod wrong;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) use analysis::Analysis;
pub(crate) use development::Development;
pub(crate) use key::{KeyMaterial, NamedKey, Role};
pub(crate) use load::{DEFAULT_PATH, Loaded, load};
pub(crate) use logging::{LogFormat, Logging};
pub(crate) use memory::{Memory, available_memory};
pub(crate) use postgres::Postgres;
pub(crate) use problem::{Problem, Problems};
pub(crate) use retention::Retention;
pub(crate) use secret::Secret;
pub(crate) use server::Server;
pub(crate) use show::show;
pub(crate) use template::TEMPLATE;
pub(crate) use wrong::WrongSetting;

/// Everything that can be configured.
#[derive(Debug, Default, Deserialize, Serialize)]
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
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Storage {
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    pub(crate) postgres: Postgres,
    pub(crate) fallback: Fallback,
    pub(crate) quarantine: Quarantine,
}

/// Where events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    #[default]
    Memory,
    Postgres,
    /// The same, with what is special about it.
    Supabase,
}

impl Backend {
    /// Whether events are kept in Postgres.
    pub(crate) fn is_in_database(self) -> bool {
        self != Backend::Memory
    }
}

/// `[storage.fallback]`: what becomes of events while Postgres is away.
#[derive(Debug, Deserialize, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
#[derive(Debug, Deserialize, Serialize)]
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
