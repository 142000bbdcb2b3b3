//! Folders of this machine: whether they can be written, and how much room there is.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) free: u64,
    pub(super) all: u64,
}

/// Of the file system that holds this.
pub(super) fn room(path: &Path) -> io::Result<Room> {
    let found = statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Room { free: bytes(found.f_bavail), all: bytes(found.f_blocks) })
}

/// Whether a folder can be written, or made; where it is, or would be. Nothing is written.
pub(super) fn writable_folder(folder: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    let there = folder.ancestors().find(|ancestor| ancestor.exists());
    let there = there.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?.to_owned();
    if !there.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    access(&there, Access::WRITE_OK | Access::EXEC_OK)?;
    Ok(there)
}

/// Whether a file can be written, or made.
pub(super) fn writable_file(file: &Path) -> io::Result<PathBuf> {
    let file = std::path::absolute(file)?;
    if file.exists() {
        access(&file, Access::WRITE_OK)?;
    }
    writable_folder(file.parent().unwrap_or(Path::new("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_made_where_its_parent_can_be_written() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("a file");
        assert_eq!(writable_folder(&folder.path().join("a/b")).expect("writable"), folder.path());
        assert!(writable_file(&file).is_ok());
        assert!(writable_folder(&file).is_err(), "a file is no folder");
        assert!(writable_file(&file.join("b")).is_err(), "a file is no folder");
        let room = room(folder.path()).expect("a file system");
        assert!(room.free <= room.all && room.all > 0, "{room:?}");
    }
}
