//! In which order two threads or tasks take their steps.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// The second starts when the first has ended.
    Serial,
    /// The first waits between its two accesses until the second has ended.
    Nested,
    /// The second starts between the two accesses of the first, and has to wait for its lock.
    Contended,
}

impl Schedule {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "serial" => Schedule::Serial,
            "nested" => Schedule::Nested,
            "contended" => Schedule::Contended,
            _ => panic!("no schedule: {name}"),
        }
    }
}
