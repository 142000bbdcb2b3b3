//! A sidecar process on a free port.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Answer, Database, Tagged, await_until, http, memory, openapi, send_signal};

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOG_LIMIT: Duration = Duration::from_mins(1);

/// Until everything that waits on disk is in Postgres.
const DRAIN_LIMIT: Duration = Duration::from_mins(2);

/// What becomes of the sidecar's standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogReader {
    /// It is read.
    #[default]
    Reads,
    /// The pipe stays open, and nobody reads from it.
    Waits,
    /// The pipe is closed.
    Gone,
}

/// What was read of it.
#[derive(Default)]
struct Log {
    text: Mutex<String>,
    reader: Mutex<LogReader>,
    reader_changed: Condvar,
}

/// A running sidecar; killed when dropped.
pub struct Sidecar {
    process: Child,
    url: String,
    log: Arc<Log>,
    /// Reads its log until it ends.
    follower: Option<JoinHandle<()>>,
    /// Its working directory, unless the command named one.
    _folder: Option<TempDir>,
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

    /// The program, on a free port.
    pub fn command() -> Command {
        let mut command = Command::new(binary());
        command.env("RACEWAY_SERVER__PORT", "0");
        command
    }

    /// What bash makes of a script, for whom `raceway-sidecar` is the program.
    pub fn shell(script: &str) -> Command {
        let (binary, path) = (binary(), std::env::var("PATH").unwrap_or_default());
        let folder = binary.parent().expect("a folder").display();
        let mut command = Command::new("bash");
        command.args(["-euc", script]).env("PATH", format!("{folder}:{path}"));
        command
    }

    /// Runs a command to its end, without the configuration of whoever runs the tests.
    pub fn run(mut command: Command) -> Output {
        if command.get_current_dir().is_none() {
            command.current_dir(std::env::temp_dir());
        }
        command.output().expect("raceway-sidecar")
    }

    /// Starts `serve` and waits until it listens. Where the command names no working directory, it
    /// gets one of its own.
    pub fn start(mut command: Command) -> Self {
        let folder = command.get_current_dir().is_none().then(|| {
            let folder = TempDir::with_prefix("raceway-sidecar-").expect("temporary folder");
            command.current_dir(folder.path());
            folder
        });
        let mut process = command.stderr(Stdio::piped()).spawn().expect("raceway-sidecar");
        let log = Arc::<Log>::default();
        let stderr = process.stderr.take().expect("standard error");
        let follower = Some(follow(stderr, Arc::clone(&log)));
        let mut sidecar = Sidecar { process, url: String::new(), log, follower, _folder: folder };
        await_until("the sidecar listens", START_LIMIT, || {
            let status = sidecar.process.try_wait().expect("wait");
            assert_eq!(status, None, "the sidecar has stopped: {}", sidecar.log());
            sidecar.url = listening_url(&sidecar.log()).unwrap_or_default();
            !sidecar.url.is_empty()
        });
        sidecar
    }

    /// Starts `serve` with its log in a file, where it can't be read, and waits until it answers.
    pub(crate) fn start_logging_to(log: File, mut command: Command, url: String) -> Self {
        let process = command.stderr(log).spawn().expect("raceway-sidecar");
        let mut sidecar =
            Sidecar { process, url, log: Arc::default(), follower: None, _folder: None };
        let probe = format!("{}/livez", sidecar.url);
        await_until("the sidecar answers", START_LIMIT, || {
            assert_eq!(sidecar.process.try_wait().expect("wait"), None, "the sidecar has stopped");
            http::answers(&probe)
        });
        sidecar
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.text.lock().expect("log").clone()
    }

    /// Waits until it has logged this: a thread of its own writes the log, so a line can come after
    /// the answer that it speaks of.
    pub fn await_logged(&self, text: &str) {
        await_until(&format!("{text:?} is logged"), LOG_LIMIT, || self.log().contains(text));
    }

    /// Ends it, and returns all that it has logged.
    pub fn log_to_the_end(&mut self) -> String {
        self.terminate();
        if let Some(follower) = self.follower.take() {
            follower.join().expect("a reader of the log");
        }
        self.log()
    }

    /// Says what its log's reader does, from the next line on.
    pub fn set_log_reader(&self, reader: LogReader) {
        *self.log.reader.lock().expect("log") = reader;
        self.log.reader_changed.notify_all();
    }

    /// The answer to `GET path`.
    pub fn get(&self, path: &str) -> Answer {
        as_documented("get", path, http::get(&format!("{}{path}", self.url)))
    }

    /// The answer to `GET path` of a client that has one with this tag.
    pub fn get_unless(&self, path: &str, known: &str) -> Tagged {
        http::get_unless(&format!("{}{path}", self.url), known)
    }

