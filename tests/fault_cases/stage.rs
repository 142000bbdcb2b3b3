//! What a case starts with.

use crate::harness::{
    Cluster, Database, Driver, Flavour, Ledger, Load, Proxy, Sidecar, Site, Unacknowledged, install,
};

/// An empty store in a Postgres of its own, and the network in front of it.
pub(crate) struct Stage {
    pub(crate) proxy: Proxy,
    pub(crate) database: Database,
    pub(crate) cluster: Cluster,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Stage::with("")
    }

    /// With these settings of Postgres.
    pub(crate) fn with(settings: &str) -> Self {
        Stage::start(Flavour::Extension, settings)
    }

    /// With this flavour.
    pub(crate) fn of(flavour: Flavour) -> Self {
        Stage::start(flavour, "")
    }

    fn start(flavour: Flavour, settings: &str) -> Self {
        let cluster = Cluster::start(settings);
        let database = cluster.create_named("faults", flavour);
        install(&database, flavour);
        Stage { proxy: cluster.proxy(), database, cluster }
    }

    /// For a sidecar that reaches Postgres through the proxy.
    pub(crate) fn site(&self) -> Site {
        Site::on(&self.database.through(&[&self.proxy]))
    }
}

/// Patient clients, some hundred events a second.
pub(crate) fn light_load(sites: &[&Site]) -> Load {
    Load {
        urls: sites.iter().map(|site| site.url()).collect(),
        clients: 4,
        batch_size: 20,
        events_per_second: Some(400),
        unacknowledged: Unacknowledged::SendAgain,
        repeat_every: None,
        beside: Vec::new(),
    }
}

/// Ends a case: when all that was acknowledged must be in Postgres, it is.
pub(crate) fn conclude(
    name: &str,
    driver: Driver,
    sidecars: &[&Sidecar],
    database: &Database,
) -> Ledger {
    let ledger = driver.stop();
    for sidecar in sidecars {
        sidecar.await_drained();
    }
    let tally = ledger.assert_kept(database);
    println!("{name}: {tally:?}, {} refusals", ledger.refusals().count());
    ledger
}

/// How often: `FAULTS_FACTOR` times as often as in a short run.
pub(crate) fn times(short_run: usize) -> usize {
    short_run * factor()
}

fn factor() -> usize {
    std::env::var("FAULTS_FACTOR").map_or(1, |text| text.parse().expect("a whole number"))
}

/// A seed that differs from run to run; a case prints it, and `FAULTS_SEED` repeats it.
pub(crate) fn seed(name: &str) -> u64 {
    let chosen = std::env::var("FAULTS_SEED").map(|text| text.parse().expect("a whole number"));
    let seed = chosen.unwrap_or_else(|_| u64::from(std::process::id()));
    println!("{name}: FAULTS_SEED={seed}");
    seed
}
