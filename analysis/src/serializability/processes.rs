//! Which events share a clock.

use foldhash::HashMap;

use crate::trace::{Event, ProcessKey};
use crate::variables::number;

/// The number of a process: of `service_name`, `instance_id` and `process_id`.
pub(super) type ProcessNo = u32;

/// The process of an event that names none: it shares its clock with no event.
pub(super) const NO_PROCESS: ProcessNo = ProcessNo::MAX;

/// The processes of a trace.
#[derive(Default)]
pub(super) struct Processes {
    numbers: HashMap<ProcessKey, ProcessNo>,
    /// Events of a strand mostly are of one process.
    last: Option<(ProcessKey, ProcessNo)>,
}

impl Processes {
    pub(super) fn number(&mut self, event: &Event) -> ProcessNo {
        let Some(process) = event.process_key() else { return NO_PROCESS };
        if let Some((last, number)) = self.last
            && last == process
        {
            return number;
        }
        let next = number(self.numbers.len());
        let number = *self.numbers.entry(process).or_insert(next);
        self.last = Some((process, number));
        number
    }
}
