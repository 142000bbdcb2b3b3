//! `[storage.memory] snapshot`: a file that keeps the events over a restart.
//!
//! It is an export: newline-delimited JSON that `import` reads too.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use raceway_memory::Usage;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::CommandError;
use super::transfer;
use crate::config;
use crate::store::Store;
use crate::store::export::ExportFilter;
use crate::store::memory::LocalStore;

/// Restores at start, and writes from time to time and at the end.
pub(super) struct Snapshot {
    task: JoinHandle<Result<(), CommandError>>,
    stop: oneshot::Sender<()>,
}

impl Snapshot {
    /// Events can be sent and read while those of the file come back.
    pub(super) fn start(store: Arc<LocalStore>, config: &config::Memory) -> Option<Self> {
        let (stop, stopped) = oneshot::channel();
        let (path, interval) = (config.snapshot.clone()?, config.snapshot_interval);
        store.set_restoring(true);
        let task = tokio::spawn(keep(SnapshotFile { store, path }, interval, stopped));
        Some(Snapshot { task, stop })
    }

    /// Writes what there is now.
    pub(super) async fn finish(self) -> Result<(), CommandError> {
        drop(self.stop);
        self.task.await.map_err(io::Error::from)?
    }
}

async fn keep(
    file: SnapshotFile,
    interval: Duration,
    mut stopped: oneshot::Receiver<()>,
) -> Result<(), CommandError> {
    file.restore().await;
    // What came meanwhile is in no file yet.
    let mut written = Usage::default();
    while timeout(interval, &mut stopped).await.is_err() {
        if let Err(error) = file.write_if_changed(&mut written).await {
            tracing::error!(%error, "no snapshot");
        }
    }
    file.write_if_changed(&mut written).await
}

struct SnapshotFile {
    store: Arc<LocalStore>,
    path: PathBuf,
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

    async fn write_if_changed(&self, written: &mut Usage) -> Result<(), CommandError> {
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
