//! Real browsers that visit the page: scripts of `tests/page/`. `tests/run` installs them, and what drives them.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A visit under way; killed when dropped. What goes wrong in it stands in the test's standard error.
pub struct Visit {
    process: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Visit {
    /// Starts a script.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg(root().join("tests/page").join(script)).args(arguments);
        command.env("TEST_SCREENS", root().join("target/page"));
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
        let input = process.stdin.take().expect("standard input");
        let output = process.stdout.take().expect("standard output");
        Visit { process, input, lines: BufReader::new(output).lines() }
    }

    /// Waits until it says a line that begins so: the rest of it.
    pub fn await_said(&mut self, start: &str) -> String {
        let line = self.lines.next().map(|line| line.expect("standard output"));
        let line = line.unwrap_or_else(|| panic!("it has ended, and not said {start}"));
        line.strip_prefix(start).unwrap_or_else(|| panic!("{line}: expected {start}")).to_owned()
    }

    /// Says a line to it.
    pub fn say(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).expect("it listens");
    }

    /// Waits for its end, which must be a good one: what it has said until then.
    pub fn end(mut self) -> Vec<String> {
        let said = self.lines.by_ref().map(|line| line.expect("standard output")).collect();
        let status = self.process.wait().expect("wait");
        assert!(status.success(), "{status}: {said:?}");
        said
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a script to its end: what it has said.
pub fn visit(script: &str, arguments: &[&str]) -> Vec<String> {
    Visit::start(script, arguments).end()
}

/// The folder of the page.
pub fn web() -> PathBuf {
    root().join("web")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}
