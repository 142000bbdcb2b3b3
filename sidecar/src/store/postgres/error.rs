//! What an error of Postgres means: that it can't be used now, or that it refuses what it was
//! given.

use std::error::Error;
use std::iter::successors;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Another session was in the way; nothing is stored, and it passes.
const CONFLICTS: [SqlState; 3] = [
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::UNIQUE_VIOLATION,
];

/// Classes of SQLSTATE that speak of what was sent; every other speaks of the database, its schema
/// or its rights, and what was sent may be stored later.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const OF_WHAT_WAS_SENT: [&str; 9] = [
    "21", // cardinality violation
    "22", // data exception
    "23", // integrity constraint violation
    "38", // external routine exception
    "39", // external routine invocation exception
    "44", // WITH CHECK OPTION violation
    "54", // program limit exceeded
    "P0", // RAISE of somebody's trigger
    "XX", // internal error, such as a panic of the extension
];

fn is_of_what_was_sent(code: &SqlState) -> bool {
    OF_WHAT_WAS_SENT.iter().any(|class| code.code().starts_with(class))
        && ![SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code)
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            return StoreError::Unavailable(with_causes(&error));
        };
        let code = reported.code();
        let text = format!("{} (SQLSTATE {})", reported.message(), code.code());
        if CONFLICTS.contains(code) {
            StoreError::Conflict(text)
        } else if is_of_what_was_sent(code) {
            StoreError::Internal(text)
        } else {
            StoreError::Unavailable(text)
        }
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(TimeoutType::Wait) => {
                StoreError::Unavailable("no connection to Postgres became free in time".into())
            }
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

/// "error connecting to server: Connection refused": the first alone says little.
pub(crate) fn with_causes(error: &tokio_postgres::Error) -> String {
    let causes = successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
