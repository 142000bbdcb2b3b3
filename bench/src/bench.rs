//! What every measurement may use.

use raceway_tests::{Cluster, Flavour, create_templates};

use crate::loadgen::Loadgen;
use crate::scale::Scale;
use crate::stock::Stock;

/// As a server that must not lose what it has acknowledged. Checkpoints come before a timed run,
/// not within it.
const SETTINGS: &str = "fsync = on
synchronous_commit = on
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 1h";

/// A cluster with a template database for each flavour, and what to fill it with.
pub(crate) struct Bench {
    pub(crate) cluster: Cluster,
    pub(crate) scale: Scale,
    pub(crate) loadgen: Loadgen,
    pub(crate) stock: Stock,
}

impl Bench {
    pub(crate) fn start(scale: Scale) -> Self {
        let cluster = Cluster::start(SETTINGS);
        create_templates(&cluster, &Flavour::ALL);
        Bench { cluster, scale, loadgen: Loadgen::default(), stock: Stock::default() }
    }
}
