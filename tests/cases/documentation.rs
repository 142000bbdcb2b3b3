//! Every command, SQL statement and configuration in the documentation, executed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::tls::EncryptedServer;
use crate::harness::{Database, Flavour, Sidecar, await_until, build_of_ui, event};
use crate::{Case, World};

/// The address that the documentation shows.
const DOCUMENTED_ADDRESS: &str = "http://localhost:8080";

/// The database that the documentation shows.
const DOCUMENTED_DATABASE: &str = "postgresql://raceway:password@localhost:5432/raceway";

const CASES: [Case; 7] = [
    ("the_readme_does_what_it_says", readme),
    ("the_http_examples_are_answered", http_examples),
    ("the_sql_examples_run_on_both_flavours", sql_examples),
    ("the_analysis_is_as_documented", analysis),
    ("operations_are_as_documented", operations),
    ("documented_connections_are_made", connections),
    ("the_sidecar_is_secured_as_documented", securing),
];

/// In the block of docs/ANALYSIS.md for pg_cron.
const FIGURES_SCHEDULED: &str = "cron.schedule('raceway-figures'";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "documentation", &CASES)
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The fenced blocks of a document in this language, in order.
pub(super) fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).expect("a document");
    let fence = format!("\n```{language}\n");
    let blocks: Vec<String> = text
        .split(&fence)
        .skip(1)
        .map(|after| after.split("\n```").next().unwrap_or_default().to_owned())
        .collect();
    assert!(!blocks.is_empty(), "{document} has no blocks of {language}");
    blocks
}

/// Runs shell commands with the sidecar's address in place of the documented one; each line that
/// is printed is an answer of the sidecar.
fn run_curl(commands: &str, sidecar: &Sidecar) -> Vec<Value> {
    assert!(commands.contains(DOCUMENTED_ADDRESS), "{commands}");
    let script =
        commands.replace(DOCUMENTED_ADDRESS, sidecar.url()).replace("\ncurl", "; echo\ncurl");
    let output = Command::new("bash").args(["-euc", &script]).output().expect("bash");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Answers that must be successful.
fn enveloped(answers: &[Value]) -> Vec<Value> {
    for answer in answers {
        assert_eq!(answer["success"], true, "{answer}");
    }
    answers.to_vec()
}

/// Runs SQL as psql does, and returns what it prints.
fn run_psql(database: &Database, sql: &str) -> String {
    let output = database
        .program("psql")
        .args(["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--no-align", "--tuples-only", "--command"])
        .arg(sql)
        .output()
        .expect("psql");
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn readme(world: &World) {
    let commands = blocks("README.md", "sh");
    let [packages, run, first_use, test, install_extension] = &commands[..] else {
        panic!("the README has other commands than are tested: {commands:?}")
    };
    // tests/packages runs this.
    assert_eq!(*packages, blocks("docs/INSTALL.md", "sh")[0]);
    assert_eq!(run, "cargo run --release");
    assert_eq!(test, "tests/run");
    // `tests/run` has installed the extension by this very block.
    assert!(install_extension.contains("cargo pgrx install --package raceway"));

    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release"]).current_dir(root()).env("RACEWAY_SERVER__PORT", "0");
    // Those of the tests are not in a reader's shell, and would have crates built once more.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let answers = enveloped(&run_curl(first_use, &Sidecar::start(cargo)));
    assert_eq!(answers[0]["event_id"], "evt-001");
    assert_eq!(answers[1]["data"]["events"][0]["kind"]["StateChange"]["variable"], "user.balance");

    // The database that is pg_cron's home in this cluster.
    let database = world.cluster().create_named("cron", Flavour::Extension);
    let printed = run_psql(&database, &blocks("README.md", "sql").concat());
    assert!(printed.contains("1|0|0|[]"), "{printed}");
    assert!(printed.contains("2024-11-02 10:30:00+00|StateChange|user.balance"), "{printed}");
    assert_eq!(run_psql(&database, "SELECT jobname FROM cron.job"), "raceway-retention\n");
    let analysis = blocks("docs/ANALYSIS.md", "sql");
    let figures = analysis.iter().find(|block| block.contains(FIGURES_SCHEDULED)).expect("a block");
    run_psql(&database, &format!("{figures}\nSELECT raceway_update_figures(100)"));
    assert_serves(&blocks("README.md", "toml")[0], &database);
}

/// Serves with a documented configuration, but in this database and on a free port.
fn assert_serves(toml: &str, database: &Database) {
    assert_serves_with(toml, &[(DOCUMENTED_DATABASE, &database.to_string())]);
}

/// Serves with a documented configuration, with what is there in place of what it names.
fn assert_serves_with(toml: &str, replacements: &[(&str, &str)]) {
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let mut toml = toml.to_owned();
    for (documented, there) in replacements {
        assert!(toml.contains(documented), "{documented} in {toml}");
        toml = toml.replace(documented, there);
    }
    fs::write(folder.path().join("raceway.toml"), toml).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path());
    let sidecar = Sidecar::start(command);
    assert_eq!(sidecar.get("/status").data()["storage"], "postgres");
    assert!(!sidecar.log().contains("configuration: "), "{}", sidecar.log());
    let data = sidecar.post(&event("t", "e", "2026-11-22T12:00:00Z").to_string()).data();
    assert_eq!(data["stored_in"], "postgres", "{data}");
}

fn connections(world: &World) {
    let toml = blocks("docs/OPERATIONS.md", "toml");
    let [_, ui, password_file, verified, replica, supabase] = &toml[..] else {
        panic!("the page has other configurations than are tested: {toml:?}")
    };
    assert_serves_ui(ui);
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
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let build = build_of_ui();
    let toml = toml.replace("/usr/share/raceway/web", build.to_str().expect("UTF-8"));
    fs::write(folder.path().join("raceway.toml"), toml).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path()).env("UI_PASSWORD", "password").env("API_KEY", "key");
    let sidecar = Sidecar::start(command);
    assert!(!sidecar.log().contains("configuration: "), "{}", sidecar.log());
    assert_eq!(sidecar.request("GET /", &[], b"").header("content-type"), "text/html");
    assert_eq!(sidecar.get("/auth/check").json["auth_required"], true);
    assert_eq!(sidecar.get("/api/traces").status, 401);
}

