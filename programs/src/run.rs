//! Runs a program under a random schedule, with real locks, joins, messages and values.

use std::collections::HashMap;

use fastrand::Rng;

use crate::execution::{Access, Action, Executed, Execution, Held};
use crate::program::{AccessKind, LockNo, Origin, Program, Step, StrandNo, VariableNo};

/// Microseconds between two steps: some are within the skew of clocks, some beyond it, some at one instant.
const PAUSES: [i64; 6] = [0, 1, 7, 300, 3_000, 15_000];

/// Microseconds between two steps whose order is given.
const STEP: i64 = 1_000;

/// Runs the program until no strand can go on: all have ended, or wait for each other.
#[must_use]
pub fn run(program: &Program, seed: u64) -> Execution {
    let mut random = Rng::with_seed(seed);
    let mut run = Run::of(program);
    loop {
        let ready: Vec<StrandNo> =
            (0..program.strands.len()).filter(|&strand| run.can_go_on(strand)).collect();
        let Some(&strand) = random.choice(&ready) else { break };
        run.time += random.choice(PAUSES).unwrap_or_default();
        run.go_on(strand);
    }
    run.finish()
}

/// Runs the program step by step: each letter of the order is a strand (`a` is the first) that does its next
/// step, which must be possible. A strand begins before its first step and ends after its last one.
///
/// # Panics
/// If a strand can't do its step.
#[must_use]
pub fn run_in_order(program: &Program, order: &str) -> Execution {
    let mut run = Run::of(program);
    for letter in order.bytes() {
        let strand = StrandNo::from(letter - b'a');
        if run.strands[strand].done == 0 {
            run.do_step(strand);
        }
        run.do_step(strand);
        if run.next(strand).is_none() {
            run.do_step(strand);
        }
    }
    run.finish()
}

struct Run<'p> {
    program: &'p Program,
    time: i64,
    steps: Vec<Executed>,
    strands: Vec<State>,
    values: Vec<i64>,
    /// The steps that sent messages.
    sent: HashMap<usize, usize>,
}

#[derive(Default)]
struct State {
    /// The step that started it; `None` for a request from outside.
    started_by: Option<usize>,
    is_started: bool,
    /// How many of its steps are done, of which the beginning is one.
    done: usize,
    /// The step by which it asked for the lock that it waits for.
    waits_since: Option<usize>,
    held: Vec<Held>,
    /// What it has read or written last.
    known: HashMap<VariableNo, i64>,
    ended_by: Option<usize>,
}

impl<'p> Run<'p> {
    fn of(program: &'p Program) -> Self {
        let mut strands: Vec<State> = program.strands.iter().map(|_| State::default()).collect();
        for (state, strand) in strands.iter_mut().zip(&program.strands) {
            state.is_started = strand.origin == Origin::Request;
        }
        let values = vec![0; program.variables.len()];
        Run { program, time: 0, steps: Vec::new(), strands, values, sent: HashMap::new() }
    }

    fn finish(self) -> Execution {
        Execution { program: self.program.clone(), steps: self.steps }
    }

    fn do_step(&mut self, strand: StrandNo) {
        let before = self.strands[strand].done;
        while self.strands[strand].done == before {
            assert!(self.can_go_on(strand), "strand {strand} can do step {before}");
            self.go_on(strand);
        }
        self.time += STEP;
    }

