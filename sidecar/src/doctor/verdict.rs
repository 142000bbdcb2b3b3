//! What a check says.

use std::fmt;

use serde::Serialize;

use crate::schema::{MigrateError, database_message};

/// How bad it is, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    #[default]
    Ok,
    Warning,
    Problem,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "problem",
        })
    }
}

/// What is to be said of one thing.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    pub(crate) message: String,
    /// What mends it: SQL for psql, a command, or what to write where.
    pub(crate) remedy: Option<String>,
}

impl Verdict {
    pub(super) fn ok(message: impl Into<String>) -> Self {
        Verdict { status: Status::Ok, message: message.into(), remedy: None }
    }

    pub(super) fn warning(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Verdict { status: Status::Warning, message: message.into(), remedy }
    }

    pub(super) fn problem(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Verdict { status: Status::Problem, ..Verdict::warning(message, remedy) }
    }
}

/// Why a check could not be made: never taken for a good sign.
#[derive(Debug)]
pub(super) struct Unchecked(pub(super) String);

impl From<Unchecked> for Verdict {
    fn from(Unchecked(reason): Unchecked) -> Self {
        let message = format!("not checked: {reason}");
        Verdict { status: Status::Warning, message, remedy: None }
    }
}

impl From<tokio_postgres::Error> for Unchecked {
    fn from(error: tokio_postgres::Error) -> Self {
        Unchecked(database_message(&error))
    }
}

impl From<MigrateError> for Unchecked {
    fn from(error: MigrateError) -> Self {
        Unchecked(error.to_string())
    }
}
