//! `[analysis]`

use std::collections::BTreeSet;
use std::time::Duration;

use raceway_analysis::Options;
use serde::{Deserialize, Serialize};

/// What an analysis can't know by itself.
#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Analysis {
    /// Names of variables that services share, such as rows of one database.
    pub(crate) shared_variables: BTreeSet<String>,
    /// By how much clocks of two processes may differ.
    #[serde(with = "humantime_serde")]
    pub(crate) clock_skew: Duration,
    /// Two accesses of a request that are further apart do not belong together.
    #[serde(with = "humantime_serde")]
    pub(crate) atomic_within: Duration,
}

impl Default for Analysis {
    fn default() -> Self {
        let Options { shared_variables, clock_skew, atomic_within } = Options::default();
        let duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
        Analysis {
            shared_variables,
            clock_skew: duration(clock_skew),
            atomic_within: duration(atomic_within),
        }
    }
}

impl Analysis {
    pub(crate) fn into_options(self) -> Options {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Options {
            shared_variables: self.shared_variables,
            clock_skew: micros(self.clock_skew),
            atomic_within: micros(self.atomic_within),
        }
    }
}
