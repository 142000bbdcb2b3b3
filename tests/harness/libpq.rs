//! The sidecar beside psql: who gets in by the same parameters.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::account::set_mode;
use crate::{Cluster, Flavour, Server, Sidecar, install};

/// A user of both programs: a home of their own, and nothing of whoever runs the tests.
pub struct LikePsql {
    home: TempDir,
}

impl Default for LikePsql {
    fn default() -> Self {
        LikePsql { home: TempDir::with_prefix("raceway-home-").expect("temporary folder") }
    }
}

impl LikePsql {
    /// Makes the database `postgres` one that the sidecar can ask something, for its owner.
    pub fn prepare(cluster: &Cluster) {
        let (database, owner) = (cluster.database("postgres"), Flavour::PlainSql.owner());
        let given = format!("ALTER DATABASE postgres OWNER TO {owner}");
        database.connect().batch_execute(&given).expect("ALTER DATABASE");
        install(&database.for_role(owner), Flavour::PlainSql);
    }

    /// Writes a file in the home that only its owner may read.
    pub fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        set_mode(&path, 0o600);
        path
    }

    /// Removes it.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).expect("a file");
    }

    /// A file in the home, be it there or not.
    pub fn path(&self, file: &str) -> PathBuf {
        self.home.path().join(file)
    }

    /// Both get in, or neither does.
    pub fn assert(&self, connection: &str, variables: &[(&str, &str)], is_accepted: bool) {
        let psql = self.run_psql(connection, variables);
        let sidecar = self.run_sidecar(connection, variables);
        let shown = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (psql.status.success(), sidecar.status.success()),
            (is_accepted, is_accepted),
            "{connection} {variables:?}\npsql: {}\nsidecar: {}",
            shown(&psql),
            shown(&sidecar)
        );
    }

    /// The sidecar alone: whether it gets in, and what it says.
    pub fn sidecar(&self, connection: &str, variables: &[(&str, &str)]) -> (bool, String) {
        let output = self.run_sidecar(connection, variables);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn run_psql(&self, connection: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Server::debian().program("psql");
        command.args(["--no-psqlrc", "--no-password", "--command=SELECT FROM raceway_rejected"]);
        if !connection.is_empty() {
            command.arg(connection);
        }
        self.surround(&mut command, variables);
        command.output().expect("psql")
    }

    fn run_sidecar(&self, connection: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Sidecar::command();
        command.args(["quarantine", "list"]).env("RACEWAY_STORAGE__BACKEND", "postgres");
        if !connection.is_empty() {
            command.env("RACEWAY_STORAGE__POSTGRES__CONNECTION_STRING", connection);
        }
        self.surround(&mut command, variables);
        command.current_dir(self.home());
        Sidecar::run(command)
    }

    fn surround(&self, command: &mut Command, variables: &[(&str, &str)]) {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PG")) {
            command.env_remove(name);
        }
        command.env("HOME", self.home()).envs(variables.iter().copied());
    }

    fn home(&self) -> &Path {
        self.home.path()
    }
}
