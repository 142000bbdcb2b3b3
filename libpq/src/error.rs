//! What can be wrong with connection parameters.

use std::path::PathBuf;

use thiserror::Error;

use crate::tls::TlsError;

/// Why a server can't even be looked for.
#[derive(Debug, Error)]
pub enum ParameterError {
    /// A name that libpq does not know either.
    #[error("{0:?}: expected a connection parameter of libpq")]
    Unknown(String),
    /// To pass it over would be less safe than was asked for.
    #[error("{0} is not supported here")]
    Unsupported(String),
    /// A value that the parameter can't have.
    #[error("{name} {value:?}: expected {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// No `key=value` pairs.
    #[error("expected {expected} after {after:?}")]
    Syntax {
        /// What it should be.
        expected: &'static str,
        /// What is before the place.
        after: String,
    },
    /// No URL as libpq has it.
    #[error(
        "{part:?} in the URL: expected {expected}. In the password of a URL, write @ as %40, : as \
         %3A, / as %2F, ? as %3F and % as %25"
    )]
    Url {
        /// Where it is wrong, unless that may be of a password.
        part: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Lists that do not fit the hosts.
    #[error("expected as many values of {name} as of host: {values}, not {hosts}")]
    Lists {
        /// The parameter.
        name: &'static str,
        /// How many it has.
        values: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// A file that can't be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A line of a service file.
    #[error("{} line {line}: expected {expected}", path.display())]
    ServiceFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it should be.
        expected: &'static str,
    },
    /// A service that no file defines.
    #[error("service {0:?}: expected it to be defined in ~/.pg_service.conf or PGSERVICEFILE")]
    NoService(String),
    /// A password file in which nothing is.
    #[error("{}: expected a password", .0.display())]
    NoPassword(PathBuf),
    /// What Supabase's servers would not take.
    #[error("{0}")]
    Supabase(String),
    /// No TLS, where it is needed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What tokio-postgres or the system says.
    #[error("{0}")]
    Postgres(String),
}