fn securing(_: &World) {
    let [keys] = &blocks("docs/SECURE.md", "toml")[..] else { panic!("other blocks") };
    let [commands] = &blocks("docs/SECURE.md", "sh")[..] else { panic!("other blocks") };
    let output = Command::new("bash").args(["-euc", commands]).output().expect("bash");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let [key, hash] = printed.lines().collect::<Vec<_>>()[..] else { panic!("{printed}") };
    let hash = hash.trim_end_matches(" -").trim_end();
    assert!(keys.contains(&format!("key_sha256 = \"{hash}\"")), "{hash}");
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    fs::write(folder.path().join("raceway.toml"), keys).expect("a file");
    let mut command = Sidecar::command();
    command.current_dir(folder.path()).env("SDK_KEY", key);
    let sidecar = Sidecar::start(command);
    let status = |request, key| sidecar.request(request, &[("x-raceway-key", key)], b"").status;
    assert_eq!((status("POST /events", key), status("GET /api/traces", key)), (400, 403));
    assert_eq!((status("POST /events", "test"), status("GET /api/traces", "test")), (403, 200));
}

fn http_examples(_: &World) {
    let sidecar = Sidecar::memory();
    let (streams, others): (Vec<String>, _) =
        blocks("docs/HTTP.md", "sh").into_iter().partition(|block| is_endless(block));
    let (exports, others): (Vec<String>, Vec<String>) =
        others.into_iter().partition(|block| block.contains("/api/export"));
    let (keyed, others) = others.split_first().expect("examples");
    assert_eq!(enveloped(&run_curl(keyed, &with_key())).len(), 2);
    assert_eq!(run_curl(&keyed.replace(" key'", " guess'"), &with_key())[1]["success"], false);
    let answers: Vec<Value> =
        others.iter().flat_map(|block| enveloped(&run_curl(block, &sidecar))).collect();
    let data = |number: usize| &answers[number]["data"];
    assert_eq!(data(0)["accepted"], 1);
    assert_eq!(data(1)["traces"][0]["trace_id"], "t1");
    assert_eq!(data(2)["traces"], json!([]), "none comes after the only one");
    assert_eq!(data(3)["events"][0]["id"], "e1");
    assert_eq!(data(3)["critical_path"], *data(4));
    assert_eq!(data(3)["anomalies"], data(5)["anomalies"]);
    assert_eq!(data(3)["dependencies"], *data(6));
    assert_eq!(data(3)["audit_trails"]["x"], data(7)["accesses"]);
    assert_eq!(data(7), data(8));
    assert_eq!(
        data(9)["services"],
        json!([{ "name": "bank", "event_count": 1, "trace_count": 1 }])
    );
    assert_eq!(data(10)[0]["name"], "bank");
    assert_eq!(data(11)["traces"], data(1)["traces"]);
    assert_eq!(data(12)["service_name"], "bank");
    assert_eq!(data(13)["trace_latency"]["slowest_traces"][0]["trace_id"], "t1");
    assert_eq!(data(14)["edges"], json!([]));
    assert_eq!(data(15)["top_variables"][0]["variable"], "x");
    assert_eq!(data(16)["races"], json!([]));
    assert_eq!(data(17)["total_events"], 1);
    assert_eq!(data(18)["alive"], true);
    assert_eq!(data(19)["ready"], true);
    assert_eq!(data(20)["ready"], true);
    assert_eq!(data(21)["events_captured"], 1);
    assert_eq!(run_curl(&exports[0], &sidecar), sidecar.sent("t1"));
    for command in &streams {
        assert_tells(command, &sidecar);
    }
    // Fields that the page names are there.
    let page = fs::read_to_string(root().join("docs/HTTP.md")).expect("the page");
    for answer in [data(0), data(3), data(13), data(17)] {
        for field in answer.as_object().expect("data").keys() {
            let is_named = page.lines().any(|line| names_field(line, field));
            assert!(is_named, "{field} is not documented");
        }
    }
}

