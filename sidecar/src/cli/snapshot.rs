//! `[storage.memory] snapshot`: a file that keeps the events over a restart.
//!
//! It is an export: newline-delimited JSON that `import` reads too.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
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
        let file = Arc::new(SnapshotFile {
            store,
            path,
            is_restored: AtomicBool::new(false),
            written: Mutex::default(),
        });
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
        if let Err(error) = file.write_if_changed().await {
            tracing::error!(%error, "no snapshot");
        }
    }
}

struct SnapshotFile {
    store: Arc<LocalStore>,
    path: PathBuf,
    is_restored: AtomicBool,
    /// What there was when it was written. What came while it was read is in no file yet.
    written: Mutex<Usage>,
}

impl SnapshotFile {
    /// What can't be read is set aside: the next snapshot takes the file's name.
    async fn restore(&self) {
        if let Err(error) = self.try_to_restore().await {
            let aside = self.path.with_added_extension("damaged");
            tracing::error!(%error, path = %self.path.display(), aside = %aside.display(),
                            "the snapshot can't be read to its end, and is set aside");
            if let Err(error) = fs::rename(&self.path, &aside) {
                tracing::error!(%error, "it can't be set aside");
            }
        }
        self.store.set_restoring(false);
    }

    async fn try_to_restore(&self) -> Result<(), CommandError> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let store = Arc::clone(&self.store) as Arc<dyn Store>;
        let tally = transfer::restore(file, &self.path, store).await?;
        tracing::info!(path = %self.path.display(), "the snapshot is read: {tally}");
        Ok(())
    }

    async fn write_if_changed(&self) -> Result<(), CommandError> {
        let mut written = self.written.lock().await;
        let usage = self.store.usage();
        if usage == *written {
            return Ok(());
        }
        let export = Arc::clone(&self.store).export(ExportFilter::default()).await?;
        let events = transfer::write(export, &self.path).await?;
        tracing::debug!(events, path = %self.path.display(), "snapshot");
        *written = usage;
        Ok(())
    }
}
