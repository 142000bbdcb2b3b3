//! `raceway-sidecar import`

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinSet, spawn_blocking};

use super::batches::{self, Batch};
use super::compression::Compression;
use super::documents::{self, Stop};
use super::place::Place;
use super::tally::Tally;
use super::{ImportArgs, progress};
use crate::cli::reach::Address;
use crate::cli::{CommandError, stdout};
use crate::config::Config;
use crate::store::{Store, StoreError};

/// Batches that are being stored at once: so many keep a sidecar, and Postgres, busy.
const IN_FLIGHT: usize = 4;

/// Stores what is in a file, and says what became of it.
pub(crate) async fn run(config: &Config, args: ImportArgs) -> Result<(), CommandError> {
    let ImportArgs { url, cacert, file } = args;
    let address = Address { url: url.as_deref(), cacert: cacert.as_deref() };
    let of_file = |error| CommandError::File { path: file.clone(), error };
    let target = Place::of(config, address).await?;
    let (text, bar) = open(&file).map_err(of_file)?;
    let (tally, read) = store(text, target).await?;
    bar.finish_and_clear();
    let printed = stdout::print(&tally);
    read.map_err(of_file)?;
    tally.into_result().and(printed)
}

/// Stores what is in a file, in the store of this process; says what became of what could be read,
/// and whether all could.
pub(crate) async fn restore(
    file: File,
    path: &Path,
    target: Arc<dyn Store>,
) -> Result<(Tally, io::Result<()>), CommandError> {
    Ok(store(Compression::of(path).reader(file)?, Place::Here(target)).await?)
}

/// The file's text; `-` is standard input. The bar follows what is read.
fn open(path: &Path) -> io::Result<(Box<dyn Read + Send>, ProgressBar)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), ProgressBar::hidden()));
    }
    let file = File::open(path)?;
    let bar = progress::of_bytes(file.metadata()?.len());
    Ok((Compression::of(path).reader(bar.wrap_read(file))?, bar))
}

/// Stores every event of a text; returns what became of what could be read, and whether all could.
pub(super) async fn store(
    text: impl Read + Send + 'static,
    target: Place,
) -> Result<(Tally, io::Result<()>), StoreError> {
    let (mut batches, full) = batches::channel();
    let reader = spawn_blocking(move || {
        let read = documents::read(BufReader::with_capacity(1 << 18, text), &mut batches);
        // What came before the end, whatever that is.
        batches.flush()?;
        read
    });
    let tally = store_batches(full, target).await?;
    let read = match reader.await {
        Ok(Err(Stop::Failed(error))) => Err(error),
        Ok(Err(Stop::Abandoned) | Ok(())) => Ok(()),
        Err(panic) => Err(panic.into()),
    };
    Ok((tally, read))
}

/// Several at once; the first that can't be stored ends it.
async fn store_batches(batches: mpsc::Receiver<Batch>, target: Place) -> Result<Tally, StoreError> {
    let batches = Arc::new(Mutex::new(batches));
    let mut writers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        writers.spawn(write(Arc::clone(&batches), target.clone()));
    }
    drop(batches);
    let mut tally = Tally::default();
    while let Some(written) = writers.join_next().await {
        let written = written.map_err(|error| StoreError::Internal(error.to_string()))??;
        tally.add(&written);
    }
    Ok(tally)
}

async fn write(
    batches: Arc<Mutex<mpsc::Receiver<Batch>>>,
    target: Place,
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    while let Some(batch) = next(&batches).await {
        if batch.unreadable > 0 {
            tally.add(&Tally::refused(batch.unreadable, "expected UTF-8"));
        }
        if batch.events > 0 {
            tally.add(&target.store(batch).await?);
        }
    }
    Ok(tally)
}

async fn next(batches: &Mutex<mpsc::Receiver<Batch>>) -> Option<Batch> {
    batches.lock().await.recv().await
}
