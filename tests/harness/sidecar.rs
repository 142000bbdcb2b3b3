//! A sidecar process on a free port.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::{Answer, Database, await_until, http};

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running sidecar; killed when dropped.
pub struct Sidecar {
    process: Child,
    url: String,
    log: Arc<Mutex<String>>,
}

impl Sidecar {
    /// With the store in memory.
    pub fn memory() -> Self {
        Sidecar::start(Sidecar::command())
    }

    /// With the store in this database.
    pub fn postgres(database: &Database) -> Self {
        Sidecar::start(Sidecar::command_on(&database.to_string()))
    }

    /// The program with the store in the database of this connection.
    pub fn command_on(connection: &str) -> Command {
        let mut command = Sidecar::command();
        command
            .env("RACEWAY_STORAGE__BACKEND", "postgres")
            .env("RACEWAY_STORAGE__POSTGRES__CONNECTION_STRING", connection);
        command
    }

    /// The program, on a free port and without the configuration of whoever runs the tests.
    pub fn command() -> Command {
        let mut command = Command::new(binary());
        command.current_dir(std::env::temp_dir()).env("RACEWAY_SERVER__PORT", "0");
        command
    }

    /// Starts `serve` and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().expect("raceway-sidecar");
        let log = Arc::new(Mutex::new(String::new()));
        follow(process.stderr.take().expect("standard error"), Arc::clone(&log));
        let mut sidecar = Sidecar { process, url: String::new(), log };
        await_until("the sidecar listens", START_LIMIT, || {
            let status = sidecar.process.try_wait().expect("wait");
            assert_eq!(status, None, "the sidecar has stopped: {}", sidecar.log());
            sidecar.url = listening_url(&sidecar.log()).unwrap_or_default();
            !sidecar.url.is_empty()
        });
        sidecar
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("log").clone()
    }

    /// The answer to `GET path`.
    pub fn get(&self, path: &str) -> Answer {
        http::get(&format!("{}{path}", self.url))
    }

    /// The answer to `POST /events` with this body.
    pub fn post(&self, body: &str) -> Answer {
        self.post_bytes(body.as_bytes(), &[])
    }

    /// The answer to `POST /events` with this body and these headers.
    pub fn post_bytes(&self, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        http::post(&format!("{}/events", self.url), body, headers)
    }

    /// Posts events, all of which must be new and valid.
    pub fn store(&self, events: &[Value]) {
        let data = self.post(&Value::from(events).to_string()).data();
        assert_eq!(data["accepted"], events.len(), "{data}");
    }

    /// The trace's events as they are read.
    pub fn events(&self, trace_id: &str) -> Vec<Value> {
        let trace = self.get(&format!("/api/traces/{}", percent_encoded(trace_id))).data();
        assert_eq!(trace["trace_id"], trace_id);
        trace["events"].as_array().expect("events").clone()
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        let process = self.process.id().to_string();
        Command::new("kill").arg(process).status().expect("kill");
        let mut ended = None;
        await_until("the sidecar ends", STOP_LIMIT, || {
            ended = self.process.try_wait().expect("wait");
            ended.is_some()
        });
        ended.expect("an exit status")
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> PathBuf {
    let path = std::env::var("TEST_SIDECAR");
    path.expect("TEST_SIDECAR: run the suite with tests/run").into()
}

fn follow(stderr: ChildStderr, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = log.lock().expect("log");
            log.push_str(&line);
            log.push('\n');
        }
    });
}

fn listening_url(log: &str) -> Option<String> {
    let (_, after) = log.split_once("listening on ")?;
    after.split_whitespace().next().map(str::to_owned)
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
