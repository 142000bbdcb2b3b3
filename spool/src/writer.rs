//! The one thread that writes a spool: all that waits, then one `fdatasync`, then the answers.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::Body;
use crate::disk::Log;
use crate::segment::{self, Segment};
use crate::{SpoolError, record};

/// One write takes at most so many bytes beyond its first body.
const MAX_BYTES: usize = 4 << 20;

/// A body to be written, and where the answer goes.
pub(crate) struct Append {
    pub(crate) body: Arc<Body>,
    /// Bytes that were taken for it.
    pub(crate) reserved: u64,
    pub(crate) answer: oneshot::Sender<Result<(), SpoolError>>,
}

/// The segment that is written.
pub(crate) struct Active {
    pub(crate) number: u64,
    file: File,
    /// Bytes that are on disk for sure.
    length: u64,
}

/// Writes until nobody can append any more.
pub(crate) fn run(log: &Log, mut waiting: mpsc::Receiver<Append>) {
    let mut buffer = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        buffer.clear();
        buffer.shrink_to(MAX_BYTES);
        record::encode(&first.body, &mut buffer);
        let mut group = vec![first];
        while buffer.len() < MAX_BYTES
            && let Ok(next) = waiting.try_recv()
        {
            record::encode(&next.body, &mut buffer);
            group.push(next);
        }
        let events = group.iter().map(|append| u64::from(append.body.waiting_events())).sum();
        let written = write(log, &buffer, events);
        answer(log, group, written, buffer.len() as u64, events);
    }
}

fn answer(log: &Log, group: Vec<Append>, written: io::Result<()>, bytes: u64, events: u64) {
    let reserved: u64 = group.iter().map(|append| append.reserved).sum();
    let taken = if written.is_ok() { bytes } else { 0 };
    log.usage.send_modify(|usage| {
        usage.bytes = usage.bytes + taken - reserved;
        usage.events -= if written.is_ok() { 0 } else { events };
        usage.is_full |= written.is_err();
    });
    let result = written.map_err(|error| {
        tracing::error!(%error, "spool: can't write");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SpoolError::Full,
            _ => SpoolError::Io(error.to_string()),
        }
    });
    for append in group {
        drop(append.answer.send(result.clone()));
    }
}

/// Tries a second segment where the first fails: after a failed `fdatasync` the kernel may have
/// forgotten what it could not write, so the file can't be trusted any more.
fn write(log: &Log, bytes: &[u8], events: u64) -> io::Result<()> {
    append_to_segment(log, bytes, events).or_else(|_| append_to_segment(log, bytes, events))
}

fn append_to_segment(log: &Log, bytes: &[u8], events: u64) -> io::Result<()> {
    let mut place = log.active();
    let mut active = match place.take().filter(|active| active.length < log.segment_bytes) {
        Some(active) => active,
        None => Active::create(log)?,
    };
    if let Err(error) = active.append(bytes) {
        active.abandon(log);
        return Err(error);
    }
    publish(log, &active, events);
    *place = Some(active);
    Ok(())
}

/// From now on the reader sees so many events more.
fn publish(log: &Log, active: &Active, events: u64) {
    let Active { number, length, .. } = *active;
    let mut segments = log.segments();
    match segments.back_mut().filter(|last| last.number == number) {
        Some(last) => *last = Segment { number, length, events: last.events + events },
        None => segments.push_back(Segment { number, length, events }),
    }
}

impl Active {
    fn create(log: &Log) -> io::Result<Self> {
        let number = log.next_number();
        // One whose number was used before has nothing in it that was acknowledged.
        drop(fs::remove_file(segment::path(&log.folder, number)));
        Ok(Active { number, file: segment::create(&log.folder, number)?, length: 0 })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.length)?;
        self.file.sync_data()?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives back what was not acknowledged: what stays after all is sent to Postgres after the
    /// next start, which does no harm.
    fn abandon(self, log: &Log) {
        if self.length == 0 {
            drop(fs::remove_file(segment::path(&log.folder, self.number)));
        } else {
            drop(self.file.set_len(self.length));
        }
    }
}
