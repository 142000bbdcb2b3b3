//! What programs of others say against our SQL. `tests/run` installs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Database;

/// Where npm puts it.
const SPLINTER: &str =
    "node_modules/@postgres-language-server/cli-x86_64-linux-gnu/postgres-language-server";

/// The findings of pgspot on a script for this schema, which is made just before.
/// <https://github.com/timescale/pgspot>
pub fn pgspot(schema: &str, script: &Path) -> Vec<String> {
    let folder = tempfile::TempDir::with_prefix("raceway-lint-").expect("a folder");
    let preface = folder.path().join("preface.sql");
    let sql = format!("CREATE SCHEMA {schema};\nSET search_path = {schema}, pg_temp;\n");
    std::fs::write(&preface, sql).expect("a file");
    let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("lints/scripts.py");
    let mut command = Command::new(folder_of_linters().join("pgspot/bin/python"));
    let output = command.arg(wrapper).arg("--append").arg(&preface).arg(script).output();
    let output = output.expect("pgspot");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_finding = |line: &&str| line.starts_with("PS") || line.contains("Error while");
    let findings: Vec<String> = printed.lines().filter(is_finding).map(str::to_owned).collect();
    assert_eq!(output.status.success(), findings.is_empty(), "{output:?}");
    findings
}

/// One finding of splinter, Supabase's linter of databases.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Such as `functionSearchPathMutable`.
    pub rule: String,
    /// What it says.
    pub message: String,
}

/// The findings of splinter on this database.
/// <https://github.com/supabase/splinter>
pub fn splinter(database: &Database) -> Vec<Finding> {
    let (folder, port) = (database.socket_folder().display(), database.port);
    let url = format!("postgresql:///{}?host={folder}&port={port}&user=postgres", database.name);
    let mut command = Command::new(folder_of_linters().join(SPLINTER));
    command.args(["dblint", "--reporter=json", "--max-diagnostics=none", "--connection-string"]);
    let output = command.arg(url).current_dir(std::env::temp_dir()).output().expect("splinter");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["diagnostics"].as_array().expect("diagnostics");
    let text = |finding: &Value, key: &str| finding[key].as_str().expect(key).to_owned();
    let of_splinter = |finding: &Value| Finding {
        rule: text(finding, "category").rsplit('/').next().unwrap_or_default().to_owned(),
        message: text(finding, "message").replace("\\`", ""),
    };
    findings.iter().map(of_splinter).collect()
}

fn folder_of_linters() -> PathBuf {
    std::env::var("TEST_LINTERS").expect("TEST_LINTERS: run the suite with tests/run").into()
}
