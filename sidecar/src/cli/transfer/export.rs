//! `raceway-sidecar export`

use std::path::Path;

use indicatif::ProgressBar;
use memchr::memchr_iter;
use tokio::task::spawn_blocking;

use super::output::Output;
use super::place::Place;
use super::{ExportArgs, progress};
use crate::cli::CommandError;
use crate::config::Config;
use crate::store::export::{Export, ExportFilter};

/// Writes what there is to a file or to standard output.
pub(crate) async fn run(config: &Config, args: ExportArgs) -> Result<(), CommandError> {
    let ExportArgs { from, until, service, trace_id, url, file } = args;
    let filter = ExportFilter { from, until, service, trace_id };
    let export = Place::of(config, url.as_deref()).await?.export(&filter).await?;
    let written = spawn_blocking(move || write(export, &file, &progress::of_events())).await;
    let events = written.map_err(std::io::Error::from)??;
    eprintln!("exported {events} events");
    Ok(())
}

/// Returns how many events were written.
fn write(mut export: Export, path: &Path, bar: &ProgressBar) -> Result<u64, CommandError> {
    let of_file = |error| CommandError::File { path: path.to_owned(), error };
    let mut output = Output::create(path).map_err(of_file)?;
    while let Some(chunk) = export.blocking_recv() {
        let chunk = chunk.map_err(CommandError::CutOff)?;
        output.write_all(&chunk).map_err(of_file)?;
        bar.inc(memchr_iter(b'\n', &chunk).count() as u64);
    }
    output.finish().map_err(of_file)?;
    bar.finish_and_clear();
    Ok(bar.position())
}
