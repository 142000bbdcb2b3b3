//! Errors with the SQLSTATE that says whose fault it is.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode, function_name};

/// The caller's fault: SQLSTATE 22023. The message says what was expected.
pub(crate) fn invalid_parameter(message: &str) -> ! {
    raise(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message)
}

/// Not the caller's fault: SQLSTATE XX000.
pub(crate) fn internal_error(message: &str) -> ! {
    raise(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, message)
}

/// An error of this SQLSTATE.
pub(crate) fn raise(code: PgSqlErrorCode, message: &str) -> ! {
    ErrorReport::new(code, message.to_owned(), function_name!()).report(PgLogLevel::ERROR);
    unreachable!("an error report of level ERROR does not return")
}
