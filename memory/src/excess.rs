//! How far a store is over its limits.

/// What is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Excess {
    pub(crate) events: u64,
    pub(crate) bytes: usize,
}

impl Excess {
    /// Nothing may stay.
    pub(crate) const ALL: Self = Excess { events: u64::MAX, bytes: usize::MAX };

    pub(crate) fn is_none(self) -> bool {
        self.events == 0 && self.bytes == 0
    }

    /// So much has gone.
    pub(crate) fn take(&mut self, events: usize, bytes: usize) {
        self.events = self.events.saturating_sub(events as u64);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// How many of so many events, which take so many bytes, are too many: one at least.
    pub(crate) fn of_events(self, events: usize, bytes: usize) -> usize {
        let by_bytes = self.bytes.saturating_mul(events).div_ceil(bytes.max(1));
        usize::try_from(self.events).unwrap_or(usize::MAX).max(by_bytes).max(1)
    }
}
