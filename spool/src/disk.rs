//! A spool on disk: a log in segments, each removed when all of it is drained.
//!
//! Appends that come together share one `fdatasync`. A process begins a segment of its own, so
//! nothing is ever appended behind a write that was torn. How far the first segment was drained is
//! not written down: after a crash the rest of it is sent again, which stores nothing twice.
//!
//! Why none of the embedded stores: a spool has to open whatever has happened to its files, and to
//! lose no more than what was hit. 20 records of 2 KB were written, then in each of 400 trials one
//! byte was changed or a file cut off somewhere (each after a clean end and after a crash, together
//! 800 trials); 500 MB were drained; groups of 8 records of 70 KB were appended with a sync each:
//!
//! | | can't be opened | sound records lost | damage returned as data | on disk, drained | MB/s | crates |
//! |---|---|---|---|---|---|---|
//! | a log of this format | 0 | 0 | 0 | 0 | 362 | 2 |
//! | redb 4.6 | 458 | 435 | 51 | 937 MB until `compact()` | 184 | 2 |
//! | `SQLite` 3.54, WAL | 187 | 202 | 157 | 506 MB until vacuumed | 174 | 9 |
//! | fjall 3.1 | 448 | 463 | 0 | 521 MB, 50 after compaction and restart | 199 | 42 |
//! | queue-file 2.0 | 400 | 306 | 0 | 0, but can't be opened then | 445 | 10 |
//!
//! Crates that never sync (yaque, commitlog), are not for production by their own word (okaywal)
//! or sync each entry by itself (walrus-rust) were not measured.

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use crate::Body;
use crate::reader::Reader;
use crate::segment::{self, Segment};
use crate::writer::{self, Active, Append};
use crate::{OpenError, SEGMENT_BYTES, Spool, SpoolError, Usage, record, reserve};

/// Appends that may wait for their turn; others wait for a place.
const MAX_WAITING: usize = 1024;

/// A folder of segments.
pub struct DiskSpool {
    log: Arc<Log>,
    reader: Arc<Mutex<Reader>>,
    appends: mpsc::Sender<Append>,
}

/// What the writer and the reader share.
pub(crate) struct Log {
    pub(crate) folder: PathBuf,
    /// A segment of so many bytes takes no more.
    pub(crate) segment_bytes: u64,
    /// Oldest first. Locked after `active`, where both are.
    segments: Mutex<VecDeque<Segment>>,
    /// The last segment, while it is written; held during a write.
    active: Mutex<Option<Active>>,
    /// The first segment of this process.
    pub(crate) first_own: u64,
    pub(crate) usage: watch::Sender<Usage>,
    /// Locked as long as this exists.
    _lock: File,
}

impl DiskSpool {
    /// Opens the folder, or makes it. What is damaged in it is found when it is read.
    pub fn open(folder: &Path, max_bytes: u64) -> Result<Self, OpenError> {
        segment::create_folder(folder)?;
        let lock = lock(folder)?;
        let segments = segment::list(folder)?;
        let bytes = segments.iter().map(|segment| segment.length).sum();
        let usage = Usage { bytes, max_bytes, backlog: bytes, ..Usage::default() };
        let log = Arc::new(Log {
            folder: folder.to_owned(),
            segment_bytes: SEGMENT_BYTES.min(max_bytes / 4),
            first_own: segments.last().map_or(0, |last| last.number + 1),
            segments: Mutex::new(segments.into()),
            active: Mutex::default(),
            usage: watch::Sender::new(usage),
            _lock: lock,
        });
        let (appends, waiting) = mpsc::channel(MAX_WAITING);
        let writers_log = Arc::clone(&log);
        std::thread::Builder::new()
            .name("spool".into())
            .spawn(move || writer::run(&writers_log, waiting))?;
        Ok(DiskSpool { log, reader: Arc::default(), appends })
    }

