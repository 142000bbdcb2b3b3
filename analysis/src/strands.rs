//! Which events follow each other by program order: the requests and tasks of a trace.

use crate::trace::{EventNo, Trace};

/// A strand of a trace: the events of one request, task or thread.
pub type StrandNo = u32;

/// The strands of a trace, in order of their first events.
#[derive(Debug)]
pub struct Strands {
    strand_of: Vec<StrandNo>,
    strands: Vec<Strand>,
}

/// The events of one request, task or thread, in program order.
#[derive(Debug)]
pub struct Strand {
    /// Its events.
    pub events: Vec<EventNo>,
    /// The event from which it forked off.
    pub forked_from: Option<EventNo>,
}

impl Strands {
    /// Finds the strands of a trace.
    #[must_use]
    pub fn of(_trace: &Trace) -> Self {
        todo!()
    }

    /// The strand of an event.
    #[must_use]
    pub fn of_event(&self, event: EventNo) -> StrandNo {
        self.strand_of[event as usize]
    }

    /// All strands.
    #[must_use]
    pub fn all(&self) -> &[Strand] {
        &self.strands
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, strand: StrandNo) -> &Strand {
        &self.strands[strand as usize]
    }
}
