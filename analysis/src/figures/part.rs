//! The parts of figures that answers read separately, so that a store reads no more than an answer needs.

use super::encode::{self, Encoded};
use super::{
    DurationSums, Figures, LinkType, NameId, Operation, Pair, ServiceSums, Sums, TraceSums,
    Variable,
};

/// What of [`Figures`] is kept in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `services`.
    Services,
    /// `operations`.
    Operations,
    /// `traces`.
    Traces,
    /// `accesses` and `accessing_traces`.
    Variables,
    /// `calls` and `calling_traces`.
    Calls,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 5] =
        [Part::Services, Part::Operations, Part::Traces, Part::Variables, Part::Calls];

    /// The number by which stores keep it: never another one.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Part::Services => 1,
            Part::Operations => 2,
            Part::Traces => 3,
            Part::Variables => 4,
            Part::Calls => 5,
        }
    }

    /// Passes over what [`Figures::read`] reads.
    pub(super) fn skip(self, bytes: &mut &[u8]) -> Option<()> {
        match self {
            Part::Services => encode::skip::<NameId, ServiceSums>(bytes),
            Part::Operations => encode::skip::<Operation, DurationSums>(bytes),
            Part::Traces => TraceSums::skip(bytes),
            Part::Variables => {
                encode::skip::<Variable, i64>(bytes)?;
                encode::skip::<NameId, i64>(bytes)
            }
            Part::Calls => {
                encode::skip::<(Pair, LinkType), i64>(bytes)?;
                encode::skip::<Pair, i64>(bytes)
            }
        }
    }
}

impl Figures {
    /// Whether a part of them is zero.
    pub(super) fn lack(&self, part: Part) -> bool {
        match part {
            Part::Services => self.services.is_empty(),
            Part::Operations => self.operations.is_empty(),
            Part::Traces => self.traces == TraceSums::default(),
            Part::Variables => self.accesses.is_empty() && self.accessing_traces.is_empty(),
            Part::Calls => self.calls.is_empty() && self.calling_traces.is_empty(),
        }
    }

    /// Writes a part.
    pub(super) fn write(&self, part: Part, bytes: &mut Vec<u8>) {
        match part {
            Part::Services => encode::write(&self.services, bytes),
            Part::Operations => encode::write(&self.operations, bytes),
            Part::Traces => self.traces.write(bytes),
            Part::Variables => {
                encode::write(&self.accesses, bytes);
                encode::write(&self.accessing_traces, bytes);
            }
            Part::Calls => {
                encode::write(&self.calls, bytes);
                encode::write(&self.calling_traces, bytes);
            }
        }
    }

    /// Adds what [`write`](Self::write) wrote of that part; `None` for anything else.
    pub(super) fn read(&mut self, part: Part, bytes: &mut &[u8]) -> Option<()> {
        match part {
            Part::Services => encode::add(&mut self.services, bytes),
            Part::Operations => encode::add(&mut self.operations, bytes),
            Part::Traces => {
                self.traces.add_all(&TraceSums::read(bytes)?, 1);
                Some(())
            }
            Part::Variables => {
                encode::add(&mut self.accesses, bytes)?;
                encode::add(&mut self.accessing_traces, bytes)
            }
            Part::Calls => {
                encode::add(&mut self.calls, bytes)?;
                encode::add(&mut self.calling_traces, bytes)
            }
        }
    }
}
