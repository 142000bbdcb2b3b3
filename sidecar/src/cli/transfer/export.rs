//! `raceway-sidecar export`

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use memchr::memchr_iter;
use tokio::task::spawn_blocking;

use super::output::Output;
use super::place::Place;
use super::taken::Taken;
use super::{ExportArgs, progress};
use crate::cli::CommandError;
use crate::cli::reach::Address;
use crate::config::Config;
use crate::log;
use crate::store::StoreError;
use crate::store::chunks::Chunks;
use crate::store::export::ExportFilter;

/// Writes what there is to a file or to standard output.
pub(crate) async fn run(config: &Config, args: ExportArgs) -> Result<(), CommandError> {
    if let Some(taken) = Taken::of(&args)? {
        let place = Place::of(config, address(&args)).await?;
        write_with(ProgressBar::hidden(), place.take(&taken).await?, args.file).await?;
        log::tell(&format!("exported trace {:?}", taken.trace_id));
        return Ok(());
    }
    let place = Place::of(config, address(&args)).await?;
    let ExportArgs { from, until, service, trace_id, file, .. } = args;
    let filter = ExportFilter { from, until, service, trace_id, ..ExportFilter::default() };
    let export = place.export(&filter).await?;
    let events = write_with(progress::of_events(), export, file).await?;
    log::tell(&format!("exported {events} events"));
    Ok(())
}

fn address(args: &ExportArgs) -> Address<'_> {
    Address { url: args.url.as_deref(), cacert: args.cacert.as_deref() }
}

/// Writes an export to a file; returns how many events it has.
pub(crate) async fn write(export: Chunks, path: &Path) -> Result<u64, CommandError> {
    write_with(ProgressBar::hidden(), export, path.to_owned()).await
}

async fn write_with(bar: ProgressBar, export: Chunks, file: PathBuf) -> Result<u64, CommandError> {
    let written = spawn_blocking(move || write_lines(export, &file, &bar)).await;
    written.map_err(std::io::Error::from)?
}

/// Returns how many events were written.
fn write_lines(mut export: Chunks, path: &Path, bar: &ProgressBar) -> Result<u64, CommandError> {
    let of_file = |error| {
        if path == Path::new("-") {
            CommandError::Stdout(error)
        } else {
            CommandError::File { path: path.to_owned(), error }
        }
    };
    let mut output = Output::create(path).map_err(of_file)?;
    while let Some(chunk) = export.blocking_next() {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) if bar.position() == 0 => return Err(CommandError::CutOff(error)),
            Err(error) => return Err(cut_off(error, output.keep_partial().map_err(of_file)?)),
        };
        output.write_all(&chunk).map_err(of_file)?;
        bar.inc(memchr_iter(b'\n', &chunk).count() as u64);
    }
    output.finish().map_err(of_file)?;
    bar.finish_and_clear();
    Ok(bar.position())
}

fn cut_off(error: StoreError, partial: Option<PathBuf>) -> CommandError {
    match partial {
        Some(path) => CommandError::Partial { error, path },
        None => CommandError::CutOff(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::write;
    use crate::cli::CommandError;
    use crate::store::StoreError;
    use crate::store::export::channel;

    #[tokio::test]
    async fn a_part_takes_the_place_of_nothing() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("events.ndjson");
        let (mut lines, export) = channel();
        lines.push("1").await.expect("a reader");
        lines.push("2").await.expect("a reader");
        lines.end(Ok(())).await;
        assert_eq!(write(export, &path).await.expect("a whole export"), 2);

        // One says why it ends too early, one is just gone, and one has nothing.
        let (mut lines, export) = channel();
        lines.push("3").await.expect("a reader");
        lines.end(Err(StoreError::Internal("broken".into()))).await;
        let error = write(export, &path).await.expect_err("no export");
        let partial = folder.path().join("events.ndjson.partial");
        let expected = format!("broken; what there is of it is in {}", partial.display());
        assert!(error.to_string().ends_with(&expected), "{error}");
        assert_eq!(fs::read_to_string(&partial).expect("a part"), "3\n");
        let (mut lines, export) = channel();
        lines.forward(b"4\n".to_vec()).await.expect("a reader");
        drop(lines);
        assert!(matches!(write(export, &path).await, Err(CommandError::Partial { .. })));
        assert_eq!(fs::read_to_string(&partial).expect("a part"), "4\n");
        let (lines, export) = channel();
        drop(lines);
        assert!(matches!(write(export, &path).await, Err(CommandError::CutOff(_))));
        assert_eq!(fs::read_to_string(&path).expect("the export"), "1\n2\n");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }
}
