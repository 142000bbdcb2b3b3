//! Every test that needs real servers, in one program: `tests/run [FILTER]` starts it.
//!
//! A case is a function; cases of the contract are run once for each store.
#![allow(unreachable_pub, missing_docs, reason = "a test program has no users of its items")]

mod cases;

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use postgres::Client;

pub(crate) use raceway_tests as harness;

pub(crate) use harness::install;
use harness::{Cluster, Database, Flavour, Sidecar, create_templates};

/// What every case may use: one cluster, with a template database for each flavour.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
}

impl World {
    fn start() -> Self {
        let cluster = Cluster::start("cron.database_name = 'cron'");
        create_templates(&cluster);
        World { cluster }
    }

    /// A new sidecar on an empty store of its own.
    pub(crate) fn sidecar(&self, store: StoreKind) -> Sidecar {
        match store {
            StoreKind::Memory => Sidecar::memory(),
            StoreKind::Postgres(flavour) => Sidecar::postgres(&self.cluster.create_with(flavour)),
        }
    }
}

/// The three stores that must behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
    Postgres(Flavour),
}

impl StoreKind {
    pub(crate) const ALL: [StoreKind; 3] = [
        StoreKind::Memory,
        StoreKind::Postgres(Flavour::Extension),
        StoreKind::Postgres(Flavour::PlainSql),
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            StoreKind::Memory => "memory",
            StoreKind::Postgres(flavour) => flavour.name(),
        }
    }
}

/// A case that needs the cluster, by its name.
pub(crate) type Case = (&'static str, fn(&World));

/// One test for each case.
pub(crate) fn trials(world: &Arc<World>, group: &str, cases: &[Case]) -> Vec<Trial> {
    let trial = |&(name, case): &Case| {
        let world = Arc::clone(world);
        Trial::test(format!("{group}::{name}"), move || {
            case(&world);
            Ok(())
        })
    };
    cases.iter().map(trial).collect()
}

/// A case that needs a database of its own, and a session on it.
pub(crate) type DatabaseCase = (&'static str, fn(&Database, &mut Client));

/// One test for each case and flavour, in a database filled by `setup`. However a case ends,
/// `traces` must be true to `events` then.
pub(crate) fn database_trials(
    world: &Arc<World>,
    group: &str,
    setup: fn(&mut Client),
    cases: &[DatabaseCase],
) -> Vec<Trial> {
    let trial = |flavour: Flavour, (name, case): DatabaseCase| {
        let world = Arc::clone(world);
        Trial::test(format!("{group}::{}::{name}", flavour.name()), move || {
            let database = world.cluster.create_with(flavour);
            let mut client = database.connect();
            setup(&mut client);
            database.assert_traces_are_true();
            case(&database, &mut client);
            database.assert_traces_are_true();
            Ok(())
        })
    };
    let of_flavour = |flavour| cases.iter().map(move |&case| trial(flavour, case));
    Flavour::ALL.into_iter().flat_map(of_flavour).collect()
}

/// For cases that start with nothing stored.
pub(crate) fn empty(_: &mut Client) {}

fn main() {
    // Wrong arguments end the program: before there is a cluster that would stay behind.
    let arguments = Arguments::from_args();
    let world = Arc::new(World::start());
    let conclusion = libtest_mimic::run(&arguments, cases::all(&world));
    // `exit` runs no destructors: the cluster has to go first.
    drop(world);
    conclusion.exit();
}
