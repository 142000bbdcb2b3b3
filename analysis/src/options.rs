//! What an operator can set.

use std::collections::BTreeSet;

/// Settings of `[analysis]`.
#[derive(Clone, Debug, PartialEq)]
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
