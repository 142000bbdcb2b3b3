//! The sidecar as a program: its commands, configuration, start and stop.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::process::{Command, Stdio};
use std::sync::Arc;

use libtest_mimic::Trial;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Database, Flavour, Sidecar, event};
use crate::{Case, World, install};

const NOON: &str = "2026-11-22T12:00:00Z";

const CASES: [Case; 11] = [
    ("migrate_says_what_it_installs", migrate_says_what_it_installs),
    ("an_owner_who_is_no_superuser_gets_plain_sql", plain_sql_for_an_owner),
    ("a_role_of_the_storage_guide_gets_a_schema_of_its_own", role_of_the_storage_guide),
    ("a_role_that_may_create_nothing_is_told_so", role_without_privileges),
    ("both_flavours_live_in_the_schema_they_are_given", another_schema),
    ("serve_installs_what_is_missing", serve_installs),
    ("events_survive_the_sidecar_in_postgres", events_survive),
    ("a_host_may_be_a_name", |_| host_names()),
    ("output_ends_quietly_when_its_reader_goes", output),
    ("the_file_and_the_environment_configure", configuration),
    ("a_wrong_configuration_stops_with_what_was_expected", wrong_configuration),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "commands", &CASES)
}

pub(super) fn migrate(connection: &str, arguments: &[&str]) -> String {
    let mut command = Sidecar::command_on(connection);
    command.arg("migrate").args(arguments);
    let output = Sidecar::run(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

fn migrate_says_what_it_installs(world: &World) {
    let version = env!("CARGO_PKG_VERSION");
    let database = world.cluster().create_for(Flavour::Extension);
    let installed = format!("installed the extension raceway {version}");
    assert_eq!(migrate(&database.to_string(), &[]), installed);
    let there = format!("the extension raceway {version} is installed already");
    assert_eq!(migrate(&database.to_string(), &[]), there);
    assert_eq!(migrate(&database.to_string(), &["--extension"]), there);
    let database = world.cluster().create_for(Flavour::PlainSql);
    let installed = format!("installed plain SQL {version} in schema public (as asked for)");
    assert_eq!(migrate(&database.to_string(), &["--plain-sql"]), installed);
    let there = format!("plain SQL {version} is installed already");
    assert_eq!(migrate(&database.to_string(), &[]), there);
    assert_eq!(migrate(&database.to_string(), &["--plain-sql"]), there);
    let row = database.connect().query_one("SELECT raceway_version()", &[]).expect("version");
    assert_eq!(row.get::<_, &str>(0), version);
}

fn plain_sql_for_an_owner(world: &World) {
    let database = world.cluster().create_for(Flavour::PlainSql);
    let why = "(this role may not create extensions)";
    assert!(migrate(&database.to_string(), &[]).ends_with(why));
    let mut command = Sidecar::command_on(&database.to_string());
    command.env("RACEWAY_STORAGE__BACKEND", "supabase");
    let sidecar = Sidecar::start(command);
    sidecar.store(&[event("t", "e", NOON)]);
    assert_eq!(sidecar.events("t").len(), 1);
    database.assert_traces_are_true();
}

/// Raceway's storage guide, step by step, by a role that may not create tables in public.
fn role_of_the_storage_guide(world: &World) {
    let guide = "CREATE DATABASE guide TEMPLATE template1;
                 CREATE USER guide WITH PASSWORD 'password';
                 GRANT ALL PRIVILEGES ON DATABASE guide TO guide";
    let mut superuser = world.cluster().database("postgres").connect();
    guide.split(';').for_each(|statement| superuser.batch_execute(statement).expect(statement));
    let database = world.cluster().database("guide").for_role("guide");
    assert!(migrate(&database.to_string(), &[]).contains("in schema guide ("));
    let sidecar = Sidecar::postgres(&database);
    sidecar.store(&[event("t", "e", NOON)]);
    let mut client = database.connect();
    client
        .batch_execute(
            "CREATE INDEX idx_events_kind ON events_default (frame_id);
             CREATE INDEX idx_recent_traces ON traces(created_at)",
        )
        .expect("the guide's indexes, on what holds the events");
    let today = chrono::Utc::now().to_rfc3339();
    sidecar.store(&[event("t", "f", "2001-01-01T00:00:00Z"), event("t", "g", &today)]);
    assert_eq!(sidecar.events("t").len(), 3);
    for statement in [
        "DELETE FROM traces WHERE created_at < NOW() - INTERVAL '30 days'",
        "VACUUM ANALYZE traces",
        "VACUUM ANALYZE events",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'raceway'",
        "SELECT pg_size_pretty(pg_total_relation_size('events'))",
    ] {
        client.batch_execute(statement).expect(statement);
    }
    drop((client, sidecar));
    superuser.batch_execute("DROP DATABASE guide WITH (FORCE)").expect("DROP DATABASE");
    superuser.batch_execute("DROP ROLE guide").expect("DROP ROLE");
}

fn role_without_privileges(world: &World) {
    let visitor = world.cluster().create_for(Flavour::PlainSql).for_new_role("visitor");
    let mut command = Sidecar::command_on(&visitor.to_string());
    command.arg("migrate");
    let output = Sidecar::run(command);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("expected a schema"), "{message}");
}

fn another_schema(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_for(flavour);
        let sql = format!(
            "CREATE SCHEMA \"Race way\"; ALTER DATABASE {} SET search_path = \"Race way\"",
            database.name
        );
        database.connect().batch_execute(&sql).expect("a schema");
        install(&database, flavour);
        let sidecar = Sidecar::postgres(&database);
        sidecar.store(&[event("t", "e", NOON), event("t", "f", "2001-01-01T00:00:00Z")]);
        assert_eq!(sidecar.events("t").len(), 2);
        let mut client = database.connect();
        client
            .batch_execute("SELECT \"Race way\".raceway_retention('1 hour'); SET search_path = ''")
            .expect("raceway_retention");
        let row = client
            .query_one(
                "SELECT count(*) FROM pg_catalog.pg_class
                 WHERE relname LIKE 'events%' AND relnamespace <> '\"Race way\"'::regnamespace",
                &[],
            )
            .expect("pg_class");
        assert_eq!(row.get::<_, i64>(0), 0, "tables elsewhere");
    }
}

