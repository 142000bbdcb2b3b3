//! The key that commands present to a sidecar. It is never an argument: everybody on a machine reads those.

use std::path::Path;
use std::{env, fs};

use super::CommandError;
use crate::config::{Secret, Server};

const VARIABLE: &str = "RACEWAY_KEY";

/// That of a file, or of the environment, or one of the configuration that may do everything.
pub(super) fn find(server: &Server, file: Option<&Path>) -> Result<Option<Secret>, CommandError> {
    if let Some(path) = file {
        let of_file = |error| CommandError::File { path: path.to_owned(), error };
        let key = fs::read_to_string(path).map_err(of_file)?;
        return Ok(Some(key.trim().to_owned().into()));
    }
    let named = env::var(VARIABLE).ok().filter(|key| !key.is_empty());
    Ok(named.map(Secret::from).or_else(|| server.key_of_commands()))
}
