//! The configuration: what is wrong in it is found, what is right is shown, and a new one is written.

use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::commands::configured;
use super::documentation::blocks;
use crate::harness::{Database, Flavour, Sidecar};
use crate::{Case, World};

const CASES: [Case; 8] = [
    ("all_that_is_wrong_is_told_at_start_with_line_and_nearest_name", |_| wrong()),
    ("a_setting_that_makes_no_sense_is_told_with_its_place", |_| senseless()),
    ("a_variable_of_an_unknown_name_is_warned_of", |_| unknown_variables()),
    ("the_example_of_raceway_is_accepted_with_one_warning", |_| example_of_raceway()),
    ("what_is_in_effect_is_printed_without_secrets", printed),
    ("what_is_printed_is_a_configuration", |_| printed_is_read()),
    ("a_new_file_has_the_defaults_and_is_not_written_over", |_| new_file()),
    ("commands_are_completed_in_every_shell", |_| completions()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "configuration", &CASES)
}

/// The example that comes with Raceway's server, all of its keys with other values than the usual.
const EXAMPLE_OF_RACEWAY: &str = r#"
[server]
host = "127.0.0.1"
port = 0
verbose = true
cors_enabled = true
cors_origins = ["http://localhost:3000"]
rate_limit_enabled = false
auth_enabled = true
api_keys = ["your-secret-key-here"]
[storage]
backend = "memory"
[storage.postgres]
connection_string = "postgresql://user:pass@localhost/raceway"
max_connections = 11
min_connections = 3
connection_timeout_seconds = 31
auto_migrate = false
[engine]
buffer_size = 10001
batch_size = 101
flush_interval_ms = 101
[race_detection]
enabled = true
[anomaly_detection]
enabled = true
[distributed_tracing]
enabled = false
[logging]
level = "debug"
include_modules = false
[development]
cors_allow_all = true
"#;

