//! What a program did in one run.

use crate::program::{AccessKind, LockNo, MessageNo, Program, StrandNo, VariableNo};

/// The steps of a program that were run.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The program.
    pub program: Program,
    /// The steps in an order in which they could have been run one by one. A wait for a lock stands where it
    /// began.
    pub steps: Vec<Executed>,
}

/// A step that was run.
#[derive(Clone, Debug)]
pub struct Executed {
    /// Who ran it.
    pub strand: StrandNo,
    /// What it did.
    pub action: Action,
    /// When: microseconds of the true time since the run began.
    pub time: i64,
    /// The step of another strand without which it could not have been run.
    pub enabled_by: Option<usize>,
    /// What its strand held afterwards.
    pub held: Vec<Held>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The strand began.
    Begin,
    /// The strand ended.
    End,
    /// A variable was read or written.
    Access(Access),
    /// A lock was asked for.
    Acquire {
        /// The lock.
        lock: LockNo,
        /// Whether for a shared hold.
        is_shared: bool,
        /// When it was got; `None` if never.
        got: Option<i64>,
    },
    /// A lock was given back.
    Release {
        /// The lock.
        lock: LockNo,
        /// Whether it was a shared hold.
        was_shared: bool,
    },
    /// Strands were started.
    Start(Vec<StrandNo>),
    /// The end of another strand was seen.
    Join(StrandNo),
    /// A message was sent.
    Send(MessageNo),
    /// A message was received.
    Receive(MessageNo),
    /// Something of its own.
    Work,
}

/// An access, with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The variable.
    pub variable: VariableNo,
    /// How.
    pub kind: AccessKind,
    /// What the strand took the variable to be before a write, if it had read it.
    pub old: Option<i64>,
    /// What was read or written.
    pub new: i64,
}

/// A lock that a strand held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The lock.
    pub lock: LockNo,
    /// Whether others could hold it, too.
    pub is_shared: bool,
    /// The step by which it was taken.
    pub since: usize,
}

impl Execution {
    /// The access of a step, if it is one.
    #[must_use]
    pub fn access(&self, step: usize) -> Option<Access> {
        match self.steps[step].action {
            Action::Access(access) => Some(access),
            _ => None,
        }
    }

    /// Microseconds by which the times of two steps must differ to tell which was first: one process has one
    /// clock.
    pub(crate) fn margin(&self, one: usize, other: usize, clock_skew: i64) -> i64 {
        let process = |step: usize| self.program.strands[self.steps[step].strand].process;
        if process(one) == process(other) { 0 } else { clock_skew }
    }

    /// The steps of a strand, in order.
    pub fn steps_of(&self, strand: StrandNo) -> impl Iterator<Item = usize> {
        (0..self.steps.len()).filter(move |&step| self.steps[step].strand == strand)
    }

    /// Whether a strand started another one while it held a lock.
    #[must_use]
    pub fn starts_under_locks(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.action, Action::Start(_)) && !step.held.is_empty())
    }
}

/// Whether two sets of locks keep their holders apart: a lock is in both, and not shared in both.
#[must_use]
pub fn exclude(one: &[Held], other: &[Held]) -> bool {
    one.iter().any(|a| other.iter().any(|b| a.lock == b.lock && !(a.is_shared && b.is_shared)))
}
