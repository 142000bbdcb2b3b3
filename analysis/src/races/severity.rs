//! How bad a race of two accesses is.

use serde::Serialize;

use crate::trace::AccessKind;

/// How bad a race is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Both accesses write.
    Critical,
    /// One of them only reads.
    Warning,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 2] = [Severity::Critical, Severity::Warning];

    /// Of a race of two accesses: none if they can't race, because both read or both are atomic.
    #[must_use]
    pub fn of(one: AccessKind, other: AccessKind) -> Option<Self> {
        match (one.is_write(), other.is_write()) {
            _ if one.is_atomic() && other.is_atomic() => None,
            (false, false) => None,
            (true, true) => Some(Severity::Critical),
            _ => Some(Severity::Warning),
        }
    }

    /// As answers spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "CRITICAL",
            Severity::Warning => "WARNING",
        }
    }
}
