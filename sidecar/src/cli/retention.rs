//! `raceway-sidecar retention`

use std::time::Duration;

use clap::Args;

use super::{CommandError, open, stdout};
use crate::config::Config;

/// `raceway-sidecar retention`
#[derive(Debug, Args)]
pub(super) struct RetentionArgs {
    /// How long events are kept, such as "30 days" [default: keep of the configuration]
    #[arg(long, value_parser = humantime::parse_duration)]
    keep: Option<Duration>,
    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,
}

/// Deletes what is older than is kept, and says how much that was.
pub(super) async fn run(config: &Config, args: RetentionArgs) -> Result<(), CommandError> {
    let keep = args.keep.or(config.retention.keep).ok_or(CommandError::NothingToKeep)?;
    let database = open::database(&config.storage.postgres).await?;
    let deleted = database.retention(keep, args.dry_run).await?;
    let verb = if args.dry_run { "would delete" } else { "deleted" };
    stdout::print(format_args!("{verb}: {deleted}"))
}
