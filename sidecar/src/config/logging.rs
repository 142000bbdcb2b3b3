//! `[logging]`

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is logged, and how.
#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Logging {
    /// A level, or a filter such as `info,raceway_sidecar=debug,raceway_spool=debug`.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
    /// A request that takes longer is logged as a warning.
    pub(crate) slow_request_ms: u64,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs.
    Json,
}

impl Default for Logging {
    fn default() -> Self {
        Logging { level: "info".into(), format: LogFormat::default(), slow_request_ms: 1000 }
    }
}

impl Logging {
    pub(crate) fn slow_request(&self) -> Duration {
        Duration::from_millis(self.slow_request_ms)
    }
}
