//! The log, on standard error. Nobody waits for it, and nothing fails over it: whoever has something
//! to say leaves it in a queue, and one thread writes what is there, as far as it can be written.
//! Lines for which there is no room, or no way out, are counted, and the log says so itself when it can
//! be written again.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::panic;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Of lines that wait to be written, at most.
const MAX_BYTES: usize = 1 << 20;
/// How long the end of the process waits for what is still to be written.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// That of the process, from the first use on.
static STDERR: LazyLock<Log> = LazyLock::new(|| Log::start(stderr()));

/// A writer that never fails, for [`tracing_subscriber`] and for bars that show progress.
pub(crate) fn writer() -> Log {
    STDERR.clone()
}

/// A line that is not one of the log, such as why a command has failed.
pub(crate) fn tell(line: &str) {
    STDERR.push(format!("{line}\n").into());
}

/// How many lines were lost since the start of the process.
pub(crate) fn lost_lines() -> u64 {
    STDERR.state().lost
}

/// Waits until everything is written, for a second at most: the process is about to end.
pub(crate) fn flush() {
    STDERR.flush(FLUSH_LIMIT);
}

/// Panics go to the log: the standard library would write them to standard error, and wait for it.
pub(crate) fn take_panics() {
    panic::set_hook(Box::new(|panic| {
        let mut message = panic.to_string();
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            message = format!("{message}\n{backtrace}");
        }
        if tracing::dispatcher::has_been_set() {
            tracing::error!("{message}");
        } else {
            tell(&message);
        }
        // It ends the process.
        if thread::current().name() == Some("main") {
            flush();
        }
    }));
}

/// Not by the handle of the standard library: its lock would be held as long as a write takes.
fn stderr() -> Box<dyn Write + Send> {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(stderr) => Box::new(File::from(stderr)),
        Err(_) => Box::new(io::sink()),
    }
}

/// Takes lines.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    /// Of what waits.
    bytes: usize,
    is_writing: bool,
    lost: u64,
}

impl Log {
    /// Starts the thread that writes.
    fn start(sink: Box<dyn Write + Send>) -> Self {
        let log = Log(Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() }));
        let mut writer = Writer { log: log.clone(), sink, told: 0, is_torn: false };
        // Without it, all lines are lost once the queue is full.
        drop(thread::Builder::new().name("log".into()).spawn(move || writer.run()));
        log
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: Vec<u8>) {
        let mut state = self.state();
        if state.bytes + line.len() > MAX_BYTES {
            state.lost += 1;
            return;
        }
        state.bytes += line.len();
        state.waiting.push_back(line);
        self.0.changed.notify_all();
    }

    fn flush(&self, limit: Duration) {
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        drop(self.0.changed.wait_timeout_while(self.state(), limit, is_busy));
    }

    /// Waits for the next line.
    fn next(&self) -> (Vec<u8>, u64) {
        let mut state = self.state();
        state.is_writing = false;
        self.0.changed.notify_all();
        let is_empty = |state: &mut State| state.waiting.is_empty();
        let waited = self.0.changed.wait_while(state, is_empty);
        state = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_writing = true;
        let line = state.waiting.pop_front().unwrap_or_default();
        state.bytes -= line.len();
        (line, state.lost)
    }
}

/// The formatter of [`tracing_subscriber`] writes each line by one call.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// Where its lines appear, which is asked how wide it is.
impl AsRawFd for Log {
    fn as_raw_fd(&self) -> RawFd {
        io::stderr().as_raw_fd()
    }
}

/// What its thread knows.
struct Writer {
    log: Log,
    sink: Box<dyn Write + Send>,
    /// Lost lines that the log has told of.
    told: u64,
    /// Whether a line may have been written in part.
    is_torn: bool,
}

impl Writer {
    fn run(&mut self) {
        loop {
            let (line, lost) = self.log.next();
            if self.tell_of_lost(lost).and_then(|()| self.sink.write_all(&line)).is_err() {
                self.is_torn = true;
                self.log.state().lost += 1;
            }
        }
    }

    fn tell_of_lost(&mut self, lost: u64) -> io::Result<()> {
        if lost == self.told {
            return Ok(());
        }
        let line_break = if self.is_torn { "\n" } else { "" };
        let lines = lost - self.told;
        let told = format!("{line_break}{lines} lines of the log were lost before this one\n");
        self.sink.write_all(told.as_bytes())?;
        (self.told, self.is_torn) = (lost, false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::time::Instant;

    use super::*;

    /// Asks for each write whether it may succeed, and waits for the answer.
    struct Sink {
        allowed: Receiver<bool>,
        written: Sender<String>,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.allowed.recv() {
                Ok(true) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    self.written.send(text).map_err(io::Error::other)?;
                    Ok(bytes.len())
                }
                _ => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log() -> (Log, Sender<bool>, Receiver<String>) {
        let ((allow, allowed), (written, lines)) = (mpsc::channel(), mpsc::channel());
        (Log::start(Box::new(Sink { allowed, written })), allow, lines)
    }

    fn say(log: &Log, line: &str) {
        log.push(format!("{line}\n").into());
    }

    fn flush(log: &Log) {
        const LONG: Duration = Duration::from_secs(30);
        let start = Instant::now();
        log.flush(LONG);
        assert!(start.elapsed() < LONG, "the log is not written");
    }

    #[test]
    fn what_could_not_be_written_is_told_when_it_can() {
        let (log, allow, lines) = log();
        for is_allowed in [true, false, false, false, true, true, true, true] {
            allow.send(is_allowed).expect("a log");
        }
        for line in ["first", "lost", "lost", "lost", "second", "third"] {
            say(&log, line);
        }
        flush(&log);
        let told = "\n3 lines of the log were lost before this one\n";
        let written: String = lines.try_iter().collect();
        assert_eq!(written, format!("first\n{told}second\nthird\n"));
        assert_eq!(log.state().lost, 3);
    }

    #[test]
    fn nobody_waits_for_a_log_that_is_stuck() {
        const LINES: u64 = 100;
        let (log, allow, lines) = log();
        let line = "x".repeat(MAX_BYTES / 20);
        (0..LINES).for_each(|_| say(&log, &line));
        log.flush(Duration::from_millis(1));
        let lost = log.state().lost;
        assert!((LINES - 22..LINES - 17).contains(&lost), "{lost} were lost");
        (0..LINES).for_each(|_| allow.send(true).expect("a log"));
        flush(&log);
        let written = lines.try_iter().collect::<String>();
        assert_eq!(written.matches("x\n").count() as u64, LINES - lost);
        // More than one, if the first line is taken late.
        let notices = written
            .lines()
            .filter_map(|line| line.strip_suffix(" lines of the log were lost before this one"));
        let told: u64 = notices.map(|lines| lines.parse::<u64>().expect("a number")).sum();
        assert_eq!(told, lost);
    }
}