    async fn with_reader<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Reader, &Log) -> T + Send + 'static,
    ) -> T {
        let (reader, log) = (Arc::clone(&self.reader), Arc::clone(&self.log));
        let work = move || {
            let mut reader = lock_of(&reader);
            reader.count_backlog(&log);
            work(&mut reader, &log)
        };
        tokio::task::spawn_blocking(work).await.expect("reading the spool does not panic")
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let lock = File::options().create(true).append(true).open(folder.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[async_trait]
impl Spool for DiskSpool {
    async fn append(&self, body: Arc<Body>) -> Result<(), SpoolError> {
        // Before any bytes are taken: who waits here may give up, and then nobody would free them.
        let place = self.appends.reserve().await.map_err(|_| SpoolError::Stopped)?;
        let reserved = record::size_bound(&body);
        if !reserve(&self.log.usage, reserved, &body) {
            return Err(SpoolError::Full);
        }
        let (answer, answered) = oneshot::channel();
        place.send(Append { body, reserved, answer });
        answered.await.map_err(|_| SpoolError::Stopped)?
    }

    async fn front(&self, max_bytes: usize) -> io::Result<Vec<Arc<Body>>> {
        self.with_reader(move |reader, log| reader.front(log, max_bytes)).await
    }

    async fn remove(&self, bodies: usize) {
        self.with_reader(move |reader, log| reader.remove(log, bodies)).await;
    }

    async fn tail(&self, max_bytes: u64) -> io::Result<Vec<Body>> {
        self.with_reader(move |_, log| crate::reader::tail(log, max_bytes)).await
    }

    fn usage(&self) -> watch::Receiver<Usage> {
        self.log.usage.subscribe()
    }
}

impl Log {
    pub(crate) fn active(&self) -> MutexGuard<'_, Option<Active>> {
        lock_of(&self.active)
    }

    /// The segments as they are, oldest first.
    pub(crate) fn segments(&self) -> MutexGuard<'_, VecDeque<Segment>> {
        lock_of(&self.segments)
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.segments().back().map_or(self.first_own, |last| self.first_own.max(last.number + 1))
    }

    /// So many events have waited in a segment of an earlier process.
    pub(crate) fn found(&self, segment: u64, events: u64) {
        let mut segments = self.segments();
        let Some(segment) = segments.iter_mut().find(|found| found.number == segment) else {
            return;
        };
        segment.events += events;
        self.usage.send_modify(|usage| {
            usage.events += events;
            usage.found_events += events;
        });
    }

    /// So many events of the first segment wait no more. Damage may have hidden some of them from whoever
    /// has counted.
    pub(crate) fn drained(&self, events: u64) {
        let mut segments = self.segments();
        let Some(first) = segments.front_mut() else { return };
        let hidden = events.saturating_sub(first.events);
        first.events = first.events.saturating_sub(events);
        self.usage.send_modify(|usage| {
            usage.found_events += hidden;
            usage.events = usage.events + hidden - events;
        });
    }

    /// Removes the first segment if it has been read up to here and is no longer; its bytes are
    /// free then.
    pub(crate) fn remove_first(&self, read: u64) -> bool {
        let mut active = self.active();
        let mut segments = self.segments();
        let Some(first) = segments.front().filter(|first| first.length <= read).copied() else {
            return false;
        };
        if active.as_ref().is_some_and(|active| active.number == first.number) {
            *active = None;
        }
        segments.pop_front();
        if let Err(error) = fs::remove_file(segment::path(&self.folder, first.number)) {
            tracing::warn!(%error, segment = first.number, "spool: can't remove what was drained");
        }
        self.usage.send_modify(|usage| {
            usage.free(first.length);
            usage.events -= first.events;
            usage.lost_events += first.events;
            usage.backlog -= if first.number < self.first_own { first.length } else { 0 };
        });
        true
    }
}

