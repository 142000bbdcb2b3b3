//! What an error of Postgres means: that it can't be used now, or that it refuses what it was
//! given.

use deadpool::managed::{PoolError, TimeoutType};
use raceway_libpq::{ConnectError, with_causes};
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::store::StoreError;

/// Another session was in the way; nothing is stored, and it passes.
const CONFLICTS: [SqlState; 3] = [
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::UNIQUE_VIOLATION,
];

/// Classes of SQLSTATE that speak of what was sent; every other speaks of the database, and what was
/// sent may be stored later.
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

/// Classes of SQLSTATE that speak of the schema and its rights.
const OF_THE_SCHEMA: [&str; 2] = [
    "3F", // invalid schema name
    "42", // syntax error or access rule violation: no privilege, no such table or function
];

/// What was sent may well be stored, elsewhere in the table.
const CORRUPTIONS: [SqlState; 2] = [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED];

/// An error that ends the session is of none of these: poolers report everything of theirs so.
fn is_of(classes: &[&str], error: &DbError) -> bool {
    let ends_session = matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    !ends_session && classes.iter().any(|class| error.code().code().starts_with(class))
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            return StoreError::Unavailable(with_causes(&error));
        };
        let code = reported.code();
        let text = text_of(reported);
        if is_of_proxy(reported) {
            StoreError::Unavailable(text)
        } else if CONFLICTS.contains(code) {
            StoreError::Conflict(text)
        } else if is_of(&OF_WHAT_WAS_SENT, reported) && !CORRUPTIONS.contains(code) {
            StoreError::Internal(text)
        } else if is_of(&OF_THE_SCHEMA, reported) {
            StoreError::Denied(text)
        } else {
            StoreError::Unavailable(text)
        }
    }
}

impl StoreError {
    /// While rows are read, what is corrupt is what was asked for: others can be read.
    pub(super) fn of_reading(error: tokio_postgres::Error) -> Self {
        let is_corrupt = |error: &DbError| CORRUPTIONS.contains(error.code());
        match error.as_db_error().filter(|error| is_corrupt(error)) {
            Some(reported) => StoreError::Internal(text_of(reported)),
            None => error.into(),
        }
    }
}

/// Whether PL/Proxy reports, as an internal error, that it has got no answer from a database: by itself, or by
/// libpq, which knows no SQLSTATE.
fn is_of_proxy(error: &DbError) -> bool {
    match error.routine() {
        Some("plproxy_error_with_state") => true,
        Some("plproxy_remote_error") => error.message().contains("] REMOTE (null): "),
        _ => false,
    }
}

fn text_of(error: &DbError) -> String {
    format!("{} (SQLSTATE {})", error.message(), error.code().code())
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio_postgres::{Config, NoTls};

    use super::StoreError;

    /// A server that lets everybody in, and has this answer to whatever is asked.
    async fn serve(mut stream: DuplexStream, answer: Vec<u8>) {
        let mut request = [0; 1024];
        for answer in [b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I".to_vec(), answer] {
            assert_ne!(stream.read(&mut request).await.expect("a request"), 0);
            stream.write_all(&answer).await.expect("an answer");
        }
    }

    /// What an error means that a server, or a pooler in front of it, reports.
    async fn meaning(severity: &str, code: &str) -> StoreError {
        let fields = format!("S{severity}\0V{severity}\0C{code}\0Mmessage\0\0");
        let length = u32::try_from(fields.len() + 4).expect("short");
        let answer = [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat();
        let (client, server) = duplex(1024);
        tokio::spawn(serve(server, answer));
        let (client, connection) =
            Config::new().user("u").connect_raw(client, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client.simple_query("SELECT").await.expect_err("an error").into()
    }

    #[tokio::test]
    async fn an_error_that_ends_the_session_does_not_speak_of_events() {
        assert!(matches!(meaning("ERROR", "XX000").await, StoreError::Internal(_)));
        assert!(matches!(meaning("ERROR", "22021").await, StoreError::Internal(_)));
        assert!(matches!(meaning("ERROR", "42501").await, StoreError::Denied(_)));
        for (severity, code) in
            [("FATAL", "XX000"), ("FATAL", "22021"), ("FATAL", "42501"), ("ERROR", "53100")]
        {
            assert!(matches!(meaning(severity, code).await, StoreError::Unavailable(_)));
        }
    }
}
