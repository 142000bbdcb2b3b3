//! Requests that schemathesis makes of the OpenAPI document of a sidecar, right ones and wrong ones, and what
//! it says of the answers. `tests/run` installs it. <https://schemathesis.io>

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Sidecar;

/// How many of each operation, beside those for each bound that it has; more of them with the variable.
const EXAMPLES: &str = "20";

/// What it finds, as it prints it; `None` if that is nothing.
pub fn schemathesis(sidecar: &Sidecar) -> Option<String> {
    let folder = TempDir::with_prefix("raceway-schemathesis-").expect("a folder");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let examples = std::env::var("TEST_SCHEMATHESIS_EXAMPLES").unwrap_or(EXAMPLES.to_owned());
    let mut command = Command::new(installed().join("bin/schemathesis"));
    command.current_dir(&folder);
    command.env("PYTHONPATH", &ours).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("SCHEMATHESIS_HOOKS", "hooks");
    command.arg("--config-file").arg(ours.join("schemathesis.toml"));
    command.args(["run", "--max-examples", &examples]);
    let output = command.arg(format!("{}/openapi.json", sidecar.url())).output();
    let output = output.expect("schemathesis");
    let printed = [output.stdout, output.stderr].concat();
    (!output.status.success()).then(|| String::from_utf8_lossy(&printed).into_owned())
}

fn installed() -> PathBuf {
    std::env::var("TEST_SCHEMATHESIS")
        .expect("TEST_SCHEMATHESIS: run the suite with tests/run")
        .into()
}
