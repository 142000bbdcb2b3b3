//! What can't be read is kept beside the spool, for whoever wants to look at it.

use std::fs;
use std::io;
use std::path::Path;

use crate::disk::Log;
use crate::segment;

/// More such files are not written: they are of no use but to understand what happened.
const MAX_FILES: usize = 100;

/// Copies bytes that are no record to a file of their own, and reports them.
pub(crate) fn set_aside(log: &Log, segment: u64, offset: u64, bytes: &[u8]) {
    let file = format!("damaged-{segment:020}-{offset}");
    let kept = has_room(&log.folder).and_then(|()| fs::write(log.folder.join(&file), bytes));
    tracing::error!(
        segment,
        offset,
        bytes = bytes.len(),
        file,
        ?kept,
        "spool: set aside what is no record; a body that was being written, or a damaged one"
    );
    count(log);
}

/// The same for a segment of which nothing can be read.
pub(crate) fn set_segment_aside(log: &Log, segment: u64, error: &io::Error) {
    let file = format!("damaged-{segment:020}");
    let kept = fs::rename(segment::path(&log.folder, segment), log.folder.join(&file));
    tracing::error!(%error, segment, file, ?kept, "spool: set aside a segment that can't be read");
    count(log);
}

fn count(log: &Log) {
    log.usage.send_modify(|usage| usage.damaged += 1);
}

fn has_room(folder: &Path) -> io::Result<()> {
    let files = fs::read_dir(folder)?.filter_map(Result::ok).filter(is_set_aside).count();
    if files < MAX_FILES { Ok(()) } else { Err(io::Error::other("there are many already")) }
}

pub(crate) fn is_set_aside(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b"damaged-")
}
