//! `raceway-sidecar quarantine`

mod of_memory;
mod of_postgres;

use clap::Subcommand;

use super::{CommandError, stdout};
use crate::config::{Backend, Config};
use crate::quarantine::Entry;

/// What to do with rejected events.
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineAction {
    /// Print them, oldest first
    List {
        /// As newline-delimited JSON, with the events themselves
        #[arg(long)]
        json: bool,
    },
    /// Store those that can be stored now. In memory: by the sidecar that is running
    Replay,
    /// Forget them, but for what was acknowledged
    Clear,
}

pub(super) async fn run(config: &Config, action: QuarantineAction) -> Result<(), CommandError> {
    match config.storage.backend {
        Backend::Memory => of_memory::run(config, &action).await,
        Backend::Postgres | Backend::Supabase => {
            of_postgres::run(&config.storage.postgres, &action).await
        }
    }
}

fn print(entries: &[Entry], json: bool) -> Result<(), CommandError> {
    for entry in entries {
        if json {
            stdout::print(serde_json::to_string(entry).map_err(std::io::Error::from)?)?;
        } else {
            let id = entry.event_id.as_deref().unwrap_or("-").escape_debug();
            let Entry { received_at, source, reason, .. } = entry;
            stdout::print(format_args!("{received_at}  {source}  {id}  {reason}"))?;
        }
    }
    Ok(())
}
