//! A disk that fills up soon.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system of a few megabytes; unmounted when dropped.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one of this size for this user.
    pub fn mount(size: &str, owner: u32) -> Self {
        let disk = SmallDisk(TempDir::with_prefix("raceway-disk-").expect("temporary folder"));
        disk.run_mount(&format!("size={size},mode=0700,uid={owner}"));
        disk
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes room.
    pub fn grow(&self, size: &str) {
        self.run_mount(&format!("remount,size={size}"));
    }

    fn run_mount(&self, options: &str) {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(self.path());
        let mounted = command.status().expect("mount");
        assert!(mounted.success(), "mount a tmpfs: expected to be allowed to, as root is");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: after a case that failed, the server is still there.
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}

/// A file that takes all the room that is left; removed when dropped.
pub struct Filler(PathBuf);

impl Filler {
    /// Fills the file system of this folder.
    pub fn fill(folder: &Path) -> Self {
        let filler = Filler(folder.join("filler"));
        let mut file = File::create(&filler.0).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        filler
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
