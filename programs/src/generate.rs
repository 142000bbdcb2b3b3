//! Random programs.

use fastrand::Rng;

use crate::program::{
    AccessKind, Lock, LockNo, MessageNo, Origin, Process, Program, Step, Strand, StrandNo, Variable,
};

/// A program has at most so many strands.
const MAX_STRANDS: usize = 8;

/// A strand has at most so many steps of its own choice.
const MAX_STEPS: usize = 9;

/// The program of this seed.
#[must_use]
pub fn generate(seed: u64) -> Program {
    let mut random = Rng::with_seed(seed);
    let mut program = Program {
        processes: processes(&mut random),
        variables: variables(&mut random),
        locks: locks(&mut random),
        strands: Vec::new(),
    };
    let traces = random.usize(1..=3);
    for _ in 0..random.usize(1..=4) {
        program.strands.push(Strand {
            process: random.usize(0..program.processes.len()),
            trace: random.usize(0..traces),
            origin: Origin::Request,
            steps: Vec::new(),
        });
    }
    let mut generator = Generator { random, program, sent: Vec::new(), messages: 0 };
    // What is done may start strands, which then have their turn.
    let mut strand = 0;
    while strand < generator.program.strands.len() {
        generator.fill(strand);
        strand += 1;
    }
    generator.receive_messages();
    generator.program
}

const SERVICES: [&str; 2] = ["bank", "shop"];

/// One or two services, the first of which may have two instances.
fn processes(random: &mut Rng) -> Vec<Process> {
    let count = random.usize(1..=3);
    let mut process = |number: usize| Process {
        service: SERVICES[number % 2].to_owned(),
        instance: format!("host-{number}"),
        id: if number < 2 { 100 } else { 101 },
        skew: random.i64(-4_000..=4_000),
    };
    (0..count).map(&mut process).collect()
}

/// Services have variables of the same names, and may share one.
fn variables(random: &mut Rng) -> Vec<Variable> {
    let count = random.usize(1..=2);
    let of_service = |service: &str| {
        let service = service.to_owned();
        (0..count).map(move |number| Variable {
            name: format!("v{number}"),
            service: Some(service.clone()),
        })
    };
    let mut variables: Vec<Variable> = SERVICES.into_iter().flat_map(of_service).collect();
    if random.bool() {
        variables.push(Variable { name: "row".to_owned(), service: None });
    }
    variables
}

fn locks(random: &mut Rng) -> Vec<Lock> {
    let count = random.usize(0..=2);
    let kinds: Vec<bool> = (0..count).map(|_| random.bool()).collect();
    let of_service = |service: &str| {
        let lock = |(number, &is_read_write): (usize, &bool)| Lock {
            name: format!("l{number}"),
            service: service.to_owned(),
            is_read_write,
        };
        kinds.iter().enumerate().map(lock).collect::<Vec<_>>()
    };
    SERVICES.into_iter().flat_map(of_service).collect()
}

struct Generator {
    random: Rng,
    program: Program,
    /// Who sent messages that nobody waits for yet.
    sent: Vec<(MessageNo, StrandNo)>,
    messages: usize,
}

impl Generator {
    fn fill(&mut self, strand: StrandNo) {
        let mut held: Vec<LockNo> = Vec::new();
        let mut started: Vec<StrandNo> = Vec::new();
        for _ in 0..self.random.usize(1..=MAX_STEPS) {
            match self.random.u8(0..20) {
                0..11 => self.access(strand),
                11..13 => self.acquire(strand, &mut held),
                13..15 => self.release(strand, &mut held),
                15 => self.start(strand, &mut started),
                16 => self.join(strand, &mut started),
                17 => self.send(strand),
                _ => self.push(strand, Step::Work),
            }
        }
        // One in twenty forgets to.
        while !held.is_empty() && self.random.u8(0..20) > 0 {
            self.release(strand, &mut held);
        }
    }

