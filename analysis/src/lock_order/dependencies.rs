//! Which locks strands take while they hold which.

use std::collections::BTreeMap;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use crate::Causality;
use crate::graph::Graph;
use crate::locks::{Held, Hold, Lock};
use crate::strands::StrandNo;
use crate::trace::EventNo;

/// The number of a lock, in order of services and ids.
pub(super) type LockNo = u32;

/// How many pairs of a lock that is held and one that is taken are kept at most.
const MAX_EDGES: usize = 3_000_000;

/// Locks that are held, in order, and whether each is held as a shared one only.
pub(super) type Holding = Vec<(LockNo, bool)>;

/// A strand takes a lock while it holds others, once or more often.
#[derive(Debug)]
pub(super) struct Dependency {
    /// A place in the list of traces.
    pub(super) trace: u32,
    pub(super) strand: StrandNo,
    /// Its acquisitions in program order: each a place in the trace's holds, and its event.
    pub(super) acquisitions: Vec<(u32, EventNo)>,
}

/// Dependencies by which one lock is taken while another is held, that differ in nothing but their strands.
#[derive(Debug)]
pub(super) struct Shape {
    from: LockNo,
    to: LockNo,
    pub(super) is_shared: bool,
    holding: u32,
    /// Places in the list of edges.
    edges: Range<u32>,
}

impl Shape {
    /// The lock that is held and the one that is taken.
    fn edge(&self) -> (LockNo, LockNo) {
        (self.from, self.to)
    }
}

/// All dependencies, and the graph of locks that they make.
#[derive(Debug)]
pub(super) struct Dependencies {
    all: Vec<Dependency>,
    /// Of each trace.
    numbers: Vec<HashMap<Lock, LockNo>>,
    holdings: Vec<Holding>,
    /// In order.
    edges: Vec<Edge>,
    /// In order of their locks.
    shapes: Vec<Shape>,
    /// Of each edge of the graph, where its shapes start, and where those of the last one end.
    starts: Vec<usize>,
    pub(super) graph: Graph,
    /// Whether more locks are held at once, more often, than is kept.
    pub(super) is_cut: bool,
}

impl Dependencies {
    pub(super) fn of(traces: &[&Causality]) -> Self {
        let (count, numbers) = number_locks(traces);
        let mut builder = Builder::default();
        for ((trace, causality), numbers) in (0..).zip(traces).zip(&numbers) {
            builder.add(trace, causality, numbers);
        }
        let Builder { all, holdings, mut edges, is_cut, .. } = builder;
        edges.sort_unstable();
        edges.dedup();
        let shapes = shapes(&edges);
        let ways = shapes.chunk_by(|one, other| one.edge() == other.edge());
        let graph = Graph::of(count, ways.clone().map(|shapes| shapes[0].edge()));
        let mut starts = vec![0];
        for shapes in ways {
            starts.push(starts[starts.len() - 1] + shapes.len());
        }
        Dependencies { all, numbers, holdings, edges, shapes, starts, graph, is_cut }
    }

    /// The dependencies by which one lock is taken while the other is held.
    pub(super) fn between(&self, from: LockNo, to: LockNo) -> &[Shape] {
        let edge = self.graph.edge(from, to);
        edge.map_or(&[], |edge| &self.shapes[self.starts[edge]..self.starts[edge + 1]])
    }

    /// The dependencies of a shape, in order of traces and strands.
    pub(super) fn of_shape(&self, shape: &Shape) -> impl Iterator<Item = &Dependency> {
        let edges = &self.edges[shape.edges.start as usize..shape.edges.end as usize];
        edges.iter().map(|&(.., dependency)| &self.all[dependency as usize])
    }

    /// The number of a trace's lock.
    pub(super) fn number(&self, trace: u32, lock: Lock) -> Option<LockNo> {
        self.numbers[trace as usize].get(&lock).copied()
    }

    /// What is held when the lock is taken.
    pub(super) fn holding(&self, shape: &Shape) -> &Holding {
        &self.holdings[shape.holding as usize]
    }
}

/// A lock that is held, one that is taken, whether as a shared one, the number of what is held, and by which
/// dependency.
type Edge = (LockNo, LockNo, bool, u32, u32);