/// What a command does that is given this file, and its folder.
fn run(toml: &str, arguments: &[&str]) -> (TempDir, Output) {
    let (folder, mut command) = configured(toml);
    let output = command.args(arguments).output().expect("raceway-sidecar");
    (folder, output)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn wrong() {
    let toml = "[server]\nport = 70000\n\n[storage.postgres]\nmax_conections = 3\n";
    let problems = "raceway.toml:2:8: server.port: expected a whole number from 0 to 65535\n\
                    raceway.toml:5:1: unknown key storage.postgres.max_conections: did you mean \
                    max_connections?\n";
    let (_folder, started) = run(toml, &[]);
    assert_eq!(started.status.code(), Some(1));
    assert!(stderr(&started).ends_with(problems), "{}", stderr(&started));
    let (_folder, checked) = run(toml, &["config", "check"]);
    assert_eq!((checked.status.code(), stdout(&checked).as_str()), (Some(1), problems));
    let (_folder, checked) = run("[server]\nport = 8081\n", &["config", "check"]);
    let fine = "raceway.toml: nothing is wrong\n";
    assert_eq!((checked.status.code(), stdout(&checked).as_str()), (Some(0), fine));
    let (_folder, checked) = run("[storage]\nbackend = \"postgres\"\n", &["config", "check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(stdout(&checked).contains("storage.postgres.connection_string: expected"));
}

fn senseless() {
    for (toml, problem) in [
        (
            "[server]\nauth_enabled = true\napi_keys = []\n",
            "raceway.toml:3:12: server.api_keys: expected",
        ),
        ("[server]\nui_password = \"\"\n", "raceway.toml:2:15: server.ui_password: expected"),
        ("\n[logging]\nlevel = \"a=b=c\"\n", "raceway.toml:3:9: logging.level: expected"),
    ] {
        let (_folder, checked) = run(toml, &["config", "check"]);
        assert_eq!(checked.status.code(), Some(1));
        assert!(stdout(&checked).starts_with(problem), "{}", stdout(&checked));
        let (_folder, started) = run(toml, &[]);
        assert!(stderr(&started).contains(problem), "{}", stderr(&started));
    }
    let (_folder, mut command) = configured("");
    command.env("RACEWAY_SERVER__PORT", "secret").args(["config", "check"]);
    let problem = "RACEWAY_SERVER__PORT: server.port: expected a whole number from 0 to 65535\n";
    assert_eq!(stdout(&command.output().expect("raceway-sidecar")), problem);
}

fn warnings(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("WARN")).collect()
}

fn unknown_variables() {
    let (_folder, mut command) = configured("[server]\nport = \"${RACEWAY_MINE}\"\n");
    command.env("RACEWAY_SERVER__HOTS", "::1").env("RACEWAY_MINE", "0").env("RACEWAY_KEY", "k");
    let log = Sidecar::start(command).log_to_the_end();
    let warnings = warnings(&log);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let warning = "RACEWAY_SERVER__HOTS: no key has this name: did you mean RACEWAY_SERVER__HOST?";
    assert!(warnings[0].contains(warning), "{warnings:?}");
}

fn example_of_raceway() {
    let (_folder, command) = configured(EXAMPLE_OF_RACEWAY);
    let mut sidecar = Sidecar::start(command);
    assert_eq!(sidecar.get("/api/traces").status, 401);
    let log = sidecar.log_to_the_end();
    assert!(log.contains("DEBUG"), "{log}");
    let warnings = warnings(&log);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let idle = "have no effect here: distributed_tracing.enabled, engine.batch_size, \
                engine.buffer_size, engine.flush_interval_ms, logging.include_modules, server.verbose";
    assert!(warnings[0].contains(idle), "{warnings:?}");
}

fn printed(world: &World) {
    let database: Database = world.cluster().create_for(Flavour::PlainSql);
    let toml = "[server]\nport = 8081\nui_password = \"hunter2\"\napi_keys = [\"key-1\", \"${KEY}\"]\n\
                [storage]\nbackend = \"postgres\"\n\
                [storage.postgres]\nconnection_string = \"postgresql://u:hunter2@h/d?password=hunter2\"\n";
    let (_folder, mut command) = configured(toml);
    command
        .env("KEY", "key-2")
        .env("RACEWAY_STORAGE__POSTGRES__READ_CONNECTION_STRING", database.to_string());
    let output = command.args(["config", "print"]).output().expect("raceway-sidecar");
    let text = stdout(&output);
    for line in [
        "port = 8081 # raceway.toml:2:8",
        "ui_password = \"***\" # raceway.toml:3:15",
        "api_keys = [\"***\", \"***\"] # raceway.toml:4:12",
        "host = \"127.0.0.1\" # default",
        "backend = \"postgres\" # raceway.toml:6:11",
        "connection_string = \"postgresql://u:***@h/d?password=***\" # raceway.toml:8:21",
        "# schema is not set",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line}\n{text}");
    }
    assert!(text.contains("# RACEWAY_STORAGE__POSTGRES__READ_CONNECTION_STRING"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("key-"), "{text}");
}

fn printed_is_read() {
    let effective = |toml: &str| {
        let (_folder, output) = run(toml, &["config", "print"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let values = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(" # ").next().unwrap_or_default().to_owned()).collect()
    };
    let first = effective(
        "[storage.memory]\nmax_age = \"7 days\"\n[server]\nhost = \"a\\\"b\\\\\\u007F\"\n",
    );
    assert_eq!(values(&effective(&first)), values(&first));
}

fn new_file() {
    let (folder, written) = run("", &["init"]);
    assert_eq!(written.status.code(), Some(1));
    assert!(stderr(&written).contains("--force"), "{}", stderr(&written));
    let program = |arguments: &[&str]| {
        let mut command = Sidecar::command();
        command.current_dir(folder.path()).env_remove("RACEWAY_SERVER__PORT").args(arguments);
        command.output().expect("raceway-sidecar")
    };
    assert!(program(&["init", "--force"]).status.success());
    assert!(program(&["init", "--path", "other.toml"]).status.success());
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(text("raceway.toml"), text("other.toml"));
    assert_eq!(stdout(&program(&["init", "--path", "-"])), text("other.toml"));
    assert_eq!(stdout(&program(&["config", "check"])), "raceway.toml: nothing is wrong\n");
    let defaults = stdout(&program(&["config", "print"]));
    assert!(defaults.contains("port = 8080 # default"), "{defaults}");
    assert!(!defaults.contains("raceway.toml"), "{defaults}");
}

fn completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (_folder, output) = run("", &["completions", shell]);
        assert!(stdout(&output).contains("quarantine"), "{shell}: {}", stderr(&output));
    }
    let (_folder, script) = run("", &["completions", "bash"]);
    let completed = "COMP_WORDS=(raceway-sidecar quar); COMP_CWORD=1\n\
                     [[ $(complete -p raceway-sidecar) =~ -F[[:space:]]([^[:space:]]+) ]]\n\
                     ${BASH_REMATCH[1]} raceway-sidecar quar raceway-sidecar; echo \"${COMPREPLY[@]}\"";
    let output =
        Command::new("bash").args(["-c", &format!("{}\n{completed}", stdout(&script))]).output();
    assert_eq!(stdout(&output.expect("bash")).trim(), "quarantine");
    let block = blocks("docs/CONFIGURATION.md", "sh").concat();
    for command in block.lines() {
        let (_folder, mut program) = configured("");
        let arguments = command.strip_prefix("raceway-sidecar ").expect("the program");
        let output =
            program.args(arguments.replace("raceway.toml", "new.toml").split(' ')).output();
        let output = output.expect("raceway-sidecar");
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
}
