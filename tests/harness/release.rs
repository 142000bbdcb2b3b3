//! Released versions: what they install is kept in `tests/releases/`. `extension.sql` is the script of
//! `CREATE EXTENSION`, `plain.sql` what `raceway-sidecar migrate --print` wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Database, Flavour};

/// A released version.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its number.
    pub version: String,
}

impl Release {
    /// Every one of them, oldest first.
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(folder()).expect("tests/releases");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut releases: Vec<Self> =
            names.map(|name| Release::of(name.to_str().expect("a version"))).collect();
        let numbers = |release: &Release| -> Vec<u32> {
            release.version.split('.').map(|number| number.parse().expect("a number")).collect()
        };
        releases.sort_by_key(numbers);
        releases
    }

    /// That of this number.
    pub fn of(version: &str) -> Self {
        Release { version: version.to_owned() }
    }

    /// Puts it into an empty database. For the extension, `tests/setup` has given its script to the
    /// server.
    pub fn install(&self, database: &Database, flavour: Flavour) {
        let sql = match flavour {
            Flavour::Extension => format!("CREATE EXTENSION raceway VERSION '{}'", self.version),
            Flavour::PlainSql => {
                let script = folder().join(&self.version).join("plain.sql");
                fs::read_to_string(script).expect("plain.sql")
            }
        };
        database.connect().batch_execute(&sql).expect("an older version");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("releases")
}