/// Nothing that a panic could leave half-done is kept under these locks.
fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::task::{Context, Waker};

    use raceway_model::Timestamp;
    use tempfile::TempDir;
    use tokio::task::unconstrained;

    use super::{DiskSpool, MAX_WAITING};
    use crate::Body;
    use crate::segment;
    use crate::{OpenError, Spool, SpoolError};

    /// The one before may take a moment to end.
    async fn filled(folder: &TempDir, bodies: usize) -> DiskSpool {
        let spool = loop {
            match DiskSpool::open(folder.path(), 1 << 20) {
                Err(OpenError::Locked) => tokio::task::yield_now().await,
                spool => break spool.expect("a spool"),
            }
        };
        for number in 0..bodies {
            spool.append(body(&format!("body {number}"))).await.expect("room");
        }
        spool
    }

    fn body(text: &str) -> Arc<Body> {
        let time = Timestamp::from_micros(0).expect("in range");
        Arc::new(Body::new(text.to_owned(), Ipv4Addr::LOCALHOST.into(), time))
    }

    async fn drain(spool: &DiskSpool, max_bytes: usize) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            let bodies = spool.front(max_bytes).await.expect("readable");
            if bodies.is_empty() {
                return texts;
            }
            texts.extend(bodies.iter().map(|body| body.text.clone()));
            spool.remove(bodies.len()).await;
        }
    }

    #[tokio::test]
    async fn bodies_come_out_as_they_went_in_however_few_at_a_time() {
        for max_bytes in [1, 12, 100, 1 << 20] {
            let folder = TempDir::new().expect("a folder");
            let spool = filled(&folder, 20).await;
            let texts = drain(&spool, max_bytes).await;
            assert_eq!(texts, (0..20).map(|number| format!("body {number}")).collect::<Vec<_>>());
            let usage = *spool.usage().borrow();
            assert_eq!((usage.bytes, usage.damaged), (0, 0), "{max_bytes} bytes at a time");
        }
    }

    #[tokio::test]
    async fn what_is_not_removed_is_there_after_a_restart() {
        let folder = TempDir::new().expect("a folder");
        let spool = filled(&folder, 3).await;
        assert_eq!(spool.front(1).await.expect("readable").len(), 1);
        assert!(matches!(DiskSpool::open(folder.path(), 1), Err(OpenError::Locked)));
        drop(spool);
        let spool = filled(&folder, 1).await;
        assert_eq!(spool.tail(1 << 20).await.expect("readable").len(), 4);
        assert!(spool.usage().borrow().backlog > 0);
        assert_eq!(drain(&spool, 1 << 20).await, ["body 0", "body 1", "body 2", "body 0"]);
        assert_eq!(spool.usage().borrow().backlog, 0);
    }

    /// With so many events, which are acknowledged.
    fn batch(events: usize) -> Arc<Body> {
        let batch = body(&"x".repeat(100 * events));
        batch.acknowledge(events);
        batch
    }

    async fn spool_of(folder: &TempDir, batches: &[usize]) -> DiskSpool {
        let spool = filled(folder, 0).await;
        for &events in batches {
            spool.append(batch(events)).await.expect("room");
        }
        spool
    }

    /// Events that wait, have waited at the start, and are lost.
    fn events(spool: &DiskSpool) -> [u64; 3] {
        let usage = *spool.usage().borrow();
        [usage.events, usage.found_events, usage.lost_events]
    }

    #[tokio::test]
    async fn waiting_events_are_counted_over_a_restart() {
        let folder = TempDir::new().expect("a folder");
        let spool = spool_of(&folder, &[1, 2, 4]).await;
        assert_eq!(events(&spool), [7, 0, 0]);
        assert_eq!(spool.front(1).await.expect("readable").len(), 1);
        spool.remove(1).await;
        assert_eq!(events(&spool), [6, 0, 0]);
        drop(spool);
        let spool = spool_of(&folder, &[8]).await;
        spool.front(1).await.expect("readable");
        assert_eq!(events(&spool), [15, 7, 0], "the first segment comes again");
        drain(&spool, 1 << 20).await;
        assert_eq!(events(&spool), [0, 7, 0]);
    }

    #[tokio::test]
    async fn events_that_are_damaged_are_lost_and_others_found_wherever_the_damage_is() {
        let place = TempDir::new().expect("a folder");
        drop(spool_of(&place, &[1, 2, 4]).await);
        let file = segment::path(place.path(), 0);
        let sound = fs::read(&file).expect("a segment");
        let mut lost_once = false;
        for damaged in (0..sound.len()).step_by(7) {
            let folder = TempDir::new().expect("a folder");
            let mut bytes = sound.clone();
            bytes[damaged] ^= 0x55;
            fs::write(segment::path(folder.path(), 0), bytes).expect("a segment");
            let spool = filled(&folder, 0).await;
            let waiting = spool.front(1 << 20).await.expect("readable");
            let rest: u32 = waiting.iter().map(|body| body.waiting_events()).sum();
            spool.remove(waiting.len()).await;
            let more = spool.front(1 << 20).await.expect("readable");
            let more_events: u32 = more.iter().map(|body| body.waiting_events()).sum();
            spool.remove(more.len()).await;
            drain(&spool, 1 << 20).await;
            let [waiting, found, lost] = events(&spool);
            assert_eq!((waiting, found - lost), (0, (rest + more_events).into()), "byte {damaged}");
            lost_once |= lost > 0;
        }
        assert!(lost_once, "a body that is damaged behind its heading was counted");
    }

    #[tokio::test]
    async fn an_append_that_is_given_up_leaves_no_bytes_taken() {
        /// So many of them are more than the writer takes at once and those that may wait for it.
        const BODIES: usize = 2 * MAX_WAITING + 1;
        let folder = TempDir::new().expect("a folder");
        let spool = DiskSpool::open(folder.path(), 1 << 30).expect("a spool");
        let large = body(&"x".repeat(4096));
        let writing = spool.log.active();
        let mut appends: Vec<_> = (0..BODIES)
            .map(|_| Box::pin(unconstrained(spool.append(Arc::clone(&large)))))
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        for append in &mut appends {
            assert!(append.as_mut().poll(&mut context).is_pending());
        }
        drop(appends);
        drop(writing);
        spool.append(large).await.expect("room");
        assert!(drain(&spool, 1 << 20).await.len() < BODIES);
        assert_eq!(spool.usage().borrow().bytes, 0);
    }

    #[tokio::test]
    async fn a_full_spool_refuses_until_something_is_drained() {
        let folder = TempDir::new().expect("a folder");
        let spool = DiskSpool::open(folder.path(), 1000).expect("a spool");
        let large = body(&"x".repeat(600));
        spool.append(Arc::clone(&large)).await.expect("room");
        assert!(matches!(spool.append(Arc::clone(&large)).await, Err(SpoolError::Full)));
        assert!(spool.usage().borrow().is_full);
        drain(&spool, 1).await;
        assert!(!spool.usage().borrow().is_full);
        spool.append(large).await.expect("room again");
    }
}
