//! Which accesses conflict.

use crate::trace::AccessKind;

/// How many classes there are.
pub(super) const CLASSES: usize = 4;

/// Kinds of access that conflict with the same kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Read,
    Write,
    AtomicRead,
    /// Also an exchange.
    AtomicWrite,
}

impl Class {
    pub(super) fn of(kind: AccessKind) -> Self {
        match kind {
            AccessKind::Read => Class::Read,
            AccessKind::Write => Class::Write,
            AccessKind::AtomicRead => Class::AtomicRead,
            AccessKind::AtomicWrite | AccessKind::AtomicRmw => Class::AtomicWrite,
        }
    }

    /// The classes that conflict with this one: one of both writes, and not both are atomic.
    pub(super) fn conflicting(self) -> &'static [Class] {
        match self {
            Class::Read => &[Class::Write, Class::AtomicWrite],
            Class::Write => &[Class::Read, Class::Write, Class::AtomicRead, Class::AtomicWrite],
            Class::AtomicRead => &[Class::Write],
            Class::AtomicWrite => &[Class::Read, Class::Write],
        }
    }

    pub(super) fn is_write(self) -> bool {
        matches!(self, Class::Write | Class::AtomicWrite)
    }
}
