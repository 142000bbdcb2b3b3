//! Strands that can wait for each other in a cycle of locks.

use super::concurrent::concurrent;
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

/// Searches for examples of cycles.
pub(super) struct Examples<'a> {
    pub(super) traces: &'a [&'a Causality],
    dependencies: &'a Dependencies,
    in_all: u64,
    is_complete: bool,
}

impl<'a> Examples<'a> {
    pub(super) fn new(traces: &'a [&'a Causality], dependencies: &'a Dependencies) -> Self {
        Examples { traces, dependencies, in_all: MAX_STEPS_IN_ALL, is_complete: true }
    }

    /// Whether no search was broken off.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether there are steps left.
    pub(super) fn can_go_on(&self) -> bool {
        self.in_all > 0
    }

    /// Strands that can wait for each other in this cycle of locks, in its order.
    pub(super) fn find(&mut self, cycle: &[LockNo]) -> Option<Vec<Part<'a>>> {
        // In a cycle of one lock two strands hold it, and both want it.
        let locks = if cycle.len() == 1 { [cycle, cycle].concat() } else { cycle.to_vec() };
        let next = locks.iter().cycle().skip(1);
        let choices = locks.iter().zip(next);
        let choices = choices.map(|(&from, &to)| self.dependencies.between(from, to)).collect();
        let allowed = MAX_STEPS.min(self.in_all);
        let mut search = Search {
            traces: self.traces,
            dependencies: self.dependencies,
            locks: &locks,
            choices,
            shapes: Vec::new(),
            strands: Vec::new(),
            steps: 0,
            allowed,
        };
        let found = search.choose_shape();
        self.in_all -= search.steps.min(allowed);
        self.is_complete &= found.is_some() || search.steps < allowed;
        let parts = found?.into_iter().zip(&search.strands).zip(&locks);
        let parts = parts.map(|((hold, dependency), &lock)| self.part(dependency, hold, lock));
        parts.collect()
    }

    fn part(&self, dependency: &'a Dependency, place: u32, lock: LockNo) -> Option<Part<'a>> {
        let Dependency { trace, holds: ref places, .. } = *dependency;
        let holds = self.traces[trace as usize].locks.holds();
        let taken = &holds[place as usize];
        let is_in_cycle = |outer: u32| {
            let outer = &holds[outer as usize].held;
            self.dependencies.number(trace, outer.lock) == Some(lock)
        };
        let held = taken.within.iter().copied().find(|&outer| is_in_cycle(outer))?;
        Some(Part { trace, taken, held, count: places.len() as u64 })
    }
}

/// A search for one example: first for what is held and taken, as many strands hold and take the same; then
/// for strands.
struct Search<'a, 'c> {
    traces: &'a [&'a Causality],
    dependencies: &'a Dependencies,
    locks: &'c [LockNo],
    choices: Vec<&'a [Shape]>,
    shapes: Vec<&'a Shape>,
    strands: Vec<&'a Dependency>,
    steps: u64,
    allowed: u64,
}

impl<'a> Search<'a, '_> {
    /// Tries all shapes at the next place of the cycle. It is as deep as the cycle is long.
    fn choose_shape(&mut self) -> Option<Vec<u32>> {
        let place = self.shapes.len();
        let Some(&choices) = self.choices.get(place) else { return self.choose_strand() };
        for shape in choices {
            if !self.step() {
                return None;
            }
            if self.fits(shape) {
                self.shapes.push(shape);
                let found = self.choose_shape();
                self.shapes.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < self.allowed
    }

    /// Whether its strand can be there at once with those before it, and waits as they do.
    fn fits(&self, shape: &Shape) -> bool {
        let holding = self.dependencies.holding(shape);
        let place = self.shapes.len();
        let are_together =
            self.shapes.iter().all(|other| !exclude(holding, self.dependencies.holding(other)));
        let waits = |who: &Shape, whose: &Holding, lock: LockNo| {
            !(who.is_shared && whose.contains(&(lock, true)))
        };
        let previous = self.shapes.last();
        let is_last = place + 1 == self.choices.len();
        are_together
            && previous.is_none_or(|previous| waits(previous, holding, self.locks[place]))
            && (!is_last
                || self.shapes.first().is_none_or(|first| {
                    waits(shape, self.dependencies.holding(first), self.locks[0])
                }))
    }

    /// Tries all strands of the next shape. It is as deep as the cycle is long.
    fn choose_strand(&mut self) -> Option<Vec<u32>> {
        let Some(shape) = self.shapes.get(self.strands.len()) else {
            return concurrent(self.traces, &self.strands, &mut self.steps);
        };
        for &dependency in &shape.dependencies {
            if !self.step() {
                return None;
            }
            let dependency = self.dependencies.get(dependency);
            if !self.is_concurrent(dependency) {
                continue;
            }
            self.strands.push(dependency);
            let found = self.choose_strand();
            if found.is_some() {
                return found;
            }
            self.strands.pop();
        }
        None
    }

    /// Whether it is of another strand than each of those chosen, and can be concurrent with it.
    fn is_concurrent(&mut self, dependency: &'a Dependency) -> bool {
        self.strands.iter().all(|chosen| {
            chosen.trace != dependency.trace
                || (chosen.strand != dependency.strand
                    && concurrent(self.traces, &[chosen, dependency], &mut self.steps).is_some())
        })
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
