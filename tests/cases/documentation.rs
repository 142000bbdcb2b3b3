//! Every command, SQL statement and configuration in the documentation, executed.

mod operations;
mod pages;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Database, Flavour, Sidecar, await_until, event};
use crate::{Case, World};
use operations::assert_serves;
pub(super) use pages::{blocks, page_text, root, section};

/// The address that the documentation shows.
const DOCUMENTED_ADDRESS: &str = "http://localhost:8080";

/// The database that the documentation shows.
const DOCUMENTED_DATABASE: &str = "postgresql://raceway:password@localhost:5432/raceway";

const CASES: [Case; 12] = [
    ("every_block_of_every_page_is_known", |_| pages::every_block_is_known()),
    ("links_lead_to_pages_and_headings_that_are_there", |_| pages::links_lead_somewhere()),
    ("the_readme_does_what_it_says", readme),
    ("the_http_examples_are_answered", http_examples),
    ("traces_are_taken_along_as_documented", exports),
    ("the_terminal_shows_what_is_documented", terminal),
    ("the_sql_examples_run_on_both_flavours", sql_examples),
    ("the_analysis_is_as_documented", analysis),
    ("operations_are_as_documented", operations::operations),
    ("documented_connections_are_made", operations::connections),
    ("documented_configurations_are_served", operations::configurations),
    ("the_sidecar_is_secured_as_documented", securing),
];

/// In the block of docs/ANALYSIS.md for pg_cron.
const FIGURES_SCHEDULED: &str = "cron.schedule('raceway-figures'";

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "documentation", &CASES)
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
    /// As the page says.
    const FOUND: &str = "RACE on user.balance (1 pair)";
    let commands = blocks("README.md", "sh");
    let [packages, run, first_use, install_extension, test] = &commands[..] else {
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
    assert_eq!(answers[0]["data"]["accepted"], 2);
    assert!(page_text("README.md").contains(FOUND));
    let found = answers[1]["data"]["analysis"]["anomalies"][0].to_string();
    assert!(found.contains(FOUND), "{found}");

    // The database that is pg_cron's home in this cluster.
    let database = world.cluster().create_named("cron", Flavour::Extension);
    let printed = run_psql(&database, &blocks("README.md", "sql").concat());
    assert!(printed.contains("2|0|0|[]"), "{printed}");
    assert!(printed.contains("CRITICAL|user.balance|Nothing orders the write"), "{printed}");
    assert_eq!(run_psql(&database, "SELECT jobname FROM cron.job"), "raceway-retention\n");
    let analysis = blocks("docs/ANALYSIS.md", "sql");
    let figures = analysis.iter().find(|block| block.contains(FIGURES_SCHEDULED)).expect("a block");
    run_psql(&database, &format!("{figures}\nSELECT raceway_update_figures(100)"));
    assert_serves(&blocks("README.md", "toml")[0], &database);
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
    let (graphs, others): (Vec<String>, Vec<String>) =
        others.into_iter().partition(|block| block.contains("/graph"));
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
    assert_eq!((&data(18)["groups"], &data(18)["traces_examined"]), (&json!([]), &json!(1)));
    assert_eq!(data(19)["accesses"][0]["new_value"], 1);
    assert_eq!(data(20)["a"], data(20)["b"]);
    assert_eq!(data(21)["alive"], true);
    assert_eq!(data(22)["ready"], true);
    assert_eq!(data(23)["ready"], true);
    assert_eq!(data(24)["events_captured"], 1);
    assert_eq!(run_curl(&exports[0], &sidecar), sidecar.sent("t1"));
    for command in &streams {
        assert_tells(command, &sidecar);
    }
    let graphs: Vec<Value> =
        graphs.iter().flat_map(|block| enveloped(&run_curl(block, &sidecar))).collect();
    let graphs: Vec<&Value> = graphs.iter().map(|answer| &answer["data"]).collect();
    assert_eq!(graphs.len(), 3);
    assert_eq!(
        (&graphs[0]["events"][0]["id"], &graphs[0]["trace_id"]),
        (&json!("e1"), &json!("t1"))
    );
    assert_eq!(graphs[1]["events_total"], 1);
    assert_eq!(graphs[2]["traces"], json!([{ "trace_id": "t2", "event_count": 1 }]));
    // Fields that the page names are there.
    let page = page_text("docs/HTTP.md");
    let shown = [0, 3, 13, 17, 18, 19, 20].map(data);
    for answer in shown.into_iter().chain([graphs[2]]) {
        for field in answer.as_object().expect("data").keys() {
            let is_named = page.lines().any(|line| names_field(line, field));
            assert!(is_named, "{field} is not documented");
        }
    }
}

/// In the folder where they are run, each file is then what its name says.
fn exports(_: &World) {
    let [curl, command] = &blocks("docs/EXPORT.md", "sh")[..] else { panic!("other blocks") };
    let sidecar = Sidecar::memory();
    let example = blocks("docs/HTTP.md", "sh");
    let example =
        example.iter().find(|block| block.contains("curl -s http://localhost:8080/events"));
    enveloped(&run_curl(example.expect("an example"), &sidecar));
    let folder = TempDir::with_prefix("raceway-test-").expect("a folder");
    let commands = command.replace(
        "raceway-sidecar export",
        &format!("raceway-sidecar export --url {}", sidecar.url()),
    );
    for commands in [curl.replace(DOCUMENTED_ADDRESS, sidecar.url()), commands] {
        let mut shell = Sidecar::shell(&commands);
        let output = Sidecar::run({
            shell.current_dir(folder.path());
            shell
        });
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    let json = |name: &str| serde_json::from_str::<Value>(&read(name)).expect("JSON");
    assert_eq!(json("t1.perfetto.json")["otherData"]["trace_id"], "t1");
    assert!(read("t1.shiviz.log").starts_with("(?<event>.*)"));
    assert_eq!(json("t1.jaeger.json")["data"][0]["spans"][0]["operationName"], "StateChange(x)");
    assert!(json("t1.otlp.json")["resourceSpans"][0].is_object());
    let sent: Vec<Value> =
        read("t1.ndjson").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(sent, sidecar.sent("t1"));
    assert!(folder.path().join("t1.otlp.json.gz").exists());
}

/// Each command after the first, which stores the example, prints the text after it.
fn terminal(_: &World) {
    let sidecar = Sidecar::memory();
    let (commands, texts) = (blocks("docs/TERMINAL.md", "sh"), blocks("docs/TERMINAL.md", "text"));
    let (example, commands) = commands.split_first().expect("examples");
    assert_eq!(enveloped(&run_curl(example, &sidecar))[0]["data"]["accepted"], 7);
    let (json, shown) = commands.split_last().expect("commands");
    assert_eq!(shown.len(), texts.len());
    let run = |command: &str| {
        let words = command.strip_prefix("raceway-sidecar ").expect("the program").split(' ');
        let mut program = Sidecar::command();
        program.args(words).args(["--url", sidecar.url()]);
        let output = Sidecar::run(program);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    // What differs from run to run.
    let is_stable = |line: &&str| !line.starts_with("sidecar ") && !line.starts_with("memory ");
    for (command, text) in shown.iter().zip(&texts) {
        let printed = run(command);
        assert!(printed.lines().filter(is_stable).eq(text.lines().filter(is_stable)), "{printed}");
        assert_eq!(printed.lines().count(), text.lines().count(), "{printed}");
    }
    let data: Value = serde_json::from_str(&run(json)).expect("JSON");
    assert_eq!(data["traces"][0]["trace_id"], "buy-1");
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
