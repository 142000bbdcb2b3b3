//! From each release to this version: what comes out is what a fresh install has, and everything that
//! was stored is there.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::dump::restore;
use super::migrations::{execute, migrate};
use crate::harness::{
    Catalog, Database, Flavour, Release, Sidecar, assert_goes_on, await_until, contents, event,
    fill,
};
use crate::{Case, World, install};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const CASES: [Case; 6] = [
    ("released_migrations_do_not_change", frozen_migrations),
    ("the_extension_is_updated_by_migrate", by_migrate),
    ("a_role_that_may_not_update_is_told_who_may", ordinary_role),
    ("a_newer_extension_is_refused", newer_extension),
    ("another_version_of_the_server_is_named", other_versions),
    ("what_was_granted_stays_granted", grants),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let mut trials = of_releases(world);
    trials.extend(crate::trials(world, "upgrades", &CASES));
    trials
}

/// One test for each release and flavour.
pub(super) fn of_releases(world: &Arc<World>) -> Vec<Trial> {
    let of_release = |release: Release| {
        world.flavours().iter().map(move |&flavour| {
            let (release, version) = (release.clone(), release.version.clone());
            let name = format!("upgrades::{}::from_{version}", flavour.name());
            world.trial(&name, move |world| upgrade(world, &release, flavour))
        })
    };
    let trials: Vec<Trial> = Release::all().into_iter().flat_map(of_release).collect();
    assert!(!trials.is_empty(), "tests/releases is empty");
    trials
}

/// A database with what an older version installs.
fn older(world: &World, release: &Release, flavour: Flavour) -> Database {
    let database = world.cluster().create_for(flavour);
    release.install(&database, flavour);
    database
}

/// The extension of the oldest release.
fn older_extension(world: &World) -> (Database, String) {
    let release = Release::all().swap_remove(0);
    (older(world, &release, Flavour::Extension), release.version)
}

fn upgrade(world: &World, release: &Release, flavour: Flavour) {
    let database = older(world, release, flavour);
    fill(&mut database.connect());
    let before = contents(&mut database.connect());
    match flavour {
        Flavour::Extension => execute(&database, "ALTER EXTENSION raceway UPDATE"),
        Flavour::PlainSql => {
            let said = migrate(&database, &[]).expect("migrate");
            assert_eq!(said, format!("updated the plain SQL functions to {VERSION}\n"));
        }
    }
    assert_eq!(contents(&mut database.connect()), before);
    assert_is_fresh(&database, &world.cluster().create_for(flavour), flavour);
    assert_goes_on(&database);
}

/// It is what is installed in an empty database, with the same days.
pub(super) fn assert_is_fresh(database: &Database, empty: &Database, flavour: Flavour) {
    install(empty, flavour);
    let days = "SELECT coalesce(array_agg(day::text), '{}') FROM _raceway_partitions()";
    let days: Vec<String> = database.connect().query_one(days, &[]).expect("days").get(0);
    let create = "SELECT raceway_create_partition(day::date) FROM unnest($1::text[]) AS day";
    empty.connect().query(create, &[&days]).expect("partitions");
    Catalog::of(database).assert_is(&Catalog::of(empty));
}

/// A release has recorded their checksums; where they differ, `migrate` refuses what it has made.
fn frozen_migrations(world: &World) {
    let migrations = "SELECT name || ' ' || checksum FROM raceway_migrations
                      WHERE name <> 'functions' ORDER BY name";
    let of = |database: &Database| -> Vec<String> {
        let rows = database.connect().query(migrations, &[]).expect("raceway_migrations");
        rows.iter().map(|row| row.get(0)).collect()
    };
    let now = world.cluster().create_for(Flavour::PlainSql);
    install(&now, Flavour::PlainSql);
    for release in Release::all() {
        let released = of(&older(world, &release, Flavour::PlainSql));
        assert_eq!(released, of(&now)[..released.len()], "{}", release.version);
    }
}

fn by_migrate(world: &World) {
    let (database, version) = older_extension(world);
    let updated = format!("updated the extension raceway from {version} to {VERSION}\n");
    let said = migrate(&database, &["--dry-run"]).expect("migrate");
    assert_eq!(said, format!("dry run, nothing is changed: {updated}"));
    assert_eq!(migrate(&database, &[]).expect("migrate"), updated);
    assert!(migrate(&database, &[]).expect("migrate").ends_with("is installed already\n"));
    // As `serve` does it.
    let (database, _) = older_extension(world);
    let sidecar = Sidecar::postgres(&database);
    sidecar.await_logged(updated.trim_end());
    sidecar.get("/readyz").data();
}