fn is_endless(command: &str) -> bool {
    command.contains("/api/stream") || command.contains(" tail ")
}

/// A documented command prints a line about a trace that changes, and goes on until it is ended.
fn assert_tells(command: &str, sidecar: &Sidecar) {
    let command = command.replace(DOCUMENTED_ADDRESS, sidecar.url());
    let program = Sidecar::command().get_program().to_string_lossy().into_owned();
    let command = command.replace("raceway-sidecar", &program);
    let mut shell = Command::new("bash");
    shell.args(["-euc", &format!("exec {command}")]).stdout(Stdio::piped());
    let mut process = shell.spawn().expect("bash");
    let mut lines = BufReader::new(process.stdout.take().expect("standard output")).lines();
    let (heard, told) = channel();
    let reader = thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            if line.contains("streamed") {
                let _ = heard.send(());
            }
        }
    });
    let mut number = 0;
    await_until("a trace is told", Duration::from_secs(30), || {
        let id = format!("{command}-{number}");
        sidecar.post(&event("streamed", &id, "2026-11-22T12:00:00Z").to_string()).data();
        number += 1;
        told.recv_timeout(Duration::from_millis(500)).is_ok()
    });
    process.kill().expect("kill");
    process.wait().expect("wait");
    reader.join().expect("a reader");
}

/// A sidecar that asks for the documented key.
fn with_key() -> Sidecar {
    let mut command = Sidecar::command();
    command.env("RACEWAY_SERVER__AUTH_ENABLED", "true").env("RACEWAY_SERVER__API_KEYS", "key");
    Sidecar::start(command)
}

/// Whether a line of a table is about this field.
fn names_field(line: &str, field: &str) -> bool {
    let first = line.strip_prefix("| ").and_then(|cells| cells.split(" | ").next());
    first.is_some_and(|fields| fields.split(", ").any(|name| name == format!("`{field}`")))
}

