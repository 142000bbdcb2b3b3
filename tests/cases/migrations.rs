//! `raceway-sidecar migrate` in plain SQL: what it writes down, what it refuses, what it prints.

use std::io::Write;
use std::sync::Arc;

use libtest_mimic::Trial;
use tempfile::NamedTempFile;

use crate::harness::{Catalog, Database, Flavour, Sidecar, event};
use crate::{Case, World, install};

const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 7] = [
    ("what_was_run_is_written_down", ledger),
    ("a_dry_run_changes_nothing", dry_run),
    ("an_older_schema_is_brought_up", older_functions),
    ("a_newer_schema_is_refused", newer_schema),
    ("a_changed_migration_is_refused", changed_migration),
    ("tables_of_others_are_refused", foreign_tables),
    ("psql_installs_what_is_printed", printed),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "migrations", &CASES)
}

/// What it says, or why it fails.
pub(super) fn migrate(database: &Database, arguments: &[&str]) -> Result<String, String> {
    let mut command = Sidecar::command_on(&database.to_string());
    command.arg("migrate").args(arguments);
    let output = Sidecar::run(command);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

pub(super) fn text(database: &Database, sql: &str) -> String {
    database.connect().query_one(sql, &[]).expect(sql).get(0)
}

pub(super) fn execute(database: &Database, sql: &str) {
    database.connect().batch_execute(sql).expect(sql);
}

/// Makes the functions say that they are of this version.
fn pretend(database: &Database, version: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION raceway_version() RETURNS text LANGUAGE sql IMMUTABLE
         AS $$ SELECT '{version}' $$;
         UPDATE raceway_migrations SET checksum = 'another' WHERE name = 'functions'"
    );
    execute(database, &sql);
}

fn ledger(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let names = "SELECT string_agg(name, ' ' ORDER BY name) FROM raceway_migrations
                 WHERE checksum ~ '^[0-9a-f]{64}$' AND applied_at <= now()";
    assert_eq!(
        text(&database, names),
        "0001_schema 0002_acknowledged 0003_indexes 0004_frame_columns 0005_figures 0006_node functions"
    );
    let again = migrate(&database, &[]).expect("migrate");
    assert!(again.ends_with("is installed already\n"), "{again}");
}

fn dry_run(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_for(flavour);
        let said = migrate(&database, &["--dry-run"]).expect("migrate");
        assert!(said.starts_with("dry run, nothing is changed: installed "), "{said}");
        let found = "SELECT coalesce(to_regclass('traces')::text, 'nothing')";
        assert_eq!(text(&database, found), "nothing");
    }
}

fn older_functions(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let before = Catalog::of(&database);
    Sidecar::postgres(&database).store(&[event("t", "e", NOON)]);
    pretend(&database, "0.0.1");
    assert!(migrate(&database, &["--dry-run"]).expect("migrate").contains("updated"));
    assert_eq!(text(&database, "SELECT raceway_version()"), "0.0.1");
    // As `serve` does it.
    let sidecar = Sidecar::postgres(&database);
    assert_eq!(sidecar.events("t").len(), 1, "what was there is still there");
    let partition =
        text(&database, "SELECT string_agg(partition::text, ' ') FROM _raceway_partitions()");
    execute(&database, &format!("DROP TABLE {partition}"));
    Catalog::of(&database).assert_is(&before);
}

fn newer_schema(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let assert_refused = |expected: &str| {
        let before = Catalog::of(&database);
        let error = migrate(&database, &[]).expect_err("a newer schema");
        assert!(error.contains(expected), "{error}");
        Catalog::of(&database).assert_is(&before);
    };
    execute(&database, "INSERT INTO raceway_migrations VALUES ('9999_later', 'unknown')");
    assert_refused("the database has the migration 9999_later");
    execute(&database, "DELETE FROM raceway_migrations WHERE name = '9999_later'");
    pretend(&database, "99.0.0");
    assert_refused("the database has version 99.0.0");
    let sidecar = Sidecar::postgres(&database);
    let reason = sidecar.get("/readyz").error(503);
    assert!(reason.contains("99.0.0"), "{reason}");
}

fn changed_migration(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let changed = "UPDATE raceway_migrations SET checksum = 'another' WHERE name = '0001_schema'";
    execute(&database, changed);
    let error = migrate(&database, &[]).expect_err("another schema");
    assert!(error.contains("the migration 0001_schema of the database is not that"), "{error}");
}

/// Those of Raceway's storage guide.
fn foreign_tables(world: &World) {
    let database = world.cluster().create_for(Flavour::PlainSql);
    execute(
        &database,
        "CREATE TABLE traces (trace_id varchar(255) PRIMARY KEY);
         CREATE TABLE events (event_id varchar(255) PRIMARY KEY)",
    );
    let error = migrate(&database, &["--plain-sql"]).expect_err("tables of others");
    assert!(error.contains("has traces, events already"), "{error}");
    // In another schema, they are in nobody's way.
    let aside = format!("ALTER DATABASE {} SET search_path = raceway, public", database.name);
    execute(&database, &format!("CREATE SCHEMA raceway; {aside}"));
    migrate(&database, &["--plain-sql"]).expect("migrate");
    let sidecar = Sidecar::postgres(&database);
    sidecar.store(&[event("t", "e", NOON)]);
    assert_eq!(sidecar.events("t").len(), 1);
}

fn printed(world: &World) {
    let database = world.cluster().create_for(Flavour::PlainSql);
    let script = migrate(&database, &["--print"]).expect("migrate");
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(script.as_bytes()).expect("a script");
    let mut psql = database.program("psql");
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file"]).arg(file.path());
    let output = psql.output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let installed = world.cluster().create_for(Flavour::PlainSql);
    install(&installed, Flavour::PlainSql);
    Catalog::of(&database).assert_is(&Catalog::of(&installed));
    let again = migrate(&database, &[]).expect("migrate");
    assert!(again.ends_with("is installed already\n"), "{again}");
    let elsewhere = migrate(&database, &["--print", "--schema", "Race \"way\""]).expect("migrate");
    assert!(elsewhere.contains(r#"CREATE TABLE "Race ""way""".traces"#), "a quoted schema");
}
