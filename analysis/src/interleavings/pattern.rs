//! The interleavings that no serial order of the two strands explains.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::severity::Severity;
use crate::trace::AccessKind;

/// One of the four unserializable cases of an access b between two consecutive accesses a₁ and a₂ of
/// another strand (Lu, Tucek, Qin and Zhou, "AVIO", ASPLOS 2006), the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Pattern {
    /// R W W: a₂ overwrites what b wrote, knowing only what a₁ had read (Berenson's P4).
    LostUpdate,
    /// W W R: a₂ reads what b wrote instead of what a₁ wrote.
    OwnWriteLost,
    /// W R W: b reads what was never to stay (Adya's G1b).
    ///
    /// Also where happens-before orders both steps. Mostly that is communication as it is meant: the reader
    /// was told, and the writer goes on after it has heard back. But a service that is called between two
    /// writes of a row may be given half of a change, too, and is each time: order alone doesn't tell these
    /// apart.
    IntermediateRead,
    /// R W R: a₂ reads other than a₁ did (Berenson's P2).
    NonRepeatableRead,
}

impl Pattern {
    /// All four.
    pub const ALL: [Pattern; 4] = [
        Pattern::LostUpdate,
        Pattern::OwnWriteLost,
        Pattern::IntermediateRead,
        Pattern::NonRepeatableRead,
    ];

    /// The pattern that a₁, b and a₂ make in this order, if it is one of the four.
    ///
    /// An atomic read-modify-write reads and writes in one step. As a₁ it therefore is a read where b
    /// writes, and a write where b reads; as b it is a write. As a₂ it makes no pattern, because it
    /// takes what b left and changes that: a loop that loads and then tries to exchange is correct.
    #[must_use]
    pub fn of(first: AccessKind, between: AccessKind, second: AccessKind) -> Option<Self> {
        if second == AccessKind::AtomicRmw {
            return None;
        }
        match (between.is_write(), second.is_write()) {
            (true, true) => first.is_read().then_some(Pattern::LostUpdate),
            (true, false) if first.is_read() => Some(Pattern::NonRepeatableRead),
            (true, false) => Some(Pattern::OwnWriteLost),
            (false, true) => first.is_write().then_some(Pattern::IntermediateRead),
            (false, false) => None,
        }
    }

    /// What the literature calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pattern::LostUpdate => "lost update",
            Pattern::OwnWriteLost => "own write lost before it is read",
            Pattern::IntermediateRead => "intermediate read",
            Pattern::NonRepeatableRead => "non-repeatable read",
        }
    }

    /// Critical where a write is lost.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Pattern::LostUpdate | Pattern::OwnWriteLost => Severity::Critical,
            Pattern::IntermediateRead | Pattern::NonRepeatableRead => Severity::Warning,
        }
    }
}

impl From<Pattern> for &'static str {
    fn from(pattern: Pattern) -> Self {
        pattern.name()
    }
}

/// No pattern has this name.
#[derive(Debug, Error)]
#[error("expected one of {}", Pattern::ALL.map(Pattern::name).join(", "))]
pub struct UnknownPattern;

impl TryFrom<String> for Pattern {
    type Error = UnknownPattern;

    fn try_from(name: String) -> Result<Self, UnknownPattern> {
        Pattern::ALL.into_iter().find(|pattern| pattern.name() == name).ok_or(UnknownPattern)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Pattern {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let names = Pattern::ALL.map(Pattern::name);
        utoipa::openapi::Object::builder()
            .schema_type(utoipa::openapi::Type::String)
            .enum_values(Some(names))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Pattern {}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::trace::AccessKind::{AtomicRead, AtomicRmw, AtomicWrite, Read, Write};

    #[test]
    fn four_of_eight_cases_have_no_serial_order() {
        assert_eq!(Pattern::of(Read, Write, Write), Some(Pattern::LostUpdate));
        assert_eq!(Pattern::of(Write, Write, Read), Some(Pattern::OwnWriteLost));
        assert_eq!(Pattern::of(Write, Read, Write), Some(Pattern::IntermediateRead));
        assert_eq!(Pattern::of(Read, Write, Read), Some(Pattern::NonRepeatableRead));
        for (first, between, second) in
            [(Write, Write, Write), (Read, Read, Write), (Write, Read, Read), (Read, Read, Read)]
        {
            assert_eq!(Pattern::of(first, between, second), None);
        }
    }

    #[test]
    fn an_atomic_exchange_loses_nothing_but_can_be_overwritten() {
        assert_eq!(Pattern::of(AtomicRead, AtomicRmw, AtomicRmw), None);
        assert_eq!(Pattern::of(AtomicRmw, AtomicRmw, AtomicWrite), Some(Pattern::LostUpdate));
        assert_eq!(Pattern::of(AtomicRmw, AtomicRmw, AtomicRead), Some(Pattern::NonRepeatableRead));
        assert_eq!(
            Pattern::of(AtomicRmw, AtomicRead, AtomicWrite),
            Some(Pattern::IntermediateRead)
        );
    }
}