fn sql_examples(world: &World) {
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let printed: Vec<String> =
            blocks("docs/SQL.md", "sql").iter().map(|block| run_psql(&database, block)).collect();
        assert!(printed[0].starts_with("1|0|1|[{"), "{}", printed[0]);
        assert!(printed[2].starts_with("2026-01-31 12:00:00+00|x|1\n"), "{}", printed[2]);
        assert!(printed[2].contains("t1|bank|2\n2\n"), "{}", printed[2]);
        assert!(printed[3].starts_with("t|t|{\"a\": 2, \"b\": 1}\n"), "{}", printed[3]);
        database.assert_traces_are_true();
    }
}

fn analysis(world: &World) {
    let database = world.cluster().create_with(Flavour::Extension);
    let mut sql = blocks("docs/ANALYSIS.md", "sql");
    // pg_cron lives in another database.
    sql.retain(|block| !block.contains(FIGURES_SCHEDULED));
    let printed: Vec<String> = sql.iter().map(|block| run_psql(&database, block)).collect();
    assert_eq!(printed[0], "4\n");
    assert!(
        printed[1].contains("CRITICAL|balance|b2|a2|Nothing orders the write"),
        "{}",
        printed[1]
    );
    assert!(printed[1].contains("a1|b2|a2|Request "), "{}", printed[1]);
    assert!(printed[1].contains("0|a2|Write|50|"), "{}", printed[1]);
    assert!(printed[2].contains("lost update|Request "), "{}", printed[2]);
    assert!(printed[3].contains("bank|4|1\n"), "{}", printed[3]);
    database.assert_traces_are_true();
}

fn operations(world: &World) {
    // What the doctor says is compared by its cases.
    let mut commands = blocks("docs/OPERATIONS.md", "sh");
    commands.retain(|block| !block.contains(" doctor"));
    let commands = commands.join("\n");
    let sql = blocks("docs/OPERATIONS.md", "sql");
    // What is for Supabase is run by its cases.
    let [grants, of_counting, _, retention, schedule, index] = &sql[..] else {
        panic!("the page has other SQL than is tested: {sql:?}")
    };
    // pg_cron lives in one database of a cluster: its part is the README's too.
    assert!(blocks("README.md", "sql")[0].ends_with(schedule.lines().last().expect("a line")));
    for flavour in Flavour::ALL {
        let database = world.cluster().create_with(flavour);
        let grants = match flavour {
            Flavour::Extension => grants.clone(),
            Flavour::PlainSql => format!("{grants}; {of_counting}"),
        };
        assert_operations(&database, &grants, retention);
    }
    // Plain SQL has no index on such a column.
    assert_new_partitions_have(&world.cluster().create_with(Flavour::Extension), index);
    let configuration = &blocks("docs/OPERATIONS.md", "toml")[0];
    assert_serves(configuration, &world.cluster().create_for(Flavour::PlainSql));
    let database = world.cluster().create_with(Flavour::Extension);
    let (proxy, old) = (world.cluster().proxy(), Sidecar::memory());
    old.store(&[event("t", "e", "2026-11-22T12:00:00Z")]);
    let new = database.url(proxy.port());
    let commands =
        commands.replace(DOCUMENTED_ADDRESS, old.url()).replace(DOCUMENTED_DATABASE, &new);
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let run = |command| run_sidecar(command, &database, folder.path());
    let printed: Vec<String> = commands.lines().map(run).collect();
    assert!(printed[1].contains("is installed already"), "{}", printed[1]);
    assert!(printed[2].starts_with("the extension is plain SQL "), "{}", printed[2]);
    assert_eq!(printed[3..6], ["", "stored 0, 0 remain\n", "forgot 0\n"]);
    let deleted = ": 0 partitions, 0 events, 0 traces\n";
    let moved = "pass 1: 1 new, 0 there already, 0 rejected\n\
                 pass 2: 0 new, 1 there already, 0 rejected\n";
    assert_eq!(printed[6..9], ["", "0 new, 0 there already, 0 rejected\n", moved]);
    assert_eq!(printed[9..], [format!("would delete{deleted}"), format!("deleted{deleted}")]);
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
