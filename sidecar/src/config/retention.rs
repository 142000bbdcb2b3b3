//! `[retention]`

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a database keeps events where pg_cron does not see to it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Retention {
    /// Such as `30 days`; for ever, where nothing is said.
    #[serde(with = "humantime_serde")]
    pub(crate) keep: Option<Duration>,
    /// Between two runs of `raceway_retention()`, such as `1 hour`.
    #[serde(with = "humantime_serde")]
    pub(crate) interval: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Retention { keep: None, interval: Duration::from_hours(1) }
    }
}
