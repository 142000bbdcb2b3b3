//! Which accesses of a variable can race.

use crate::severity::Severity;
use crate::trace::AccessKind;

/// How bad a race of two accesses is: `None` if they can't race, because both read or both are atomic.
pub(super) fn severity(one: AccessKind, other: AccessKind) -> Option<Severity> {
    match (one.is_write(), other.is_write()) {
        _ if one.is_atomic() && other.is_atomic() => None,
        (false, false) => None,
        (true, true) => Some(Severity::Critical),
        _ => Some(Severity::Warning),
    }
}
