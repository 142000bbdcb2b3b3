//! `[storage.memory] snapshot`: a file that keeps the events over a restart.
//!
//! It is an export: newline-delimited JSON that `import` reads too. A new one takes its place when it
//! is whole, and not before the old one is kept under another name where that has more.

use std::fs::{self, File};
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use raceway_memory::Usage;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::CommandError;
use super::transfer;
use crate::config;
use crate::store::Store;
use crate::store::export::ExportFilter;
use crate::store::memory::LocalStore;
use crate::task;

/// Restores at start, and writes from time to time and at the end.
pub(super) struct Snapshot {
    file: Arc<SnapshotFile>,
    task: JoinHandle<()>,
    stop: watch::Sender<()>,
}

impl Snapshot {
    /// Events can be sent and read while those of the file come back.
    pub(super) fn start(store: Arc<LocalStore>, config: &config::Memory) -> Option<Self> {
        let (stop, stopped) = watch::channel(());
        let (path, interval) = (config.snapshot.clone()?, config.snapshot_interval);
        store.set_restoring(true);
        let file = Arc::new(SnapshotFile::new(store, path));
        let kept = Arc::clone(&file);
        let task = task::keep_running("snapshot", move || {
            keep(Arc::clone(&kept), interval, stopped.clone())
        });
        Some(Snapshot { file, task, stop })
    }

    /// Writes what there is now.
    pub(super) async fn finish(self) -> Result<(), CommandError> {
        drop(self.stop);
        self.task.await.map_err(io::Error::from)?;
        self.file.write_if_changed().await
    }
}

async fn keep(file: Arc<SnapshotFile>, interval: Duration, mut stopped: watch::Receiver<()>) {
    if !file.is_restored.load(Ordering::Relaxed) {
        file.restore().await;
        file.is_restored.store(true, Ordering::Relaxed);
    }
    while timeout(interval, stopped.changed()).await.is_err() {
        // The log says why not; the next one may be written.
        drop(file.write_if_changed().await);
    }
}

struct SnapshotFile {
    store: Arc<LocalStore>,
    path: PathBuf,
    is_restored: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the store held when the file was written. What came before that is in no file yet.
    written: Usage,
    /// The file that was there has something that the store has not: it is kept.
    is_incomplete: bool,
}

impl SnapshotFile {
    fn new(store: Arc<LocalStore>, path: PathBuf) -> Self {
        SnapshotFile { store, path, is_restored: AtomicBool::new(false), state: Mutex::default() }
    }

    async fn restore(&self) {
        let is_incomplete = match self.read().await {
            Ok(is_whole) => !is_whole,
            Err(error) => {
                tracing::error!(%error, path = %self.path.display(),
                                "the snapshot can't be read to its end, and is kept");
                true
            }
        };
        self.state.lock().await.is_incomplete = is_incomplete;
        self.store.set_restoring(false);
    }

    /// Whether every event of the file is in the store now.
    async fn read(&self) -> Result<bool, CommandError> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            file => file?,
        };
        let store = Arc::clone(&self.store) as Arc<dyn Store>;
        let (tally, read) = transfer::restore(file, &self.path, store).await?;
        tracing::info!(path = %self.path.display(), "the snapshot is read: {tally}");
        if tally.evicted > 0 {
            tracing::warn!(evicted = tally.evicted, "the snapshot has more than the limits allow");
        }
        if tally.rejected > 0 {
            tracing::error!(rejected = tally.rejected, path = %self.path.display(),
                            "the snapshot has events that are rejected now, and is kept");
        }
        read?;
        Ok(tally.rejected == 0)
    }

    async fn write_if_changed(&self) -> Result<(), CommandError> {
        let mut state = self.state.lock().await;
        let usage = self.store.usage();
        if usage == state.written {
            return Ok(());
        }
        let written = self.write(&mut state).await;
        match &written {
            Ok(events) => tracing::debug!(events, path = %self.path.display(), "snapshot"),
            Err(error) => tracing::error!(%error, "no snapshot"),
        }
        written?;
        state.written = usage;
        Ok(())
    }

    async fn write(&self, state: &mut State) -> Result<u64, CommandError> {
        if state.is_incomplete {
            self.keep_old()?;
            state.is_incomplete = false;
        }
        let export = Arc::clone(&self.store).export(ExportFilter::default()).await?;
        transfer::write(export, &self.path).await
    }

    /// Gives the file that is there one more name, which no snapshot will take; where the file system
    /// has no links, another name.
    fn keep_old(&self) -> Result<(), CommandError> {
        if !self.path.exists() {
            return Ok(());
        }
        let old = free_name(&self.path);
        let of_file = |error| CommandError::File { path: old.clone(), error };
        fs::hard_link(&self.path, &old)
            .or_else(|_| fs::rename(&self.path, &old))
            .and_then(|()| transfer::sync_folder(&old))
            .map_err(of_file)?;
        tracing::warn!(old = %old.display(), "the snapshot that was there is kept");
        Ok(())
    }
}

/// `.old`, or else `.old.1`, and so on.
fn free_name(path: &Path) -> PathBuf {
    let old = path.with_added_extension("old");
    let others = (1..).map(|number| old.with_added_extension(number.to_string()));
    iter::once(old.clone()).chain(others).find(|name| !name.exists()).unwrap_or(old)
}