    /// The step that a strand does next; `None` for its beginning and its end.
    fn next(&self, strand: StrandNo) -> Option<&'p Step> {
        self.program.strands[strand].steps.get(self.strands[strand].done.checked_sub(1)?)
    }

    fn can_go_on(&self, strand: StrandNo) -> bool {
        let state = &self.strands[strand];
        let is_running = state.is_started && state.ended_by.is_none();
        is_running
            && match self.next(strand) {
                // To ask for a lock is a step, and to get it another.
                Some(&Step::Acquire(lock, is_shared)) => {
                    state.waits_since.is_none() || self.is_free(lock, is_shared)
                }
                Some(Step::Join(other)) => self.strands[*other].ended_by.is_some(),
                Some(Step::Receive(message)) => self.sent.contains_key(message),
                _ => true,
            }
    }

    fn is_free(&self, lock: LockNo, is_shared: bool) -> bool {
        let mut holds = self.strands.iter().flat_map(|state| &state.held);
        !holds.any(|held| held.lock == lock && !(held.is_shared && is_shared))
    }

    fn go_on(&mut self, strand: StrandNo) {
        match self.next(strand) {
            None if self.strands[strand].done == 0 => {
                let starter = self.strands[strand].started_by;
                self.record(strand, Action::Begin, starter);
            }
            None => {
                let end = self.record(strand, Action::End, None);
                self.strands[strand].ended_by = Some(end);
            }
            Some(&Step::Acquire(lock, is_shared)) => self.acquire(strand, lock, is_shared),
            Some(&Step::Release(lock)) => self.release(strand, lock),
            Some(&Step::Access(variable, kind)) => {
                let access = self.access(strand, variable, kind);
                self.record(strand, Action::Access(access), None);
            }
            Some(Step::Start(others)) => self.start(strand, others),
            Some(&Step::Join(other)) => {
                let end = self.strands[other].ended_by;
                self.record(strand, Action::Join(other), end);
            }
            Some(&Step::Send(message)) => {
                let step = self.record(strand, Action::Send(message), None);
                self.sent.insert(message, step);
            }
            Some(&Step::Receive(message)) => {
                let sending = self.sent.get(&message).copied();
                self.record(strand, Action::Receive(message), sending);
            }
            Some(Step::Work) => drop(self.record(strand, Action::Work, None)),
        }
    }

    fn record(&mut self, strand: StrandNo, action: Action, enabled_by: Option<usize>) -> usize {
        let state = &mut self.strands[strand];
        state.done += 1;
        self.steps.push(Executed {
            strand,
            action,
            time: self.time,
            enabled_by,
            held: state.held.clone(),
        });
        self.steps.len() - 1
    }

    fn acquire(&mut self, strand: StrandNo, lock: LockNo, is_shared: bool) {
        let Some(since) = self.strands[strand].waits_since.take() else {
            let step = self.record(strand, Action::Acquire { lock, is_shared, got: None }, None);
            self.strands[strand].done -= 1;
            self.strands[strand].waits_since = Some(step);
            return;
        };
        let state = &mut self.strands[strand];
        state.done += 1;
        state.held.push(Held { lock, is_shared, since });
        self.steps[since].held.clone_from(&state.held);
        self.steps[since].action = Action::Acquire { lock, is_shared, got: Some(self.time) };
    }

    fn release(&mut self, strand: StrandNo, lock: LockNo) {
        let held = &mut self.strands[strand].held;
        let Some(place) = held.iter().position(|held| held.lock == lock) else {
            self.strands[strand].done += 1;
            return;
        };
        let was_shared = held.remove(place).is_shared;
        self.record(strand, Action::Release { lock, was_shared }, None);
    }

    /// A write stores the value that the strand knows, and one more.
    fn access(&mut self, strand: StrandNo, variable: VariableNo, kind: AccessKind) -> Access {
        let value = &mut self.values[variable];
        let known = self.strands[strand].known.get(&variable).copied();
        let old = match kind {
            AccessKind::AtomicRmw => Some(*value),
            AccessKind::Write | AccessKind::AtomicWrite => known,
            AccessKind::Read | AccessKind::AtomicRead => None,
        };
        if kind.is_write() {
            *value = old.unwrap_or_default() + 1;
        }
        self.strands[strand].known.insert(variable, *value);
        Access { variable, kind, old, new: *value }
    }

    fn start(&mut self, strand: StrandNo, others: &[StrandNo]) {
        let step = self.record(strand, Action::Start(others.to_vec()), None);
        for &other in others {
            self.strands[other].is_started = true;
            self.strands[other].started_by = Some(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, run};
    use crate::{exclude, generate};

    /// A wait for a lock stands where it began, and others may hold the lock then.
    #[test]
    fn a_lock_keeps_its_holders_apart() {
        for seed in 0..500 {
            let execution = run(&generate(seed), seed);
            let mut held = vec![Vec::new(); execution.program.strands.len()];
            let steps = execution.steps.into_iter();
            for step in steps.filter(|step| !matches!(step.action, Action::Acquire { .. })) {
                held[step.strand] = step.held;
                for other in (0..held.len()).filter(|&other| other != step.strand) {
                    assert!(!exclude(&held[step.strand], &held[other]), "in the program {seed}");
                }
            }
        }
    }
}