fn serve_installs(world: &World) {
    let database = world.cluster().create_for(Flavour::Extension);
    let sidecar = Sidecar::postgres(&database);
    sidecar.await_logged("installed the extension raceway");
    sidecar.store(&[event("t", "e", NOON)]);
}

fn events_survive(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let mut sidecar = Sidecar::postgres(&database);
    let answer = sidecar.post(&event("t", "e", NOON).to_string()).data();
    assert_eq!((&answer["durable"], &answer["stored_in"]), (&json!(true), &json!("postgres")));
    assert!(sidecar.terminate().success(), "{}", sidecar.log());
    assert_eq!(Sidecar::postgres(&database).events("t").len(), 1);
}

/// A file `raceway.toml` in a folder of its own, and the program started there.
pub(super) fn configured(toml: &str) -> (TempDir, Command) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    fs::write(folder.path().join("raceway.toml"), toml).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path()).env_remove("RACEWAY_SERVER__PORT");
    (folder, command)
}

fn configuration(world: &World) {
    let database: Database = world.cluster().create_with(Flavour::PlainSql);
    let (_folder, mut command) = configured(
        "[server]\nhost = \"::1\"\nport = 0\nverbose = true\n\
         [storage]\nbackend = \"postgres\"\n\
         [storage.postgres]\nconnection_string = \"${DATABASE}\"\nmax_connections = 3\n\
         [engine]\nbuffer_size = 10000\n",
    );
    command.env("DATABASE", database.to_string());
    let sidecar = Sidecar::start(command);
    assert!(sidecar.url().starts_with("http://[::1]:"), "{}", sidecar.url());
    assert_eq!(sidecar.get("/status").data()["storage"], "postgres");
    let idle = "these keys have no effect here: engine.buffer_size, server.verbose";
    sidecar.await_logged(idle);
    let (_folder, mut command) =
        configured("[server]\nport = 1\n[storage]\nbackend = \"postgres\"\n");
    command.env("RACEWAY_SERVER__PORT", "0").env("RACEWAY_STORAGE__BACKEND", "memory");
    assert_eq!(Sidecar::start(command).get("/status").data()["storage"], "memory");
}