    /// The body of the answer to `GET path`, which must be 200 and whole.
    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        http::get_bytes(&format!("{}{path}", self.url), &[]).expect("a whole answer")
    }

    /// What `GET /api/export` answers.
    pub fn export(&self, query: &str) -> String {
        self.try_export(query).expect("a whole export")
    }

    /// The same, unless it fails or is cut off.
    pub fn try_export(&self, query: &str) -> Option<String> {
        let exported = http::get_bytes(&format!("{}/api/export{query}", self.url), &[]).ok()?;
        Some(String::from_utf8(exported).expect("UTF-8"))
    }

    /// The same as it is transferred to a client that accepts gzip.
    pub fn export_gzip(&self) -> Vec<u8> {
        let headers = [("accept-encoding", "gzip")];
        http::get_bytes(&format!("{}/api/export", self.url), &headers).expect("a whole export")
    }

    /// The answer to `POST /events` with this body.
    pub fn post(&self, body: &str) -> Answer {
        self.post_bytes(body.as_bytes(), &[])
    }

    /// The answer to `POST /events` with this body and these headers.
    pub fn post_bytes(&self, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        self.post_to("/events", body, headers)
    }

    /// The answer to `POST` with this body and these headers.
    pub fn post_to(&self, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let answer = http::post(&format!("{}{path}", self.url), body, headers);
        as_documented("post", path, answer)
    }

    /// Posts events, all of which must be new and valid.
    pub fn store(&self, events: &[Value]) {
        let data = self.post(&Value::from(events).to_string()).data();
        assert_eq!(data["accepted"], events.len(), "{data}");
    }

    /// The trace's events as clients read them, in the dialect of the SDKs.
    pub fn events(&self, trace_id: &str) -> Vec<Value> {
        let trace = self.get(&format!("/api/traces/{}", percent_encoded(trace_id))).data();
        assert_eq!(trace["trace_id"], trace_id);
        trace["events"].as_array().expect("events").clone()
    }

    /// The trace's events as they were sent, in the same order.
    pub fn sent(&self, trace_id: &str) -> Vec<Value> {
        let export = self.export(&format!("?trace_id={}", percent_encoded(trace_id)));
        export.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
    }

    /// Whether Postgres is there and nothing waits on disk.
    pub fn is_drained(&self) -> bool {
        let Answer { status, json, .. } = self.get("/status");
        let data = &json["data"];
        status == 200 && data["degraded"] == false && data["spool"]["bytes"] == 0
    }

    /// Waits until everything that it has acknowledged is in Postgres.
    pub fn await_drained(&self) {
        self.await_drained_within(DRAIN_LIMIT);
    }

    /// The same, of so much that it takes long.
    pub fn await_drained_within(&self, limit: Duration) {
        await_until("the spool is drained", limit, || self.is_drained());
    }

    /// Ends it without a chance to do anything about it.
    pub fn kill(&mut self) {
        self.process.kill().expect("kill");
        self.process.wait().expect("wait");
    }

    /// Sends SIGHUP and waits for the end.
    pub fn hang_up(&mut self) -> ExitStatus {
        self.send("HUP");
        self.await_end()
    }

    /// Sends a signal, by its name.
    pub fn send(&self, signal: &str) {
        send_signal(signal, self.process.id());
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        self.send_sigterm();
        self.await_end()
    }

    /// Asks it to end.
    pub fn send_sigterm(&self) {
        self.send("TERM");
    }

    /// Waits for the end.
    pub fn await_end(&mut self) -> ExitStatus {
        let mut ended = None;
        await_until("the sidecar ends", STOP_LIMIT, || {
            ended = self.process.try_wait().expect("wait");
            ended.is_some()
        });
        ended.expect("an exit status")
    }

    /// How much of its memory is resident.
    pub fn resident_bytes(&self) -> u64 {
        memory(self.process.id(), "VmRSS")
    }

    /// How much was resident at most since it has started.
    pub fn peak_resident_bytes(&self) -> u64 {
        memory(self.process.id(), "VmHWM")
    }

    /// How many files and connections it has open.
    pub fn open_files(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        files.expect("the process's files").count()
    }
}

impl Drop for Sidecar {
    /// When a test fails, what the sidecar has to say about it is shown.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("log of the sidecar at {}:\n{}", self.url, self.log());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.set_log_reader(LogReader::Gone);
    }
}

/// Whatever is asked in a test, the answer is as docs/openapi.json says.
fn as_documented(method: &str, path: &str, answer: Answer) -> Answer {
    openapi::assert_documented(method, path, answer.status, &answer.json);
    answer
}

fn binary() -> PathBuf {
    let path = std::env::var("TEST_SIDECAR");
    path.expect("TEST_SIDECAR: run the suite with tests/run").into()
}

fn follow(stderr: ChildStderr, log: Arc<Log>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            {
                let mut text = log.text.lock().expect("log");
                text.push_str(&line);
                text.push('\n');
            }
            let waits = |reader: &mut LogReader| *reader == LogReader::Waits;
            let reader = log.reader.lock().expect("log");
            let reader = log.reader_changed.wait_while(reader, waits).expect("log");
            if *reader == LogReader::Gone {
                return;
            }
        }
    })
}

fn listening_url(log: &str) -> Option<String> {
    let (_, after) = log.split_once("listening on ")?;
    // A quotation mark ends it in a log of JSON.
    after.split(['"', ' ', '\n']).next().map(str::to_owned)
}

/// A part of a URL, which stands for this text.
pub fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
