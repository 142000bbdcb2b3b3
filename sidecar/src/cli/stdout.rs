//! What commands print. Whoever reads it may go when it has seen enough; a full disk is an error.

use std::fmt;
use std::io::{self, Write};

use super::CommandError;

/// Why standard output takes no more.
pub(super) type Result = std::result::Result<(), CommandError>;

/// A line.
pub(super) fn print(line: impl fmt::Display) -> Result {
    writeln!(io::stdout().lock(), "{line}").map_err(CommandError::Stdout)
}

/// Whoever reads what a command prints has seen enough when it goes: nothing has failed then.
pub(super) fn unless_gone(printed: Result) -> Result {
    match printed {
        Err(CommandError::Stdout(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
