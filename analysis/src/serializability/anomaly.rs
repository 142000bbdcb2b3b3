//! Anomalies of two requests that have a name.

use serde::{Serialize, Serializer};

/// An anomaly of two requests (Berenson et al. 1995, "A Critique of ANSI SQL Isolation Levels"; Adya 1999,
/// "Weak Consistency"). One is what it is first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anomaly {
    /// A read a variable, B wrote it, A wrote it from what it had read (Berenson's P4).
    LostUpdate,
    /// B read what A had written and went on to change: of one variable (Adya's G1b), or B read some
    /// variables after A had changed them and others before.
    DirtyRead,
    /// A read a variable before and after B wrote it (Berenson's P2).
    NonRepeatableRead,
    /// B wrote a variable after A, before A read it.
    OwnWriteLost,
    /// Each read a variable before the other wrote it (Berenson's A5B).
    WriteSkew,
    /// A read one variable before B wrote it, and another after B wrote that (Berenson's A5A).
    ReadSkew,
    /// Each wrote after the other: of one variable or of two (Berenson's P0, Adya's G0).
    DirtyWrite,
    /// Each read what the other had written, or wrote over it (Adya's G1c).
    CircularInformationFlow,
}

impl Anomaly {
    /// `lost update`, `write skew`, …
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Anomaly::LostUpdate => "lost update",
            Anomaly::DirtyRead => "dirty read",
            Anomaly::NonRepeatableRead => "non-repeatable read",
            Anomaly::OwnWriteLost => "own write lost",
            Anomaly::WriteSkew => "write skew",
            Anomaly::ReadSkew => "read skew",
            Anomaly::DirtyWrite => "dirty write",
            Anomaly::CircularInformationFlow => "circular information flow",
        }
    }

    /// Of three accesses of one variable, of which another request's is the second, by which of them write.
    pub(super) fn of_one_variable(writes: [bool; 3]) -> Option<Self> {
        match writes {
            [false, true, true] => Some(Anomaly::LostUpdate),
            [true, false, true] => Some(Anomaly::DirtyRead),
            [false, true, false] => Some(Anomaly::NonRepeatableRead),
            [true, true, false] => Some(Anomaly::OwnWriteLost),
            [true, true, true] => Some(Anomaly::DirtyWrite),
            [_, false, false] | [false, false, true] => None,
        }
    }
}

impl Serialize for Anomaly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
