//! What there is to look at where events are kept in memory.

use std::path::Path;

use indicatif::HumanBytes;

use super::files::{room, writable_file};
use super::verdict::Verdict;
use super::{Finding, finding};
use crate::config::{Config, available_memory};

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let storage = &config.storage;
    let max_bytes = u64::try_from(storage.memory.limits().max_bytes).unwrap_or(u64::MAX);
    let snapshot = match &storage.memory.snapshot {
        Some(path) => check_file(path, "snapshot in [storage.memory]"),
        None => Verdict::ok("none: events do not survive a restart"),
    };
    let quarantine = check_file(&storage.quarantine.path, "path in [storage.quarantine]");
    vec![
        finding("memory", Ok(judge(max_bytes, available_memory()))),
        finding("snapshot", Ok(snapshot)),
        finding("quarantine", Ok(quarantine)),
    ]
}

fn judge(max_bytes: u64, available: Option<u64>) -> Verdict {
    let limit = HumanBytes(max_bytes);
    let message = format!("events are kept in memory: {limit} of them, and a crash loses them");
    match available {
        None => Verdict::ok(message),
        Some(available) if max_bytes > available / 10 * 8 => Verdict::problem(
            format!("{message}; there are {} of memory", HumanBytes(available)),
            format!("max_bytes = {} in [storage.memory]", available / 4),
        ),
        Some(available) => Verdict::ok(format!("{message}; memory: {}", HumanBytes(available))),
    }
}

fn check_file(path: &Path, key: &str) -> Verdict {
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = place.display();
    match writable_file(path).and_then(|folder| room(&folder)) {
        Ok(room) => Verdict::ok(format!("{place}: {} are free on its disk", HumanBytes(room.free))),
        Err(error) => Verdict::problem(
            format!("{place} can't be written: {error}"),
            format!("let the user of the sidecar write it, or another {key}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_limit_must_fit_into_the_memory() {
        assert_eq!(judge(80, Some(100)).status, Status::Ok);
        assert_eq!(judge(81, Some(100)).status, Status::Problem);
        assert_eq!(judge(81, None).status, Status::Ok);
    }
}
