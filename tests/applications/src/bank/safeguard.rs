//! What keeps two deposits to one account apart.

use tokio_postgres::IsolationLevel;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Safeguard {
    ReadCommitted,
    RepeatableRead,
    Serializable,
    /// SELECT FOR UPDATE, at READ COMMITTED.
    RowLock,
    /// The same, and the SDK is told of the lock.
    RecordedRowLock,
}

impl Safeguard {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "read committed" => Safeguard::ReadCommitted,
            "repeatable read" => Safeguard::RepeatableRead,
            "serializable" => Safeguard::Serializable,
            "row lock" => Safeguard::RowLock,
            "recorded row lock" => Safeguard::RecordedRowLock,
            _ => panic!("no safeguard: {name}"),
        }
    }

    pub(crate) fn isolation_level(self) -> IsolationLevel {
        match self {
            Safeguard::RepeatableRead => IsolationLevel::RepeatableRead,
            Safeguard::Serializable => IsolationLevel::Serializable,
            _ => IsolationLevel::ReadCommitted,
        }
    }

    /// The query that reads a balance.
    pub(crate) fn select(self) -> &'static str {
        match self {
            Safeguard::RowLock | Safeguard::RecordedRowLock => {
                "SELECT balance FROM accounts WHERE account = $1 FOR UPDATE"
            }
            _ => "SELECT balance FROM accounts WHERE account = $1",
        }
    }
}
