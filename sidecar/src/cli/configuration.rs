//! `raceway-sidecar config` and `raceway-sidecar init`

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{CommandError, stdout};
use crate::config::{DEFAULT_PATH, Loaded, Problem, Problems, TEMPLATE, show};
use crate::doctor::check_values;
use crate::store::postgres::Database;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigAction {
    /// Say what is wrong: exit status 0 if nothing is, 1 after problems
    Check,
    /// Print what is in effect, each value with where it comes from; secrets are masked
    Print,
}

/// `raceway-sidecar init`
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where it goes; - is standard output
    #[arg(long, default_value = DEFAULT_PATH)]
    path: PathBuf,
    /// Write over what is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(
    file: Option<&Path>,
    loaded: Result<Loaded, Problems>,
    action: &ConfigAction,
) -> Result<ExitCode, CommandError> {
    match action {
        ConfigAction::Check => check(file, loaded),
        ConfigAction::Print => {
            stdout::print(show(&loaded?).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints a line for each problem and each warning.
fn check(file: Option<&Path>, loaded: Result<Loaded, Problems>) -> Result<ExitCode, CommandError> {
    let (problems, warnings) = match loaded {
        Ok(loaded) => (values(&loaded).err().into_iter().collect(), loaded.warnings),
        Err(Problems(problems)) => (problems, Vec::new()),
    };
    for problem in &problems {
        stdout::unless_gone(stdout::print(problem))?;
    }
    for warning in &warnings {
        stdout::unless_gone(stdout::print(format_args!("warning: {warning}")))?;
    }
    if !problems.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let path = file.unwrap_or(Path::new(DEFAULT_PATH));
    let path_text = path.display();
    let verdict = if path.exists() {
        format!("{path_text}: nothing is wrong")
    } else {
        format!("there is no {path_text}: defaults, and the environment")
    };
    stdout::unless_gone(stdout::print(verdict))?;
    Ok(ExitCode::SUCCESS)
}

/// What can be said of the values without asking anybody.
fn values(loaded: &Loaded) -> Result<(), Problem> {
    check_values(loaded)?;
    let storage = &loaded.config.storage;
    if storage.backend.is_in_database() {
        let opened = Database::open(&storage.postgres);
        opened.map_err(|error| Problem { place: None, message: error.to_string() })?;
    }
    Ok(())
}

/// Writes the file, unless there is one.
pub(super) fn init(InitArgs { path, force }: &InitArgs) -> Result<(), CommandError> {
    if path == Path::new("-") {
        return stdout::print(TEMPLATE.trim_end());
    }
    let written = if *force {
        fs::write(path, TEMPLATE)
    } else {
        File::create_new(path).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()))
    };
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => CommandError::Exists(path.clone()),
        _ => CommandError::File { path: path.clone(), error },
    })?;
    stdout::print(format_args!("wrote {}", path.display()))
}
