//! A bound on the steps that a search takes.

/// Steps for each access of a variable.
const STEPS_PER_ACCESS: u64 = 1024;

/// The steps that are left.
pub(super) struct Budget {
    left: u64,
    is_spent: bool,
}

impl Budget {
    /// For a variable with so many accesses.
    pub(super) fn of(accesses: usize) -> Self {
        Budget { left: STEPS_PER_ACCESS.saturating_mul(accesses as u64), is_spent: false }
    }

    /// Takes steps; false if there are not so many left.
    pub(super) fn spend(&mut self, steps: u64) -> bool {
        match self.left.checked_sub(steps) {
            Some(left) if !self.is_spent => self.left = left,
            _ => self.is_spent = true,
        }
        !self.is_spent
    }

    /// Whether it was not enough.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }
}
