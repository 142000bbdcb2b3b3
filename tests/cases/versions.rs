//! Other versions of Postgres than Debian's: the cases in which they may differ.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::{
    clocks, commands, concurrency, contract, doctor, dump, failures, moves, parity, partitions,
    quarantine, retention, sql, truth, upgrades,
};
use crate::harness::Flavour;
use crate::{Case, DatabaseCase, StoreKind, World, database_trials, empty};

/// Of which there are the headers, which the extension needs, and the client programs.
const WHOLE: u32 = 16;

/// Without the client programs.
const WITH_HEADERS: [u32; 2] = [17, 18];

/// Of which there is the server alone.
const SERVER: u32 = 14;

const OF_FIGURES: [DatabaseCase; 1] =
    [("are_kept", |database, _| database.assert_figures_are_kept())];

const OF_SERVERS: [Case; 1] =
    [("a_server_without_the_extension_gets_plain_sql", without_the_extension)];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = of_whole(&World::version(WHOLE, &Flavour::ALL));
    for major in WITH_HEADERS {
        trials.extend(of_server(&World::version(major, &Flavour::ALL)));
    }
    let server = World::version(SERVER, &[Flavour::PlainSql]);
    trials.extend(of_server(&server));
    trials.extend(crate::trials(&server, "commands", &OF_SERVERS));
    trials
}

fn of_whole(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = of_each(world);
    trials.extend(failures::trials(world));
    trials.extend(dump::trials(world));
    trials.extend(upgrades::trials(world));
    trials.extend(moves::trials(world));
    trials
}

fn of_server(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = of_each(world);
    trials.extend(database_trials(world, "failures", empty, &failures::CASES));
    trials.extend(upgrades::of_releases(world));
    trials
}

fn of_each(world: &Arc<World>) -> Vec<Trial> {
    let stores: Vec<_> = world.flavours().iter().copied().map(StoreKind::Postgres).collect();
    let in_databases = |group, setup, cases| database_trials(world, group, setup, cases);
    let trials = [
        contract::trials(world, &stores),
        parity::trials(world),
        clocks::trials(world),
        in_databases("sql", empty, &sql::CASES),
        in_databases("truth", truth::ingest_recorded_traffic, &truth::CASES),
        in_databases("figures", truth::ingest_recorded_traffic, &OF_FIGURES),
        in_databases("concurrency", empty, &concurrency::CASES),
        in_databases("partitions", empty, &partitions::CASES),
        in_databases("retention", retention::fill, &retention::CASES),
        in_databases("quarantine", empty, &quarantine::CASES),
        crate::trials(world, "doctor", &doctor::OF_VERSIONS),
    ];
    trials.into_iter().flatten().collect()
}

/// Not even for a superuser.
fn without_the_extension(world: &World) {
    let database = world.cluster().create_for(Flavour::PlainSql).for_superuser();
    let printed = commands::migrate(&database.to_string(), &[]);
    assert!(printed.ends_with("(the server does not have the extension)"), "{printed}");
}
