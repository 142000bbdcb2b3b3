//! Concurrent programs: what their strands do, step by step.

/// The place of a strand in its program.
pub type StrandNo = usize;
/// The place of a variable in its program.
pub type VariableNo = usize;
/// The place of a lock in its program.
pub type LockNo = usize;
/// The number of a message.
pub type MessageNo = usize;

/// A concurrent program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Where strands run.
    pub processes: Vec<Process>,
    /// What they access.
    pub variables: Vec<Variable>,
    /// What excludes them.
    pub locks: Vec<Lock>,
    /// Requests and tasks.
    pub strands: Vec<Strand>,
}

/// An instance of a service.
#[derive(Clone, Debug)]
pub struct Process {
    /// The service.
    pub service: String,
    /// The instance.
    pub instance: String,
    /// The number of the process.
    pub id: i64,
    /// Microseconds by which its clock is ahead of the true time.
    pub skew: i64,
}

/// A variable of one service, or of all.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The service; `None` for a variable that services share.
    pub service: Option<String>,
}

/// A mutex or a read-write lock of one service.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Its name.
    pub name: String,
    /// The service.
    pub service: String,
    /// Whether there are shared holds of it.
    pub is_read_write: bool,
}

/// A request or a task.
#[derive(Clone, Debug)]
pub struct Strand {
    /// The number of its process.
    pub process: usize,
    /// The number of its trace.
    pub trace: usize,
    /// How it comes about.
    pub origin: Origin,
    /// What it does between its beginning and its end, which are steps too.
    pub steps: Vec<Step>,
}

/// How a strand comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A request from outside.
    Request,
    /// A task that another strand starts.
    Task,
    /// A request that another strand sends.
    Call,
}

/// A step of a strand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reads or writes.
    Access(VariableNo, AccessKind),
    /// Waits for a lock; `true` for a shared hold.
    Acquire(LockNo, bool),
    /// Gives a lock back.
    Release(LockNo),
    /// Starts tasks, or sends a request.
    Start(Vec<StrandNo>),
    /// Waits for the end of another strand.
    Join(StrandNo),
    /// Sends a message and goes on.
    Send(MessageNo),
    /// Waits for a message.
    Receive(MessageNo),
    /// Does something of its own.
    Work,
}

/// How an access touches its variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// A read.
    Read,
    /// A write.
    Write,
    /// An atomic load.
    AtomicRead,
    /// An atomic store.
    AtomicWrite,
    /// An atomic exchange.
    AtomicRmw,
}

impl AccessKind {
    /// As events spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AccessKind::Read => "Read",
            AccessKind::Write => "Write",
            AccessKind::AtomicRead => "AtomicRead",
            AccessKind::AtomicWrite => "AtomicWrite",
            AccessKind::AtomicRmw => "AtomicRMW",
        }
    }

    /// Whether it changes the variable.
    #[must_use]
    pub fn is_write(self) -> bool {
        !matches!(self, AccessKind::Read | AccessKind::AtomicRead)
    }

    /// Whether it can't be interrupted.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        !matches!(self, AccessKind::Read | AccessKind::Write)
    }
}

impl Program {
    /// The process in which a strand runs.
    #[must_use]
    pub fn process(&self, strand: StrandNo) -> &Process {
        &self.processes[self.strands[strand].process]
    }

    /// The service of a strand.
    #[must_use]
    pub fn service(&self, strand: StrandNo) -> &str {
        &self.process(strand).service
    }

    /// The names of variables that services share.
    pub fn shared_variables(&self) -> impl Iterator<Item = &str> {
        let shared = self.variables.iter().filter(|variable| variable.service.is_none());
        shared.map(|variable| variable.name.as_str())
    }

    /// Who starts a strand.
    #[must_use]
    pub fn starter(&self, strand: StrandNo) -> Option<StrandNo> {
        self.strands.iter().position(|starter| {
            starter.steps.iter().any(|step| matches!(step, Step::Start(of) if of.contains(&strand)))
        })
    }

    /// The request that a strand is or belongs to: a task belongs to that of its starter.
    #[must_use]
    pub fn request(&self, strand: StrandNo) -> StrandNo {
        let mut request = strand;
        while self.strands[request].origin == Origin::Task {
            let Some(starter) = self.starter(request) else { break };
            request = starter;
        }
        request
    }
}
