//! What an operator can set.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Settings of an analysis. Their names are those of `_raceway_analysis_options()` in SQL.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Names of variables that services share, such as rows of one database.
    pub shared_variables: BTreeSet<String>,
    /// Microseconds by which clocks of two processes may differ.
    pub clock_skew: i64,
    /// Microseconds between two accesses of a request that are taken to belong together, at most.
    pub atomic_within: i64,
}

impl Default for Options {
    fn default() -> Self {
        Options { shared_variables: BTreeSet::new(), clock_skew: 10_000, atomic_within: 10_000_000 }
    }
}
