//! What an error of Postgres means: that it can't be used now, or that it refuses what it was
//! given.

use deadpool::managed::{PoolError, TimeoutType};
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::libpq::{ConnectError, with_causes};
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

/// An error that ends the session never does: poolers report everything of theirs so.
fn is_of_what_was_sent(error: &DbError) -> bool {
    let code = error.code();
    let ends_session = matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    !ends_session
        && OF_WHAT_WAS_SENT.iter().any(|class| code.code().starts_with(class))
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
        } else if is_of_what_was_sent(reported) {
            StoreError::Internal(text)
        } else {
            StoreError::Unavailable(text)
        }
    }
}

/// That there is no connection never speaks of what was to be sent over it.
impl From<PoolError<ConnectError>> for StoreError {
    fn from(error: PoolError<ConnectError>) -> Self {
        StoreError::Unavailable(match error {
            PoolError::Backend(error) => error.to_string(),
            PoolError::Timeout(TimeoutType::Wait) => {
                "no connection to Postgres became free in time".into()
            }
            other => other.to_string(),
        })
    }
}
