//! What the system says of this process, by the names that all programs use.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use super::families::{Families, float};

/// What can't be read is left out.
pub(super) fn add(families: &mut Families, uptime: Duration) {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let started = started.saturating_sub(uptime).as_secs_f64();
    families.gauge(
        ("process_start_time_seconds", "When the process started, in seconds since 1970."),
        started,
    );
    families.seconds(
        ("process_cpu_seconds_total", "Time that processors have spent in the process."),
        [(vec![], processor_seconds())],
    );
    if let Some(bytes) = resident_bytes() {
        families.gauge(
            ("process_resident_memory_bytes", "Memory of the process that is resident."),
            float(bytes),
        );
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // One of them reads the folder.
        let files = files.count().saturating_sub(1) as u64;
        families.gauge(("process_open_fds", "Files and connections that are open."), float(files));
    }
    if let Ok((most, _)) = rlimit::Resource::NOFILE.get() {
        families.gauge(("process_max_fds", "Files and connections that may be open."), float(most));
    }
}

#[allow(clippy::cast_precision_loss, reason = "a metric has 53 bits")]
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
