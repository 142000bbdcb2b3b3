//! The account of servers that don't agree to run as root, and what belongs to it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The account `postgres`, when the tests run as root.
pub(crate) fn server_account() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> u32 {
        let output = Command::new("id").args(arguments).output().expect("id").stdout;
        String::from_utf8_lossy(&output).trim().parse().expect("a number from id")
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
}

/// A folder in which a server may write.
pub fn server_folder() -> TempDir {
    let folder = TempDir::with_prefix("raceway-test-").expect("temporary folder");
    set_mode(folder.path(), 0o755);
    give_to_server(folder.path());
    folder
}

/// Writes a file that only the server may read.
pub(crate) fn write_private(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    set_mode(path, 0o600);
    give_to_server(path);
}

/// Changes who may read a file.
pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

fn give_to_server(path: &Path) {
    if let Some((user, group)) = server_account() {
        chown(path, Some(user), Some(group)).expect("chown");
    }
}
