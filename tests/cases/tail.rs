//! `raceway-sidecar tail`: what happens, in a terminal.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::{Sidecar, Site, await_until, event, send_signal};
use crate::{Case, World};

const NOON: &str = "2026-11-22T12:00:00Z";
const LIMIT: Duration = Duration::from_secs(30);

const CASES: [Case; 5] = [
    ("traces_and_findings_are_lines", |_| lines()),
    ("programs_read_json", |_| programs()),
    ("a_sidecar_that_goes_away_is_awaited", |_| reconnects()),
    ("it_ends_when_nobody_reads_it", |_| closed_pipe()),
    ("what_does_not_help_is_told_at_once", |_| refused()),
];

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    crate::trials(world, "tail", &CASES)
}

/// A tail that runs; killed when dropped.
struct Tail {
    process: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Tail {
    fn start(mut command: Command) -> Self {
        command.current_dir(std::env::temp_dir()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("raceway-sidecar");
        let out = lines_of(process.stdout.take().expect("standard output"));
        let err = lines_of(process.stderr.take().expect("standard error"));
        Tail { process, out, err }
    }

    fn of(sidecar: &Sidecar, arguments: &[&str]) -> Self {
        Tail::start(command(sidecar, arguments))
    }

    /// The next line.
    fn line(&self) -> String {
        self.out.recv_timeout(LIMIT).expect("a line")
    }

    /// The next line that has this in it.
    fn line_with(&self, text: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(text) {
                return line;
            }
        }
    }

    fn interrupt(&mut self) {
        send_signal("INT", self.process.id());
        assert!(self.has_ended_well());
    }

    fn has_ended_well(&mut self) -> bool {
        let mut status = None;
        await_until("it ends", LIMIT, || {
            status = self.process.try_wait().expect("wait");
            status.is_some()
        });
        status.expect("a status").success()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn lines_of(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (read, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            drop(read.send(line));
        }
    });
    lines
}

fn command(sidecar: &Sidecar, arguments: &[&str]) -> Command {
    let mut command = Sidecar::command();
    command.args(["tail", "--url", sidecar.url()]).args(arguments);
    command
}

fn write(id: &str) -> Value {
    let mut event = event("t", id, NOON);
    event["kind"] = json!({ "StateChange": {
        "variable": "balance", "new_value": 1, "access_type": "Write" } });
    event["metadata"] = json!({ "service_name": "bank", "thread_id": id });
    event
}

fn lines() {
    let sidecar = Sidecar::memory();
    let mut tail = Tail::of(&sidecar, &[]);
    assert!(tail.line().ends_with("  state        memory  ready"));
    sidecar.store(&[write("1"), write("2")]);
    assert!(tail.line().ends_with("  trace        t  2 events in 0 ms  bank"));
    let race = tail.line();
    assert!(race.contains("  race         t  CRITICAL  Write at unknown"), "{race}");
    assert!(race.ends_with(" on balance") && !race.contains('\u{1b}'), "{race}");
    tail.interrupt();
    assert_eq!(tail.err.iter().collect::<Vec<_>>(), [""; 0]);
}

fn programs() {
    let sidecar = Sidecar::memory();
    let tail = Tail::of(&sidecar, &["--json", "--events", "trace,state", "--service", "bank"]);
    let json = |line: String| -> Value { serde_json::from_str(&line).expect("JSON") };
    assert_eq!(json(tail.line())["event"], "state");
    let mut of_another = event("u", "1", NOON);
    of_another["metadata"] = json!({ "service_name": "api" });
    sidecar.store(&[of_another, write("1")]);
    let told = json(tail.line());
    assert_eq!(told["event"], "trace");
    let listed = sidecar.get("/api/traces?service=bank").data();
    assert_eq!(told["data"], listed["traces"][0]);
}

fn reconnects() {
    let site = Site::memory();
    let mut sidecar = site.start();
    let mut tail = Tail::of(&sidecar, &["--events", "trace"]);
    await_until("it listens", LIMIT, || {
        sidecar.store(&[event("first", &format!("{:?}", std::time::Instant::now()), NOON)]);
        tail.out.recv_timeout(Duration::from_millis(500)).is_ok()
    });
    sidecar.terminate();
    let told = tail.err.recv_timeout(LIMIT).expect("a line");
    assert_eq!(told, "raceway-sidecar: the sidecar has ended the stream; trying again in 1 s");
    let told = tail.err.recv_timeout(LIMIT).expect("a line");
    assert!(told.ends_with("; trying again in 2 s"), "{told}");
    let sidecar = site.start();
    assert!(tail.line_with("missed").ends_with("some events were not told"));
    sidecar.store(&[event("second", "1", NOON)]);
    tail.line_with("second");
    tail.interrupt();
}

fn closed_pipe() {
    let sidecar = Sidecar::memory();
    let mut command = command(&sidecar, &[]);
    command.current_dir(std::env::temp_dir()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().expect("raceway-sidecar");
    let mut out: BufReader<ChildStdout> =
        BufReader::new(process.stdout.take().expect("standard output"));
    out.read_line(&mut String::new()).expect("the state");
    drop(out);
    let (_, err) = channel();
    let mut tail = Tail { process, out: channel().1, err };
    sidecar.store(&[event("t", "1", NOON)]);
    assert!(tail.has_ended_well());
}

fn refused() {
    let sidecar = Sidecar::memory();
    let mut nowhere = Sidecar::command();
    nowhere.args(["tail", "--url", "http://127.0.0.1:1"]);
    for (command, expected) in [
        (command(&sidecar, &["--events", "any"]), "events: expected some of trace, finding, state"),
        (nowhere, "Connection refused"),
    ] {
        let output = Sidecar::run(command);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(expected), "{told}");
    }
}
