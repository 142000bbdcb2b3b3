//! What pages for operators say, done by their own commands.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::pages::{blocks, section};
use super::{DOCUMENTED_ADDRESS, DOCUMENTED_DATABASE, run_psql};
use crate::World;
use crate::cases::tls::EncryptedServer;
use crate::harness::{Database, Flavour, Sidecar, Site, build_of_ui, event};

/// Serves with a documented configuration, but in this database and on a free port.
pub(super) fn assert_serves(toml: &str, database: &Database) {
    assert_serves_with(toml, &[(DOCUMENTED_DATABASE, &database.to_string())]);
}

/// Serves with a documented configuration, with what is there in place of what it names.
fn assert_serves_with(toml: &str, replacements: &[(&str, &str)]) {
    let mut toml = toml.to_owned();
    for (documented, there) in replacements {
        assert!(toml.contains(documented), "{documented} in {toml}");
        toml = toml.replace(documented, there);
    }
    let (_folder, sidecar) = serve(&toml, &[]);
    assert_eq!(sidecar.get("/status").data()["storage"], "postgres");
    let data = sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
}

pub(super) fn connections(world: &World) {
    let toml = blocks("docs/CONNECT.md", "toml");
    let [password_file, verified, replica, supabase] = &toml[..] else {
        panic!("the page has other configurations than are tested: {toml:?}")
    };
    let server = EncryptedServer::new("db.example.com");
    let (client, port) = (&server.client, server.cluster.port());
    let pgpass = client.write("pgpass", "db.example.com:*:*:scram:secret\n");
    client.write("ca.crt", &server.authority.certificate);
    let folder = pgpass.parent().and_then(Path::to_str).expect("a folder");
    let at = format!("host=db.example.com hostaddr=127.0.0.1 port={port}");
    assert_serves_with(
        verified,
        &[
            (
                "host=db.example.com dbname=raceway user=raceway",
                &format!("{at} dbname=postgres user=scram"),
            ),
            ("/etc/raceway", folder),
        ],
    );
    let secret = client.write("secret", "secret\n");
    let guarded = format!("postgresql://scram@127.0.0.1:{port}/postgres");
    assert_serves_with(
        password_file,
        &[
            ("postgresql://raceway@localhost:5432/raceway", &guarded),
            ("/run/secrets/raceway", secret.to_str().expect("UTF-8")),
        ],
    );
    let database = world.cluster().create_with(Flavour::Extension).to_string();
    let read = "postgresql://raceway:password@replica.example.com:5432/raceway";
    assert_serves_with(replica, &[(DOCUMENTED_DATABASE, &database), (read, &database)]);
    let pooler = "postgresql://postgres.project:password@eu.pooler.supabase.com:6543/postgres";
    let project = world.cluster().create_for(Flavour::PlainSql).to_string();
    assert_serves_with(supabase, &[(pooler, &project)]);
}

/// Serves with the documented configuration of a UI, but the tests' own.
fn assert_serves_ui(toml: &str) {
    let build = build_of_ui();
    let toml = toml.replace("/usr/share/raceway/web", build.to_str().expect("UTF-8"));
    let (_folder, sidecar) = serve(&toml, &[("UI_PASSWORD", "password"), ("API_KEY", "key")]);
    assert_eq!(sidecar.request("GET /", &[], b"").header("content-type"), "text/html");
    assert_eq!(sidecar.get("/auth/check").json["auth_required"], true);
    assert_eq!(sidecar.get("/api/traces").status, 401);
}

/// The files that CONFIGURATION, MEMORY and UI show, and a sidecar that is run as RUN says.
pub(super) fn configurations(world: &World) {
    let [configuration] = &blocks("docs/CONFIGURATION.md", "toml")[..] else { panic!("others") };
    assert_serves(configuration, &world.cluster().create_for(Flavour::PlainSql));
    let [memory] = &blocks("docs/MEMORY.md", "toml")[..] else { panic!("others") };
    let (folder, sidecar) = serve(memory, &[]);
    assert_eq!(sidecar.get("/status").data()["storage"], "memory");
    sidecar.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    drop_gently(sidecar);
    assert!(folder.path().join("raceway-events.ndjson.zst").exists(), "no snapshot");
    let [ui] = &blocks("docs/UI.md", "toml")[..] else { panic!("others") };
    assert_serves_ui(ui);
    runs_as_documented();
}

fn drop_gently(mut sidecar: Sidecar) {
    assert!(sidecar.terminate().success(), "{}", sidecar.log());
}

/// Serves with a documented configuration and these variables, in a folder of its own.
fn serve(toml: &str, variables: &[(&str, &str)]) -> (TempDir, Sidecar) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    fs::write(folder.path().join("raceway.toml"), toml).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path()).envs(variables.iter().copied());
    let sidecar = Sidecar::start(command);
    assert!(!sidecar.log().contains("configuration: "), "{}", sidecar.log());
    (folder, sidecar)
}

