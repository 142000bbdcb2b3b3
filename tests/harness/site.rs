//! Where a sidecar is started again and again: its port, its folder with the spool, its settings.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::Sidecar;
use crate::port::free_port;

/// One place; the folder is removed when it is dropped.
pub struct Site {
    folder: TempDir,
    port: u16,
    settings: Vec<(String, String)>,
}

impl Site {
    /// For a sidecar with the store in memory.
    pub fn memory() -> Self {
        let folder = TempDir::with_prefix("raceway-site-").expect("temporary folder");
        let port = free_port();
        Site { folder, port, settings: Vec::new() }.with("SERVER__PORT", &port.to_string())
    }

    /// For a sidecar with the store in the database of this connection.
    pub fn on(connection: &str) -> Self {
        Site::memory()
            .with("STORAGE__BACKEND", "postgres")
            .with("STORAGE__POSTGRES__CONNECTION_STRING", connection)
    }

    /// With another setting, named as in the environment but without the prefix.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.push((format!("RACEWAY_{key}"), value.to_owned()));
        self
    }

    /// The same on every start.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The folder of the spool.
    pub fn spool(&self) -> PathBuf {
        self.path("raceway-spool")
    }

    /// Of a file in the sidecar's working directory.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Starts a sidecar here; the one before must have ended.
    pub fn start(&self) -> Sidecar {
        Sidecar::start(self.command())
    }

    /// The same with its log in this file.
    pub fn start_logging_to(&self, log: File) -> Sidecar {
        Sidecar::start_logging_to(log, self.command(), self.url())
    }

    /// The program, with the settings of this place.
    pub fn command(&self) -> Command {
        let mut command = Sidecar::command();
        command.current_dir(self.folder.path()).envs(self.settings.iter().cloned());
        command
    }
}
