//! A program of `tests/applications/` that runs.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Ends when its standard input does; killed when dropped.
pub(in crate::cases) struct Application {
    process: Child,
    input: Option<ChildStdin>,
}

/// What it says, line by line.
pub(in crate::cases) type Lines = std::io::Lines<BufReader<ChildStdout>>;

impl Application {
    pub(in crate::cases) fn start(name: &str, arguments: &[&str]) -> (Self, Lines) {
        let mut command = Command::new(folder().join(name));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect(name);
        let input = process.stdin.take();
        let output = process.stdout.take().expect("standard output");
        (Application { process, input }, BufReader::new(output).lines())
    }

    pub(in crate::cases) fn say(&mut self, line: &str) {
        let mut input = self.input.as_ref().expect("it runs");
        input.write_all(format!("{line}\n").as_bytes()).expect("it listens");
    }

    /// Ends it, after all that it has recorded is sent.
    pub(in crate::cases) fn end(mut self) {
        self.input = None;
        let status = self.process.wait().expect("wait");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next line, which must begin so: the rest of it.
pub(in crate::cases) fn expect_line(lines: &mut Lines, start: &str) -> String {
    let line = lines.next().expect("a line").expect("standard output");
    line.strip_prefix(start).unwrap_or_else(|| panic!("{line}: expected {start}")).to_owned()
}

fn folder() -> PathBuf {
    let path = env::var("TEST_APPLICATIONS");
    path.expect("TEST_APPLICATIONS: run the suite with tests/run").into()
}
