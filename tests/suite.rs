//! Every test that needs real servers, in one program: `tests/run [FILTER]` starts it.
//!
//! A case is a function; cases of the contract are run once for each store.
#![allow(unreachable_pub, missing_docs, reason = "a test program has no users of its items")]

mod cases;

use std::num::NonZero;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use libtest_mimic::{Arguments, Trial};
use postgres::Client;

pub(crate) use raceway_tests as harness;

pub(crate) use harness::install;
use harness::{Cluster, Database, Flavour, Sidecar, create_templates};

/// What every case may use: one cluster, with a template database for each flavour. It is started
/// for the first case that uses it, and stopped after the last.
pub(crate) struct World {
    /// What the names of its cases begin with.
    prefix: String,
    flavours: &'static [Flavour],
    cluster: LazyLock<Cluster, Box<dyn FnOnce() -> Cluster + Send>>,
}

impl World {
    /// The usual one.
    fn debian() -> Arc<Self> {
        let start = || Cluster::start("cron.database_name = 'cron'");
        World::new(String::new(), &Flavour::ALL, start)
    }

    /// Of another version of Postgres, for which these flavours are there.
    pub(crate) fn version(major: u32, flavours: &'static [Flavour]) -> Arc<Self> {
        let start = move || Cluster::start_version(major);
        World::new(format!("versions::{major}::"), flavours, start)
    }

    fn new(
        prefix: String,
        flavours: &'static [Flavour],
        start: impl FnOnce() -> Cluster + Send + 'static,
    ) -> Arc<Self> {
        let cluster = LazyLock::new(Box::new(move || {
            let cluster = start();
            create_templates(&cluster, flavours);
            cluster
        }) as Box<_>);
        Arc::new(World { prefix, flavours, cluster })
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Those that its server can have.
    pub(crate) fn flavours(&self) -> &'static [Flavour] {
        self.flavours
    }

    /// The stores that its cases may use.
    pub(crate) fn stores(&self) -> Vec<StoreKind> {
        let postgres = self.flavours.iter().map(|&flavour| StoreKind::Postgres(flavour));
        std::iter::once(StoreKind::Memory).chain(postgres).collect()
    }

    /// A new sidecar on an empty store of its own.
    pub(crate) fn sidecar(&self, store: StoreKind) -> Sidecar {
        match store {
            StoreKind::Memory => Sidecar::memory(),
            StoreKind::Postgres(flavour) => Sidecar::postgres(&self.cluster().create_with(flavour)),
        }
    }

    /// A test that uses it.
    pub(crate) fn trial(
        self: &Arc<Self>,
        name: &str,
        case: impl FnOnce(&World) + Send + 'static,
    ) -> Trial {
        let world = Arc::clone(self);
        Trial::test(format!("{}{name}", self.prefix), move || {
            case(&world);
            Ok(())
        })
    }
}

/// The three stores that must behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
    Postgres(Flavour),
}

impl StoreKind {
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
    cases.iter().map(|&(name, case)| world.trial(&format!("{group}::{name}"), case)).collect()
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
        world.trial(&format!("{group}::{}::{name}", flavour.name()), move |world| {
            let database = world.cluster().create_with(flavour);
            let mut client = database.connect();
            setup(&mut client);
            assert_eq!(database.untrue_traces(), 0, "rows of traces that differ from events");
            case(&database, &mut client);
            database.assert_traces_are_true();
        })
    };
    let of_flavour = |&flavour| cases.iter().map(move |&case| trial(flavour, case));
    world.flavours().iter().flat_map(of_flavour).collect()
}

/// For cases that start with nothing stored.
pub(crate) fn empty(_: &mut Client) {}

fn main() {
    let mut arguments = Arguments::from_args();
    // Cases wait for servers a third of their time.
    arguments.test_threads.get_or_insert(available_parallelism().map_or(1, NonZero::get) + 1);
    // `exit` runs no destructors: with the last case of a cluster, that has gone.
    libtest_mimic::run(&arguments, cases::all()).exit();
}
