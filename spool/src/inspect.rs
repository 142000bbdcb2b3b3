//! What is in a spool, whoever uses it: nothing is locked, read or removed.

use std::fs;
use std::io;
use std::path::Path;

use crate::damage;
use crate::segment;

/// What waits in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Of segments.
    pub bytes: u64,
    /// Files with what could not be read.
    pub damaged: usize,
}

/// A folder that is not there holds nothing.
pub fn inspect(folder: &Path) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(contents),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if damage::is_set_aside(&entry) {
            contents.damaged += 1;
        } else if segment::number_of(&entry).is_some() {
            contents.bytes += length(&entry)?;
        }
    }
    Ok(contents)
}

/// What was drained meanwhile does not wait any more.
fn length(entry: &fs::DirEntry) -> io::Result<u64> {
    match entry.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        metadata => Ok(metadata?.len()),
    }
}
