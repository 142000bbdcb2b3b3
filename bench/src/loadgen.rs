//! The load generator, a program of its own. No two calls send the same events.

use std::cell::Cell;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::NamedTempFile;

/// Hands out seeds; a seed decides every id.
#[derive(Default)]
pub(crate) struct Loadgen {
    last_seed: Cell<u32>,
}

/// What the load generator has seen of the server.
pub(crate) struct Served {
    pub(crate) events_per_second: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Loadgen {
    /// New events as JSON, a text for each batch.
    pub(crate) fn dump(&self, events: u32, batch: u32) -> Vec<String> {
        let file = NamedTempFile::new().expect("temporary file");
        // Nothing is sent, whatever the address.
        run(self.command("127.0.0.1:1", events, batch).arg("--dump").arg(file.path()));
        let text = fs::read_to_string(file.path()).expect("a dump");
        text.lines().map(str::to_owned).collect()
    }

    /// Posts new events over this many connections; the server must take them all.
    pub(crate) fn post(&self, url: &str, events: u32, batch: u32, connections: u32) -> Served {
        self.post_with(&[], url, events, batch, connections)
    }

    /// The same with further arguments of the load generator.
    pub(crate) fn post_with(
        &self,
        arguments: &[&str],
        url: &str,
        events: u32,
        batch: u32,
        connections: u32,
    ) -> Served {
        let address = url.trim_start_matches("http://");
        let mut command = self.command(address, events, batch);
        command.args(["--conns", &connections.to_string()]).args(arguments);
        let printed = run(&mut command);
        let number = |name: &str| -> f64 {
            let mut words = printed.split_whitespace();
            let value = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("{name}: {printed}"))
        };
        assert!((number("acked_events") - f64::from(events)).abs() < 0.5, "{printed}");
        Served {
            events_per_second: number("events_per_s"),
            median_ms: number("p50_ms"),
            p99_ms: number("p99_ms"),
        }
    }

    fn command(&self, address: &str, events: u32, batch: u32) -> Command {
        let program =
            std::env::var("BENCH_LOADGEN").expect("BENCH_LOADGEN: start it with bench/run");
        self.last_seed.set(self.last_seed.get() + 1);
        let mut command = Command::new(program);
        command.arg(address);
        for (name, value) in
            [("--events", events), ("--batch", batch), ("--seed", self.last_seed.get())]
        {
            command.args([name, &value.to_string()]);
        }
        command
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("loadgen");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("what loadgen prints")
}

/// The events of a dumped batch.
pub(crate) fn events_of(batch: &str) -> Vec<Value> {
    let mut batch: Value = serde_json::from_str(batch).expect("JSON");
    let Value::Array(events) = batch["events"].take() else { panic!("events: {batch}") };
    events
}