    fn push(&mut self, strand: StrandNo, step: Step) {
        self.program.strands[strand].steps.push(step);
    }

    fn access(&mut self, strand: StrandNo) {
        let service = self.program.service(strand);
        let variables = self.program.variables.iter().enumerate();
        let known: Vec<usize> = variables
            .filter(|(_, variable)| variable.service.as_deref().is_none_or(|of| of == service))
            .map(|(number, _)| number)
            .collect();
        let kind = match self.random.u8(0..12) {
            0..5 => AccessKind::Read,
            5..9 => AccessKind::Write,
            9 => AccessKind::AtomicRead,
            10 => AccessKind::AtomicWrite,
            _ => AccessKind::AtomicRmw,
        };
        if let Some(variable) = self.random.choice(known) {
            self.push(strand, Step::Access(variable, kind));
        }
    }

    /// A lock that the strand doesn't hold.
    fn acquire(&mut self, strand: StrandNo, held: &mut Vec<LockNo>) {
        let service = self.program.service(strand);
        let locks = self.program.locks.iter().enumerate();
        let free: Vec<LockNo> = locks
            .filter(|(number, lock)| lock.service == service && !held.contains(number))
            .map(|(number, _)| number)
            .collect();
        let Some(lock) = self.random.choice(free) else { return };
        held.push(lock);
        let is_shared = self.program.locks[lock].is_read_write && self.random.bool();
        self.push(strand, Step::Acquire(lock, is_shared));
    }

    fn release(&mut self, strand: StrandNo, held: &mut Vec<LockNo>) {
        if held.is_empty() {
            return;
        }
        let lock = held.swap_remove(self.random.usize(0..held.len()));
        self.push(strand, Step::Release(lock));
    }

    /// Whoever starts others goes on at least one step, so that they can be told from its own continuation.
    fn start(&mut self, strand: StrandNo, started: &mut Vec<StrandNo>) {
        let is_call = self.random.bool();
        let count = if is_call { 1 } else { self.random.usize(1..=3) };
        let first = self.program.strands.len();
        let others: Vec<StrandNo> = (first..MAX_STRANDS.min(first + count)).collect();
        if others.is_empty() {
            return;
        }
        for _ in &others {
            let parent = &self.program.strands[strand];
            let called = self.random.usize(0..self.program.processes.len());
            self.program.strands.push(Strand {
                process: if is_call { called } else { parent.process },
                trace: parent.trace,
                origin: if is_call { Origin::Call } else { Origin::Task },
                steps: Vec::new(),
            });
        }
        started.extend(&others);
        self.push(strand, Step::Start(others));
        self.push(strand, Step::Work);
    }

    fn join(&mut self, strand: StrandNo, started: &mut Vec<StrandNo>) {
        if !started.is_empty() {
            let other = started.swap_remove(self.random.usize(0..started.len()));
            self.push(strand, Step::Join(other));
        }
    }

    fn send(&mut self, strand: StrandNo) {
        self.push(strand, Step::Send(self.messages));
        self.sent.push((self.messages, strand));
        self.messages += 1;
    }

    /// Each message is awaited by another strand, of its trace, at any place of it.
    fn receive_messages(&mut self) {
        for (message, sender) in std::mem::take(&mut self.sent) {
            let strands = self.program.strands.iter().enumerate();
            let trace = self.program.strands[sender].trace;
            let others =
                strands.filter(|&(number, other)| number != sender && other.trace == trace);
            let others: Vec<StrandNo> = others.map(|(number, _)| number).collect();
            let Some(receiver) = self.random.choice(others) else { continue };
            let steps = &mut self.program.strands[receiver].steps;
            let mut place = self.random.usize(0..=steps.len());
            if place > 0 && matches!(steps[place - 1], Step::Start(_)) {
                place += 1;
            }
            steps.insert(place, Step::Receive(message));
        }
    }
}
