//! Where events wait while Postgres is away.

use indicatif::HumanBytes;
use raceway_spool::{Contents, inspect};

use super::files::{room, writable_folder};
use super::verdict::{Unchecked, Verdict};
use crate::config::{Fallback, FallbackMode};

pub(super) fn check(config: &Fallback) -> Result<Verdict, Unchecked> {
    const SPOOL: &str = "mode = \"spool\" in [storage.fallback]";
    match config.mode {
        FallbackMode::Spool => check_folder(config),
        FallbackMode::Memory => Ok(Verdict::warning(
            "events wait in memory while Postgres is away, and a crash loses them",
            SPOOL,
        )),
        FallbackMode::Off => Ok(Verdict::warning(
            "bodies are refused while Postgres is away, and most SDKs lose what is refused",
            SPOOL,
        )),
    }
}

fn check_folder(config: &Fallback) -> Result<Verdict, Unchecked> {
    let path = std::path::absolute(&config.path).unwrap_or_else(|_| config.path.clone());
    let path = path.display();
    let unchecked = |error: std::io::Error| Unchecked(format!("{path}: {error}"));
    match writable_folder(&config.path) {
        Err(error) => Ok(Verdict::problem(
            format!("{path} can't be written: {error}"),
            format!("mkdir -p {path}; then give it to the user of the sidecar, mode 0700"),
        )),
        Ok(there) => {
            let free = room(&there).map_err(unchecked)?.free;
            let contents = inspect(&config.path).map_err(unchecked)?;
            Ok(judge(&path.to_string(), contents, free, config.max_bytes))
        }
    }
}

fn judge(path: &str, contents: Contents, free: u64, max_bytes: u64) -> Verdict {
    /// Less is soon gone.
    const NONE: u64 = 64 << 20;
    let Contents { bytes, damaged } = contents;
    let message = format!(
        "{path}: {} of {} wait, {} are free on its disk",
        HumanBytes(bytes),
        HumanBytes(max_bytes),
        HumanBytes(free)
    );
    let left = max_bytes.saturating_sub(bytes);
    if left < max_bytes / 10 || free < NONE {
        let message = format!("{message}: bodies are refused when it is full");
        Verdict::problem(message, "Postgres back, or more room: max_bytes in [storage.fallback]")
    } else if free < left {
        let fitting = bytes.saturating_add(free / 10 * 9);
        let message = format!("{message}: the disk is full before the spool is");
        Verdict::warning(
            message,
            format!("max_bytes = {fitting} in [storage.fallback], or make room"),
        )
    } else if damaged > 0 {
        let message = format!("{message}; {damaged} damaged pieces were set aside");
        Verdict::warning(message, format!("look at them, then rm {path}/damaged-*"))
    } else if bytes > 0 {
        Verdict::warning(message, "raceway-sidecar serve, which sends them to Postgres")
    } else {
        Verdict::ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_spool_is_empty_and_has_room() {
        const GIB: u64 = 1 << 30;
        for (bytes, damaged, free, expected) in [
            (0, 0, 5 * GIB, Status::Ok),
            (1, 0, 5 * GIB, Status::Warning),
            (0, 1, 5 * GIB, Status::Warning),
            (0, 0, 3 * GIB, Status::Warning),
            (2 * GIB, 0, 3 * GIB, Status::Warning),
            (0, 0, GIB / 100, Status::Problem),
            (4 * GIB, 0, 5 * GIB, Status::Problem),
        ] {
            let verdict = judge("spool", Contents { bytes, damaged }, free, 4 * GIB);
            assert_eq!(verdict.status, expected, "{bytes} {damaged} {free}");
        }
    }
}