/// The edges are in order.
fn shapes(edges: &[Edge]) -> Vec<Shape> {
    let key = |&(from, to, is_shared, holding, _): &Edge| (from, to, is_shared, holding);
    let mut end = 0;
    let same = edges.chunk_by(|one, other| key(one) == key(other));
    let shapes = same.map(|same| {
        let (from, to, is_shared, holding) = key(&same[0]);
        let start = end;
        end += number(same.len());
        Shape { from, to, is_shared, holding, edges: start..end }
    });
    shapes.collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("fewer than 2^32 edges")
}

/// How many locks there are that are taken while others are held, or are those others; and of each trace
/// their numbers.
fn number_locks(traces: &[&Causality]) -> (usize, Vec<HashMap<Lock, LockNo>>) {
    let mut texts: BTreeMap<(&str, &str), LockNo> = BTreeMap::new();
    let of_traces = traces.iter().map(|causality| {
        let holds = causality.locks.holds();
        let nested = holds.iter().filter(|hold| !hold.within.is_empty());
        let mut locks: HashMap<Lock, LockNo> = HashMap::new();
        for hold in nested {
            locks.insert(hold.held.lock, 0);
            locks.extend(hold.within.iter().map(|&outer| (holds[outer as usize].held.lock, 0)));
        }
        for lock in locks.keys() {
            texts.insert((causality.trace.text(lock.service), causality.trace.text(lock.id)), 0);
        }
        locks
    });
    let mut of_traces: Vec<_> = of_traces.collect();
    for (number, place) in (0..).zip(texts.values_mut()) {
        *place = number;
    }
    for (causality, locks) in traces.iter().zip(&mut of_traces) {
        for (lock, number) in locks {
            *number = texts[&(causality.trace.text(lock.service), causality.trace.text(lock.id))];
        }
    }
    (texts.len(), of_traces)
}

/// A strand, the lock that it takes, whether as a shared one, what it holds, and whether one event tells of
/// this lock and of one that is held.
type Key = (StrandNo, LockNo, bool, u32, bool);

#[derive(Default)]
struct Builder {
    all: Vec<Dependency>,
    holdings: Vec<Holding>,
    numbers: HashMap<Holding, u32>,
    /// Of the trace that is being added.
    known: HashMap<Key, u32>,
    edges: Vec<Edge>,
    /// Whether there is more than is kept.
    is_cut: bool,
}

impl Builder {
    fn add(&mut self, trace: u32, causality: &Causality, numbers: &HashMap<Lock, LockNo>) {
        self.known.clear();
        let holds = causality.locks.holds();
        for (place, hold) in (0..).zip(holds).filter(|(_, hold)| !hold.within.is_empty()) {
            if self.edges.len() > MAX_EDGES {
                self.is_cut = true;
                return;
            }
            let outer = || hold.within.iter().map(|&outer| &holds[outer as usize]);
            let holding = self.holding(outer().map(|outer| outer.held), numbers);
            let Held { lock, is_shared } = hold.held;
            let lock = numbers[&lock];
            let next = number(self.all.len());
            // Of locks that one event tells of, none is known to have been taken first.
            let earlier = || outer().filter(|outer| outer.acquired != hold.acquired);
            let is_told_at_once = earlier().count() < hold.within.len();
            let key = (hold.strand, lock, is_shared, holding, is_told_at_once);
            let known = *self.known.entry(key).or_insert(next);
            if known == next {
                let (strand, acquisitions) = (hold.strand, Vec::new());
                self.all.push(Dependency { trace, strand, acquisitions });
                let edge =
                    |outer: &Hold| (numbers[&outer.held.lock], lock, is_shared, holding, known);
                self.edges.extend(earlier().map(edge));
            }
            self.all[known as usize].acquisitions.push((place, hold.acquired));
        }
    }

    /// The number of what is held.
    fn holding(
        &mut self,
        held: impl Iterator<Item = Held>,
        numbers: &HashMap<Lock, LockNo>,
    ) -> u32 {
        let mut holding: Holding = held.map(|held| (numbers[&held.lock], held.is_shared)).collect();
        // What is held both ways is exclusive.
        holding.sort_unstable();
        holding.dedup_by_key(|(lock, _)| *lock);
        if let Some(&number) = self.numbers.get(&holding) {
            return number;
        }
        let number = number(self.holdings.len());
        self.numbers.insert(holding.clone(), number);
        self.holdings.push(holding);
        number
    }
}
