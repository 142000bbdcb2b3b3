//! Processes as the operating system sees them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Sends a signal by its name; a process that has ended already needs none.
pub fn send_signal(name: &str, process: u32) {
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).arg(process.to_string());
    drop(command.output().expect("kill"));
}

/// A line of the process's status in bytes, such as `VmRSS`: what is resident now.
pub fn memory(process: u32, line: &str) -> u64 {
    bytes(&format!("/proc/{process}/status"), line)
}

/// A line such as `VmRSS:  1024 kB` of a file.
fn bytes(file: &str, line: &str) -> u64 {
    let text = fs::read_to_string(file).expect(file);
    let value = text.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = value.and_then(|value| value.trim().strip_suffix(" kB"));
    kilobytes.and_then(|number| number.parse::<u64>().ok()).expect("kilobytes") * 1024
}

/// How much memory this process might have: that of the machine, and of the control groups that it is
/// in, in bytes.
pub fn memory_limits() -> Vec<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let limits = Path::new(group).ancestors().filter_map(|group| {
        let limit = Path::new("/sys/fs/cgroup").join(group).join("memory.max");
        fs::read_to_string(limit).ok()?.trim().parse().ok()
    });
    limits.chain([bytes("/proc/meminfo", "MemTotal")]).collect()
}

/// The processes that this one has started.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|&child| parent(child) == Some(process)).collect()
}

/// Whether a process is there and not only its entry, which waits for its parent.
pub(crate) fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

fn parent(process: u32) -> Option<u32> {
    stat(process).map(|(_, parent)| parent)
}

/// State and parent: what follows the name, which may hold blanks and parentheses.
fn stat(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
