//! What can be wrong with connection parameters.

use std::path::PathBuf;

use thiserror::Error;

use super::tls::TlsError;

/// Why a server can't even be looked for.
#[derive(Debug, Error)]
pub(crate) enum ParameterError {
    #[error("{0:?}: expected a connection parameter of libpq")]
    Unknown(String),
    #[error("{0} is not supported here")]
    Unsupported(String),
    #[error("{name} {value:?}: expected {expected}")]
    Value { name: &'static str, value: String, expected: &'static str },
    #[error("expected {expected} after {after:?}")]
    Syntax { expected: &'static str, after: String },
    #[error(
        "{part:?} in the URL: expected {expected}. In the password of a URL, write @ as %40, : as \
         %3A, / as %2F, ? as %3F and % as %25"
    )]
    Url { part: String, expected: &'static str },
    #[error("expected as many values of {name} as of host: {values}, not {hosts}")]
    Lists { name: &'static str, values: usize, hosts: usize },
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{} line {line}: expected {expected}", path.display())]
    ServiceFile { path: PathBuf, line: usize, expected: &'static str },
    #[error("service {0:?}: expected it to be defined in ~/.pg_service.conf or PGSERVICEFILE")]
    NoService(String),
    #[error("{}: expected a password", .0.display())]
    NoPassword(PathBuf),
    #[error("{0}")]
    Supabase(String),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{0}")]
    Postgres(String),
}
