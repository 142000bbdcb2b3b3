//! `[storage.memory]`

use std::path::PathBuf;
use std::time::Duration;

use raceway_memory::Limits;
use serde::{Deserialize, Serialize};
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

/// Of the memory that there is, the store takes this part where nothing is said.
const DEFAULT_PART: u64 = 4;
/// Where the system does not tell how much there is.
const FALLBACK_BYTES: u64 = 1 << 30;

/// How long events are kept where the backend is memory. The oldest traces go first: those to which
/// nothing has come for longest.
#[derive(Debug, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// Of events, with all that belongs to them; a quarter of the memory that there is by default.
    max_bytes: Option<usize>,
    max_events: Option<u64>,
    /// Since the last event of a trace came, such as `7 days`.
    #[serde(with = "humantime_serde")]
    max_age: Option<Duration>,
    /// A file that keeps the events over a restart; compressed if it ends in `.gz` or `.zst`.
    pub(crate) snapshot: Option<PathBuf>,
    /// Between two snapshots, such as `5 min`.
    #[serde(with = "humantime_serde")]
    pub(crate) snapshot_interval: Duration,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            max_bytes: None,
            max_events: None,
            max_age: None,
            snapshot: None,
            snapshot_interval: Duration::from_mins(5),
        }
    }
}

impl Memory {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_bytes: self.max_bytes.unwrap_or_else(default_max_bytes),
            max_events: self.max_events.unwrap_or(u64::MAX),
            max_age: self.max_age,
        }
    }
}

fn default_max_bytes() -> usize {
    let bytes = available_memory().map_or(FALLBACK_BYTES, |bytes| bytes / DEFAULT_PART);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The memory of the machine, or of the control group that this process is in, if that is less.
pub(crate) fn available_memory() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = Some(system.total_memory()).filter(|&bytes| bytes > 0)?;
    let group = sysinfo::get_current_pid().ok().and_then(|this| {
        let kind = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[this]), false, kind);
        system.process(this)?.cgroup_limits()
    });
    Some(group.map_or(machine, |group| group.total_memory.min(machine)))
}
