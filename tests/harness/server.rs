//! An installed Postgres: the programs of one version.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::account::server_account;

/// What clusters are made of.
#[derive(Clone)]
pub struct Server {
    programs: PathBuf,
    /// Which go to the configuration of its clusters.
    pub(crate) settings: &'static str,
}

impl Server {
    /// That of Debian, which has pg_cron.
    pub fn debian() -> Self {
        let settings = "shared_preload_libraries = 'pg_cron'\n";
        Server { programs: folder("TEST_PG_BIN"), settings }
    }

    /// Another major version, with nothing but what Postgres itself has.
    pub fn version(major: u32) -> Self {
        let programs = folder("TEST_PG_VERSIONS").join(major.to_string()).join("bin");
        Server { programs, settings: "" }
    }

    /// One of its programs.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.programs.join(name))
    }

    /// The same as a user that Postgres agrees to run as.
    pub(crate) fn command(&self, name: &str) -> Command {
        as_server_account(self.program(name))
    }

    /// What bash makes of a script, as the same user, for whom the server's programs come first.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = as_server_account(Command::new("bash"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.programs.display()));
        command.args(["-euc", script]).current_dir("/");
        command
    }
}

fn as_server_account(mut command: Command) -> Command {
    if let Some((user, group)) = server_account() {
        command.uid(user).gid(group);
    }
    command
}

/// Which `tests/run` names by this variable.
fn folder(variable: &str) -> PathBuf {
    let folder = std::env::var(variable);
    folder.unwrap_or_else(|_| panic!("{variable}: run the suite with tests/run")).into()
}
