//! `[storage.postgres]`: how the database is reached.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secret;

/// `[storage.postgres]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Postgres {
    /// A URL or `key=value` pairs, as libpq takes them. What it does not say is looked for where
    /// libpq does, in the environment and its files.
    #[serde(serialize_with = "secret::connection")]
    pub(crate) connection_string: Option<String>,
    /// The same for a server that only reads: traces are read there.
    #[serde(serialize_with = "secret::connection")]
    pub(crate) read_connection_string: Option<String>,
    /// A file that holds the password and nothing else, for both.
    pub(crate) password_file: Option<PathBuf>,
    /// The schema of the API. What `search_path` finds, if not given; `raceway` on Supabase.
    pub(crate) schema: Option<String>,
    /// Connections at most, to either server.
    pub(crate) max_connections: usize,
    /// Connections that are kept open, to either server.
    pub(crate) min_connections: usize,
    /// How long to wait for a connection.
    pub(crate) connection_timeout_seconds: u64,
    /// A connection that was not used for so long is asked whether it still works.
    pub(crate) idle_check_seconds: u64,
    /// An answer that takes longer counts as none. Large requests get more.
    pub(crate) deadline_seconds: u64,
    /// Whether `serve` installs the schema where there is none.
    pub(crate) auto_migrate: bool,
    /// Whether the backend is called so.
    #[serde(skip)]
    pub(crate) is_supabase: bool,
}

impl Default for Postgres {
    fn default() -> Self {
        Postgres {
            connection_string: None,
            read_connection_string: None,
            password_file: None,
            schema: None,
            max_connections: 10,
            min_connections: 2,
            connection_timeout_seconds: 30,
            idle_check_seconds: 30,
            deadline_seconds: 5,
            auto_migrate: true,
            is_supabase: false,
        }
    }
}

impl Postgres {
    /// The same for another database: whose password this is, what is replicated, and where the API
    /// is, is not said of that.
    pub(crate) fn elsewhere(self, connection_string: &str) -> Self {
        Postgres {
            connection_string: Some(connection_string.to_owned()),
            read_connection_string: None,
            password_file: None,
            schema: None,
            is_supabase: false,
            ..self
        }
    }

    pub(crate) fn connection_timeout(&self) -> Duration {
        Duration::from_secs(self.connection_timeout_seconds)
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline_seconds.max(1))
    }

    pub(crate) fn idle_check(&self) -> Duration {
        Duration::from_secs(self.idle_check_seconds.max(1))
    }
}
