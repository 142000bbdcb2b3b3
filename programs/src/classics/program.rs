//! Small programs of one service, in a few words.

use super::Classic;
use crate::program::{AccessKind, Lock, Origin, Process, Program, Step, Strand, Variable};
use crate::run::run_in_order;

pub(super) const fn read(variable: usize) -> Step {
    Step::Access(variable, AccessKind::Read)
}

pub(super) const fn write(variable: usize) -> Step {
    Step::Access(variable, AccessKind::Write)
}

pub(super) const fn acquire(lock: usize) -> Step {
    Step::Acquire(lock, false)
}

/// Takes a read lock.
pub(super) const fn share(lock: usize) -> Step {
    Step::Acquire(lock, true)
}

pub(super) const fn release(lock: usize) -> Step {
    Step::Release(lock)
}

pub(super) fn start(others: &[usize]) -> Step {
    Step::Start(others.to_vec())
}

/// A request that does these steps.
pub(super) fn request(steps: impl Into<Vec<Step>>) -> Strand {
    Strand { process: 0, trace: 0, origin: Origin::Request, steps: steps.into() }
}

/// A task that does these steps.
pub(super) fn task(steps: impl Into<Vec<Step>>) -> Strand {
    Strand { origin: Origin::Task, ..request(steps) }
}

/// A request from another strand that does these steps.
pub(super) fn call(steps: impl Into<Vec<Step>>) -> Strand {
    Strand { origin: Origin::Call, ..request(steps) }
}

/// A classic that is still to be run.
pub(super) struct Draft {
    name: &'static str,
    about: &'static str,
    program: Program,
}

/// A classic of this name.
pub(super) fn classic(name: &'static str, about: &'static str) -> Draft {
    let process =
        Process { service: "bank".to_owned(), instance: "host-1".to_owned(), id: 1, skew: 0 };
    let program = Program { processes: vec![process], ..Program::default() };
    Draft { name, about, program }
}

impl Draft {
    /// Its variables.
    pub(super) fn variables(mut self, names: &[&str]) -> Self {
        let service = || Some("bank".to_owned());
        let variables =
            names.iter().map(|&name| Variable { name: name.to_owned(), service: service() });
        self.program.variables = variables.collect();
        self
    }

    /// Its mutexes.
    pub(super) fn mutexes(self, names: &[&str]) -> Self {
        self.locks(names, false)
    }

    /// Its read-write locks.
    pub(super) fn read_write_locks(self, names: &[&str]) -> Self {
        self.locks(names, true)
    }

    fn locks(mut self, names: &[&str], is_read_write: bool) -> Self {
        let lock = |&name: &&str| Lock {
            name: name.to_owned(),
            service: "bank".to_owned(),
            is_read_write,
        };
        self.program.locks = names.iter().map(lock).collect();
        self
    }

    /// Runs it: `a` is the next step of the first strand.
    pub(super) fn run(mut self, strands: impl Into<Vec<Strand>>, order: &str) -> Classic {
        self.program.strands = strands.into();
        Classic {
            name: self.name,
            about: self.about,
            execution: run_in_order(&self.program, order),
        }
    }
}
