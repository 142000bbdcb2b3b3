//! The quarantine in a file.

use super::{QuarantineAction, print};
use crate::cli::transfer::{Batch, Sidecar};
use crate::cli::{CommandError, stdout};
use crate::config::Config;
use crate::quarantine::QuarantineFile;
use crate::store::StoreError;

pub(super) async fn run(config: &Config, action: &QuarantineAction) -> Result<(), CommandError> {
    let quarantine = &config.storage.quarantine;
    let file = QuarantineFile::new(&quarantine.path, quarantine.max_bytes);
    match action {
        QuarantineAction::List { json } => print(&file.entries()?, *json)?,
        QuarantineAction::Replay => replay(&Sidecar::of(&config.server)?, &file).await?,
        QuarantineAction::Clear => stdout::print(format_args!("forgot {}", file.take()?.len()))?,
    }
    Ok(())
}

/// Sends everything to the sidecar again, which puts what it still rejects into the file.
async fn replay(sidecar: &Sidecar, file: &QuarantineFile) -> Result<(), CommandError> {
    let mut entries = file.take()?.into_iter();
    let (before, mut stored) = (entries.len(), 0);
    let mut kept = Vec::new();
    let mut result = Ok(());
    for entry in entries.by_ref() {
        let Some(event) = &entry.event else {
            kept.push(entry);
            continue;
        };
        match sidecar.store(&Batch::of(event)).await {
            Ok(tally) => stored += usize::from(tally.rejected == 0),
            Err(StoreError::Refused(_)) => {}
            Err(error) => {
                kept.push(entry);
                result = Err(error.into());
                break;
            }
        }
    }
    kept.extend(entries);
    file.keep(&kept);
    let printed = stdout::print(format_args!("stored {stored}, {} remain", before - stored));
    result.and(printed)
}