fn ordinary_role(world: &World) {
    let (database, version) = older_extension(world);
    let ordinary = database.for_new_role("ordinary");
    grant_to(&database, &ordinary.user);
    let sidecar = Sidecar::postgres(&ordinary);
    let reason = sidecar.get("/readyz").error(503);
    let expected = format!(
        "the database has the extension raceway {version}: expected a superuser to run ALTER \
         EXTENSION raceway UPDATE TO '{VERSION}'"
    );
    assert!(reason.contains(&expected), "{reason}");
    // Meanwhile it does what it can, and it needs no restart.
    let data = sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
    execute(&database, "ALTER EXTENSION raceway UPDATE");
    let limit = std::time::Duration::from_secs(30);
    await_until("the sidecar is ready", limit, || sidecar.get("/readyz").status == 200);
}

fn newer_extension(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    execute(&database, "UPDATE pg_extension SET extversion = '99.0.0' WHERE extname = 'raceway'");
    for arguments in [&[][..], &["--extension"], &["--plain-sql"]] {
        let error = migrate(&database, arguments).expect_err("a newer extension");
        assert!(error.contains("the database has version 99.0.0"), "{error}");
    }
    let reason = Sidecar::postgres(&database).get("/readyz").error(503);
    assert!(reason.contains("99.0.0"), "{reason}");
}

fn other_versions(world: &World) {
    let (older, _) = older_extension(world);
    let empty = world.cluster().create_for(Flavour::Extension);
    let plain_sql = world.cluster().create_with(Flavour::PlainSql);
    for database in [&older, &empty, &plain_sql] {
        pretend_versions(database, &["0.0.9"]);
        let error = migrate(database, &["--extension"]).expect_err("another version");
        let expected = format!("in version 0.0.9 only: expected {VERSION} to be installed there");
        assert!(error.contains(&expected), "{error}");
    }
}

/// Makes the server one that has these versions of the extension, as far as this database sees.
pub(super) fn pretend_versions(database: &Database, versions: &[&str]) {
    let sql = format!(
        "CREATE SCHEMA another_server;
         CREATE VIEW another_server.pg_available_extension_versions AS
             SELECT 'raceway' AS name, version FROM unnest('{{{}}}'::text[]) AS version;
         ALTER DATABASE {} SET search_path = another_server, pg_catalog, public",
        versions.join(","),
        database.name
    );
    execute(database, &sql);
}

fn grants(world: &World) {
    let (database, _) = older_extension(world);
    let sender = database.for_new_role("sender").user;
    grant_to(&database, &sender);
    execute(&database, "ALTER EXTENSION raceway UPDATE");
    let copy = world.cluster().create_for(Flavour::Extension);
    restore(&database, &copy);
    // pg_dump leaves out what the script of an extension has granted.
    for database in [&database, &copy] {
        assert_granted(database, &sender);
    }
}

/// As the documentation has it.
pub(super) fn grant_to(database: &Database, role: &str) {
    let sql = format!(
        "GRANT EXECUTE ON FUNCTION raceway_ingest(jsonb), raceway_ingest_batches(text[]) TO {role};
         GRANT SELECT ON traces, frames, stored_events TO {role};
         GRANT SELECT ON events TO {role} WITH GRANT OPTION"
    );
    execute(database, &sql);
}

/// Those privileges, and no others but on what the extension keeps about events.
pub(super) fn assert_granted(database: &Database, role: &str) {
    let privileges = "
        SELECT coalesce(array_agg(granted ORDER BY granted), '{}') FROM (
            SELECT proname || ' ' || privilege_type || ' ' || is_grantable AS granted
            FROM pg_proc CROSS JOIN LATERAL aclexplode(proacl)
            WHERE grantee = $1::text::regrole
            UNION ALL
            SELECT relname || ' ' || privilege_type || ' ' || is_grantable
            FROM pg_class CROSS JOIN LATERAL aclexplode(relacl)
            WHERE grantee = $1::text::regrole
              AND relname NOT IN ('raceway_figures', 'raceway_counted', 'raceway_uncounted',
                                  'raceway_names')) AS privileges";
    let row = database.connect().query_one(privileges, &[&role]).expect("privileges");
    let expected = [
        "events SELECT true",
        "frames SELECT false",
        "raceway_ingest EXECUTE false",
        "raceway_ingest_batches EXECUTE false",
        "stored_events SELECT false",
        "traces SELECT false",
    ];
    assert_eq!(row.get::<_, Vec<String>>(0), expected);
}