fn runs_as_documented() {
    let [commands] = &blocks("docs/RUN.md", "sh")[..] else { panic!("other commands") };
    let commands: Vec<&str> =
        commands.lines().map(|line| line.split(' ').next_back().expect("one")).collect();
    let ["serve", "health"] = &commands[..] else { panic!("other commands: {commands:?}") };
    let site = Site::memory();
    let run = |name| {
        let mut command = site.command();
        command.arg(name);
        command
    };
    assert!(!Sidecar::run(run("health")).status.success());
    let _sidecar = Sidecar::start(run("serve"));
    assert!(Sidecar::run(run("health")).status.success());
}

pub(super) fn operations(world: &World) {
    let commands = [
        section("docs/INSTALL.md", "The schema in a database", "sh"),
        blocks("docs/UPGRADE.md", "sh"),
        blocks("docs/OUTAGES.md", "sh"),
        blocks("docs/MOVE.md", "sh"),
        section("docs/RETAIN.md", "By the sidecar", "sh"),
    ];
    let commands = commands.concat().join("\n");
    let [grants, of_counting, of_retention, _] = &blocks("docs/PRIVILEGES.md", "sql")[..] else {
        panic!("other privileges than are tested")
    };
    let [retention, schedule] = &blocks("docs/RETAIN.md", "sql")[..] else {
        panic!("other SQL than is tested")
    };
    let [stats, index] = &blocks("docs/SIZE.md", "sql")[..] else {
        panic!("other SQL than is tested")
    };
    // pg_cron lives in one database of a cluster: its part is the README's too, and tests/packages
    // runs it.
    assert!(blocks("README.md", "sql")[0].ends_with(schedule.lines().last().expect("a line")));
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let grants = match flavour {
            Flavour::Extension => format!("{grants}{of_retention}"),
            Flavour::PlainSql => format!("{grants}{of_counting}{of_retention}"),
        };
        assert_operations(&database, &grants, retention);
        assert!(run_psql(&database, stats).starts_with("1|t|"), "{stats}");
    }
    // Plain SQL has no index on such a column.
    assert_new_partitions_have(&world.cluster().create_with(Flavour::Extension), index);
    let database = world.cluster().create_with(Flavour::Extension);
    let (proxy, old) = (world.cluster().proxy(), Sidecar::memory());
    old.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    let new = database.url(proxy.port());
    let commands =
        commands.replace(DOCUMENTED_ADDRESS, old.url()).replace(DOCUMENTED_DATABASE, &new);
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let run = |command| run_sidecar(command, &database, folder.path());
    let printed: Vec<String> = commands.lines().map(run).collect();
    for printed in &printed[..3] {
        assert!(printed.contains("is installed already"), "{printed}");
    }
    assert!(printed[3].starts_with("the extension is plain SQL "), "{}", printed[3]);
    assert_eq!(printed[4..7], ["", "stored 0, 0 remain\n", "forgot 0\n"]);
    let deleted = ": 0 partitions, 0 events, 0 traces\n";
    let moved = "pass 1: 1 new, 0 there already, 0 rejected\n\
                 pass 2: 0 new, 1 there already, 0 rejected\n";
    assert_eq!(printed[7..10], ["", "0 new, 0 there already, 0 rejected\n", moved]);
    assert_eq!(printed[10..], [format!("would delete{deleted}"), format!("deleted{deleted}")]);
}

/// A command of the sidecar, as it is documented.
fn run_sidecar(command: &str, database: &Database, folder: &Path) -> String {
    let mut program = Sidecar::command_on(&database.to_string());
    program.current_dir(folder);
    program.args(command.strip_prefix("raceway-sidecar ").expect("the program").split(' '));
    let output = Sidecar::run(program);
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn assert_new_partitions_have(database: &Database, index: &str) {
    run_psql(database, index);
    let indexes = "SELECT raceway_create_partition('2020-01-01');
                   SELECT count(*) FROM pg_index WHERE indrelid = 'events_20200101'::regclass";
    assert_eq!(run_psql(database, indexes), "events_20200101\n4\n");
}

/// The role `sidecar` can do its work with what it is granted.
fn assert_operations(database: &Database, grants: &str, retention: &str) {
    let administrator = database.for_superuser();
    run_psql(&administrator, &format!("{grants}; ALTER ROLE sidecar LOGIN"));
    assert_eq!(run_psql(database, retention), "0|0|0\n0|0|0\n");
    let sidecar = Sidecar::postgres(&database.for_role("sidecar"));
    assert!(!sidecar.log().contains("WARN"), "{}", sidecar.log());
    sidecar.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    sidecar.post(&event("t", "f", "yesterday").to_string()).data();
    assert_eq!(run_psql(database, "SELECT event_id FROM raceway_rejected"), "f\n");
    assert_eq!(sidecar.events("t").len(), 1);
    assert_eq!(sidecar.get("/api/traces").data()["total_traces"], 1);
    assert_eq!(sidecar.get("/status").data()["events_captured"], 1);
    assert_eq!(sidecar.get("/api/services").data()["total_services"], 1);
    assert!(!sidecar.log().contains("can't be read"), "{}", sidecar.log());
    drop(sidecar);
    for role in ["sidecar", "sender"] {
        run_psql(&administrator, &format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}
