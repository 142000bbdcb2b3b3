//! `raceway-sidecar export`

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use memchr::memchr_iter;
use tokio::task::spawn_blocking;

use super::output::Output;
use super::place::Place;
use super::{ExportArgs, progress};
use crate::cli::CommandError;
use crate::config::Config;
use crate::log;
use crate::store::export::{Export, ExportFilter};

/// Writes what there is to a file or to standard output.
pub(crate) async fn run(config: &Config, args: ExportArgs) -> Result<(), CommandError> {
    let ExportArgs { from, until, service, trace_id, url, file } = args;
    let filter = ExportFilter { from, until, service, trace_id };
    let export = Place::of(config, url.as_deref()).await?.export(&filter).await?;
    let events = write_with(progress::of_events(), export, file).await?;
    log::tell(&format!("exported {events} events"));
    Ok(())
}

/// Writes an export to a file; returns how many events it has.
pub(crate) async fn write(export: Export, path: &Path) -> Result<u64, CommandError> {
    write_with(ProgressBar::hidden(), export, path.to_owned()).await
}

async fn write_with(bar: ProgressBar, export: Export, file: PathBuf) -> Result<u64, CommandError> {
    let written = spawn_blocking(move || write_lines(export, &file, &bar)).await;
    written.map_err(std::io::Error::from)?
}

/// Returns how many events were written.
fn write_lines(mut export: Export, path: &Path, bar: &ProgressBar) -> Result<u64, CommandError> {
    let of_file = |error| {
        if path == Path::new("-") {
            CommandError::Stdout(error)
        } else {
            CommandError::File { path: path.to_owned(), error }
        }
    };
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
