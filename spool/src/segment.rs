//! The files of a spool: `<20 digits>.log`, in the order of their numbers.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file of records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    /// Bytes that are on disk for sure.
    pub(crate) length: u64,
    /// Events that wait in it; 0 in one of an earlier process until they are counted.
    pub(crate) events: u64,
}

pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:020}.log"))
}

/// The segments that there are, in their order; empty ones are removed.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(number) = number_of(&entry) else { continue };
        match entry.metadata()?.len() {
            0 => fs::remove_file(entry.path())?,
            length => segments.push(Segment { number, length, events: 0 }),
        }
    }
    segments.sort_unstable_by_key(|segment| segment.number);
    Ok(segments)
}

/// `None` where the file is no segment.
pub(crate) fn number_of(entry: &fs::DirEntry) -> Option<u64> {
    let name = entry.file_name();
    name.to_str()?.strip_suffix(".log").filter(|digits| digits.len() == 20)?.parse().ok()
}

/// Only its owner may read it, as events tell much.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A new file, whose name survives a crash; in a new folder where somebody took the empty one for
/// litter.
pub(crate) fn create(folder: &Path, number: u64) -> io::Result<File> {
    create_folder(folder)?;
    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(path(folder, number))?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}