/// On every address that the name stands for.
fn host_names() {
    let started = |host: &str| {
        let mut command = Sidecar::command();
        command.env("RACEWAY_SERVER__HOST", host);
        Sidecar::start(command)
    };
    let sidecar = started("localhost");
    let addresses = ("localhost", 0).to_socket_addrs().expect("addresses");
    let addresses: BTreeSet<IpAddr> = addresses.map(|address| address.ip()).collect();
    let (_, port) = sidecar.url().rsplit_once(':').expect("a port");
    for &address in addresses.iter().filter(|&&address| TcpListener::bind((address, 0)).is_ok()) {
        let address = SocketAddr::new(address, port.parse().expect("a port"));
        TcpStream::connect(address).expect("a connection");
    }
    for host in ["no such host", "192.0.2.1"] {
        let mut command = Sidecar::command();
        command.env("RACEWAY_SERVER__HOST", host);
        command.env("RACEWAY_SERVER__ALLOW_UNAUTHENTICATED", "true");
        let output = Sidecar::run(command);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{message}");
        let expected = format!("server.host {host:?}: expected an address of this machine");
        assert!(message.contains(&expected), "{message}");
    }
}

fn output(world: &World) {
    let database = world.cluster().create_with(Flavour::PlainSql);
    let sidecar = Sidecar::postgres(&database);
    let events: Vec<_> = (0..5000).map(|n| event("t", &n.to_string(), NOON)).collect();
    sidecar.store(&events);
    sidecar.post(&json!([{"id": "bad"}]).to_string()).data();
    for arguments in [
        &["export"][..],
        &["quarantine", "list"],
        &["migrate", "--print"],
        &["doctor"],
        &["retention", "--keep", "30days", "--dry-run"],
        &["--help"],
        &["--version"],
    ] {
        let command = || {
            let mut command = Sidecar::command_on(&database.to_string());
            command.current_dir(std::env::temp_dir()).args(arguments);
            command
        };
        let status = Sidecar::run(command()).status;
        let mut process = command()
            .env("RACEWAY_LOGGING__LEVEL", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("raceway-sidecar");
        drop(process.stdout.take());
        let output = process.wait_with_output().expect("its end");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status, &*message), (status, ""), "{arguments:?}");

        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = Sidecar::run({
            let mut command = command();
            command.stdout(full);
            command
        });
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.contains("standard output: No space left"), "{arguments:?}: {message}");
    }
}

fn wrong_configuration(_: &World) {
    for (toml, arguments, expected) in [
        ("[storage]\nbackend = \"oracle\"", vec![], "oracle"),
        ("[server]\nport = 70000", vec![], "port"),
        ("[logging]\nlevel = \"${MISSING}\"", vec![], "${MISSING}"),
        ("[storage", vec![], "raceway.toml"),
        ("[storage]\nbackend = \"postgres\"", vec![], "connection_string"),
        ("", vec!["--config", "missing.toml"], "missing.toml"),
        ("", vec!["migrate"], "connection_string"),
    ] {
        let (_folder, mut command) = configured(toml);
        let output = command.args(&arguments).output().expect("raceway-sidecar");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{toml}: {message}");
        assert!(message.contains(expected), "{toml}: {message}");
    }
}
