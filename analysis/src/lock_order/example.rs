//! Strands that can wait for each other in a cycle of locks.

use super::concurrent::choose_concurrent;
use super::dependencies::{Dependencies, Dependency, Holding, LockNo, Shape};
use crate::Causality;
use crate::locks::Hold;

/// How many steps the search for one example takes at most.
const MAX_STEPS: u64 = 2_000_000;
/// And for all.
const MAX_STEPS_IN_ALL: u64 = 20_000_000;

/// One strand of a cycle.
pub(super) struct Part<'a> {
    /// A place in the list of traces.
    pub(super) trace: u32,
    /// Its acquisition of the next lock of the cycle.
    pub(super) taken: &'a Hold,
    /// How it holds the lock of the cycle: a place in the trace's holds.
    pub(super) held: u32,
    /// How often it takes the lock while it holds just these.
    pub(super) count: u64,
}

/// Searches for examples of cycles: first for what is held and taken, as many strands hold and take the same;
/// then for strands; then for their acquisitions.
pub(super) struct Examples<'a> {
    traces: &'a [&'a Causality],
    dependencies: &'a Dependencies,
    locks: Vec<LockNo>,
    /// At each place of the cycle, what can be held and taken there.
    choices: Vec<&'a [Shape]>,
    shapes: Vec<&'a Shape>,
    strands: Vec<&'a Dependency>,
    /// Of each strand, which of its acquisitions.
    acquisitions: Vec<usize>,
    steps: u64,
    allowed: u64,
    in_all: u64,
    is_complete: bool,
}

impl<'a> Examples<'a> {
    pub(super) fn new(traces: &'a [&'a Causality], dependencies: &'a Dependencies) -> Self {
        Examples {
            traces,
            dependencies,
            locks: Vec::new(),
            choices: Vec::new(),
            shapes: Vec::new(),
            strands: Vec::new(),
            acquisitions: Vec::new(),
            steps: 0,
            allowed: 0,
            in_all: MAX_STEPS_IN_ALL,
            is_complete: true,
        }
    }

    /// Whether no search was broken off.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether there are steps left.
    pub(super) fn can_go_on(&self) -> bool {
        self.in_all > 0
    }

    /// Whether strands can wait for each other in this cycle of locks.
    pub(super) fn find(&mut self, cycle: &[LockNo]) -> bool {
        self.locks.clear();
        self.locks.extend(cycle);
        if cycle.len() == 1 {
            // Two strands hold it, and both want it.
            self.locks.extend(cycle);
        }
        let next = self.locks.iter().cycle().skip(1);
        let choices = self.locks.iter().zip(next);
        let choices = choices.map(|(&from, &to)| self.dependencies.between(from, to));
        self.choices.clear();
        self.choices.extend(choices);
        self.shapes.clear();
        self.strands.clear();
        (self.steps, self.allowed) = (0, MAX_STEPS.min(self.in_all));
        let is_found = self.choose_shape();
        self.in_all -= self.steps.min(self.allowed);
        self.is_complete &= is_found || self.steps < self.allowed;
        is_found
    }

    /// The strands that were found last, in order of the cycle.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let parts = self.strands.iter().zip(&self.acquisitions).zip(&self.locks);
        parts.filter_map(|((strand, &place), &lock)| self.part(strand, place, lock)).collect()
    }

    fn part(&self, dependency: &Dependency, place: usize, lock: LockNo) -> Option<Part<'a>> {
        let Dependency { trace, ref acquisitions, .. } = *dependency;
        let holds = self.traces[trace as usize].locks.holds();
        let taken = &holds[acquisitions[place].0 as usize];
        let is_in_cycle = |outer: u32| {
            let outer = &holds[outer as usize].held;
            self.dependencies.number(trace, outer.lock) == Some(lock)
        };
        let held = taken.within.iter().copied().find(|&outer| is_in_cycle(outer))?;
        Some(Part { trace, taken, held, count: acquisitions.len() as u64 })
    }

    /// Tries all shapes at the next place of the cycle. It is as deep as the cycle is long.
    fn choose_shape(&mut self) -> bool {
        let Some(&choices) = self.choices.get(self.shapes.len()) else {
            return self.choose_strand();
        };
        for shape in choices {
            if !self.step() {
                return false;
            }
            if self.fits(shape) {
                self.shapes.push(shape);
                if self.choose_shape() {
                    return true;
                }
                self.shapes.pop();
            }
        }
        false
    }

    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < self.allowed
    }

    /// Whether its strand can be there at once with those before it, and waits as they do.
    fn fits(&self, shape: &Shape) -> bool {
        let holding = self.dependencies.holding(shape);
        let place = self.shapes.len();
        let is_last = place + 1 == self.choices.len();
        let excludes = |other: &&Shape| exclude(holding, self.dependencies.holding(other));
        let waits = |who: &Shape, whose: &Holding, lock: LockNo| {
            !(who.is_shared && whose.contains(&(lock, true)))
        };
        let previous_waits =
            self.shapes.last().is_none_or(|previous| waits(previous, holding, self.locks[place]));
        let first = self.shapes.first().filter(|_| is_last);
        let waits_for_first =
            first.is_none_or(|first| waits(shape, self.dependencies.holding(first), self.locks[0]));
        previous_waits && waits_for_first && !self.shapes.iter().any(excludes)
    }

    /// Tries all strands of the next shape. It is as deep as the cycle is long.
    fn choose_strand(&mut self) -> bool {
        let Some(&shape) = self.shapes.get(self.strands.len()) else {
            return self.choose_acquisitions();
        };
        for dependency in self.dependencies.of_shape(shape) {
            if !self.step() {
                return false;
            }
            if self.is_concurrent(dependency) {
                self.strands.push(dependency);
                if self.choose_strand() {
                    return true;
                }
                self.strands.pop();
            }
        }
        false
    }

    /// Whether it is of another strand than each of those chosen, and can be concurrent with it.
    fn is_concurrent(&mut self, dependency: &Dependency) -> bool {
        let Examples { traces, strands, acquisitions, steps, .. } = self;
        strands.iter().all(|chosen| {
            chosen.trace != dependency.trace
                || (chosen.strand != dependency.strand
                    && choose_concurrent(traces, &[chosen, dependency], acquisitions, steps))
        })
    }

    fn choose_acquisitions(&mut self) -> bool {
        choose_concurrent(self.traces, &self.strands, &mut self.acquisitions, &mut self.steps)
    }
}

/// Whether a lock is in both that isn't shared in both.
fn exclude(one: &Holding, other: &Holding) -> bool {
    let mut other = other.iter().peekable();
    one.iter().any(|&(lock, is_shared)| {
        while other.next_if(|&&(known, _)| known < lock).is_some() {}
        other.peek().is_some_and(|&&(known, shared)| known == lock && !(shared && is_shared))
    })
}
