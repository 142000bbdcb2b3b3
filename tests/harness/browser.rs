//! A real browser. `tests/run` installs it, and what drives it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the UI that is served to it, as a build is.
pub fn build_of_ui() -> PathBuf {
    folder().join("build")
}

/// Has the browser do what `tests/ui/browser.mjs` calls so, and fails with what it says.
pub fn browse(scenario: &str, arguments: &[&str]) {
    let mut command = Command::new("node");
    command.arg(folder().join("browser.mjs")).arg(scenario).args(arguments);
    let driver = std::env::var("TEST_BROWSER");
    command.env("TEST_BROWSER", driver.expect("TEST_BROWSER: run the suite with tests/run"));
    let output = command.output().expect("node");
    assert!(output.status.success(), "{scenario}: {}", String::from_utf8_lossy(&output.stderr));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}
