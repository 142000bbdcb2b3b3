//! The quarantine of a sidecar without Postgres: a file of newline-delimited JSON.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Entry;

/// A file, and the one before it: together they have the size that the file may have.
pub(crate) struct QuarantineFile {
    path: PathBuf,
    max_bytes: u64,
}

impl QuarantineFile {
    pub(crate) fn new(path: &Path, max_bytes: u64) -> Self {
        QuarantineFile { path: path.to_owned(), max_bytes }
    }

    /// Appends; a failure is logged, as clients were told what was rejected.
    pub(crate) fn keep(&self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        if let Err(error) = self.append(entries) {
            tracing::warn!(%error, path = %self.path.display(), "can't keep rejected events");
        }
    }

    fn append(&self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            let start = lines.len();
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
            if start > 0 && lines.len() as u64 > self.max_file_bytes() {
                let last = lines.split_off(start);
                self.write(&lines)?;
                lines = last;
            }
        }
        self.write(&lines)
    }

    /// Neither of the two files gets longer.
    fn max_file_bytes(&self) -> u64 {
        self.max_bytes / 2
    }

    /// The file is opened each time: a command may have taken it away.
    fn write(&self, lines: &[u8]) -> io::Result<()> {
        let bytes = lines.len() as u64;
        if bytes > self.max_file_bytes() {
            return Err(io::Error::other("an event has more bytes than half of max_bytes"));
        }
        let mut file = self.open()?;
        if file.metadata()?.len() + bytes > self.max_file_bytes() {
            fs::rename(&self.path, self.older())?;
            file = self.open()?;
        }
        file.write_all(lines)
    }

    fn open(&self) -> io::Result<File> {
        File::options().create(true).append(true).mode(0o600).open(&self.path)
    }

    fn older(&self) -> PathBuf {
        self.path.with_added_extension("old")
    }

    /// What is in quarantine, oldest first.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for path in [&self.older(), &self.path] {
            let text = match fs::read_to_string(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text?,
            };
            // A line that was cut off by a crash says nothing.
            entries
                .extend(text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok()));
        }
        Ok(entries)
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> io::Result<Vec<Entry>> {
        let entries = self.entries()?;
        for path in [&self.older(), &self.path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(entries)
    }
}
