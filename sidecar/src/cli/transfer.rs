//! `raceway-sidecar export`, `import` and `move`: events from where they are to where they should be.

mod batches;
mod compression;
mod documents;
mod export;
mod import;
mod output;
mod place;
mod progress;
mod relocate;
mod sidecar;
mod taken;
mod tally;

use std::path::PathBuf;

use clap::Args;
use raceway_model::Timestamp;

use crate::takeout::FileFormat;

pub(super) use batches::Batch;
pub(super) use export::{run as export, write};
pub(super) use import::{restore, run as import};
pub(super) use output::sync_folder;
pub(super) use relocate::run as relocate;
pub(super) use sidecar::Sidecar;

/// `raceway-sidecar export`
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// What is written; all but ndjson are of one trace
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Only traces that start at this time (RFC 3339) or later; in other formats, only events since then
    #[arg(long, value_parser = instant)]
    from: Option<Timestamp>,
    /// Only traces that start before this time; in other formats, only events before then
    #[arg(long, value_parser = instant)]
    until: Option<Timestamp>,
    /// Only traces in which this service took part
    #[arg(long)]
    service: Option<String>,
    /// Only this trace
    #[arg(long)]
    trace_id: Option<String>,
    /// A running sidecar [default: where the backend is memory, the one of the configuration]
    #[arg(long)]
    url: Option<String>,
    /// Certificates to trust besides those of this machine, in PEM format
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Compressed if it ends in .gz or .zst; - is standard output
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// `raceway-sidecar import`
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// A running sidecar [default: where the backend is memory, the one of the configuration]
    #[arg(long)]
    url: Option<String>,
    /// Certificates to trust besides those of this machine, in PEM format
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Events as POST /events takes them, or an answer of GET /api/traces/{id}; compressed if it
    /// ends in .gz or .zst; - is standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// `raceway-sidecar move`
#[derive(Debug, Args)]
pub(super) struct MoveArgs {
    /// A running sidecar (http://host:port or https://host:port), or a database (postgres://...)
    #[arg(long)]
    from: String,
    /// The same, for where the events go
    #[arg(long)]
    to: String,
    /// Certificates to trust besides those of this machine, in PEM format
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
}

/// An instant, from an argument.
pub(super) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("expected an RFC 3339 date-time")
}
