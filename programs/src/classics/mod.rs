//! The mistakes that every textbook has, and what looks like one and is none, by name.

mod locks;
mod order;
mod program;
mod updates;

use crate::execution::Execution;
use crate::style::Style;
use crate::told::Told;
use crate::write::{Written, write_readably};

pub use locks::{
    dining_philosophers, dining_philosophers_in_order, double_checked_locking, reader_writer_lock,
    write_under_a_read_lock,
};
pub use order::{
    fork_and_join, fork_without_join, message_passing, message_passing_with_acknowledgement,
    retry_after_a_timeout, retry_after_an_answer,
};
pub use updates::{
    dirty_read, lock_read_unlock_lock_write_unlock, lost_update, non_repeatable_read, write_skew,
};

/// A small run with a name.
#[derive(Clone, Debug)]
pub struct Classic {
    /// Its name, which is that of its trace.
    pub name: &'static str,
    /// What happens in it.
    pub about: &'static str,
    /// The run.
    pub execution: Execution,
}

impl Classic {
    /// Its events; `a1` is the first of the first strand.
    ///
    /// # Panics
    /// Never: none of them starts a task under a lock, so each style can tell of it.
    #[must_use]
    pub fn events(&self, style: Style) -> Vec<Written> {
        let told = Told::of(&self.execution, style).expect("a run that can be told");
        write_readably(&self.execution, &told, style, self.name)
    }
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Classic> {
    vec![
        lost_update(),
        write_skew(),
        dirty_read(),
        non_repeatable_read(),
        lock_read_unlock_lock_write_unlock(),
        double_checked_locking(),
        message_passing(),
        message_passing_with_acknowledgement(),
        fork_and_join(),
        fork_without_join(),
        reader_writer_lock(),
        write_under_a_read_lock(),
        dining_philosophers(),
        dining_philosophers_in_order(),
        retry_after_an_answer(),
        retry_after_a_timeout(),
    ]
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::oracle::races::races;
    use crate::{Style, Told};

    #[test]
    fn they_race_as_the_textbooks_say() {
        let racing = [
            "lost-update",
            "dirty-read",
            "non-repeatable-read",
            "double-checked-locking",
            "message-passing",
            "fork-without-join",
            "write-under-a-read-lock",
            "retry-after-a-timeout",
        ];
        for classic in all() {
            let told = Told::of(&classic.execution, Style::ALL[1]).expect("clocks and threads");
            let races = races(&classic.execution, &told);
            assert_eq!(!races.is_empty(), racing.contains(&classic.name), "{}", classic.name);
        }
    }
}
