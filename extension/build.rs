//! Puts the scripts of the extension together from `sql/`, in `extension/sql/`: what is installed, and
//! what makes that of each release in `tests/releases/`.

use std::path::Path;
use std::{fs, io};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const RELEASES: &str = "../tests/releases";

fn main() -> io::Result<()> {
    for folder in [RELEASES, "upgrades", "sql"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    write("install.sql", &raceway_sql::install())?;
    for release in fs::read_dir(RELEASES)? {
        let release = release?;
        let version = release.file_name().to_string_lossy().into_owned();
        if version != VERSION {
            let installed = read(&release.path().join("extension.sql"))?;
            let by_hand = Path::new("upgrades").join(&version);
            let (before, after) =
                (read(&by_hand.join("before.sql"))?, read(&by_hand.join("after.sql"))?);
            let script = raceway_sql::upgrade(&installed, &before) + &after;
            write(&format!("raceway--{version}--{VERSION}.sql"), &script)?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> io::Result<String> {
    fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

/// Leaves a file that is up to date as it is: Cargo runs this again when one has changed.
fn write(name: &str, script: &str) -> io::Result<()> {
    let file = Path::new("sql").join(name);
    if fs::read_to_string(&file).is_ok_and(|written| written == script) {
        return Ok(());
    }
    fs::create_dir_all("sql")?;
    fs::write(file, script)
}
