//! Potential deadlocks against brute force: all ways in which the acquisitions of a trace can wait for each
//! other in a cycle.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use raceway_analysis::lock_order::LockOrder;
use raceway_analysis::locks::{Held, Hold};
use raceway_analysis::{Causality, TraceBuilder};
use raceway_model::EventView;
use serde_json::json;

/// A request takes or releases a lock.
#[derive(Clone, Debug)]
struct Step {
    request: usize,
    lock: usize,
    is_shared: bool,
    is_release: bool,
    /// Whether, as the first of its request, it forks off from an earlier event.
    fork: Option<prop::sample::Index>,
}

fn causality(trace_id: &str, steps: &[Step]) -> Causality {
    let mut builder = TraceBuilder::new(trace_id);
    for (place, step) in steps.iter().enumerate() {
        let previous = steps[..place].iter().rposition(|other| other.request == step.request);
        let fork = step.fork.filter(|_| place > 0).map(|index| index.index(place));
        let parent = previous.or(fork).map(|place| format!("e{place:03}"));
        let json = json!({
            "event_id": format!("e{place:03}"), "trace_id": trace_id, "parent_id": parent,
            "timestamp": format!("2026-01-01T00:00:00.{place:06}Z"),
            "kind": if step.is_release { "LockRelease" } else { "LockAcquire" },
            "metadata": {
                "service_name": "bank", "thread_id": format!("t{}", step.request),
                "lock_id": format!("l{}", step.lock),
                "lock_type": if step.is_shared { "RwLock-Read" } else { "RwLock-Write" },
            },
        });
        builder.add(&EventView::parse(&json.to_string()).expect("an event"));
    }
    Causality::of(builder.finish()).expect("a small trace")
}

fn step(requests: usize, locks: usize) -> impl Strategy<Value = Step> {
    let fork = prop::option::weighted(0.3, any::<prop::sample::Index>());
    let choice =
        (0..requests, 0..locks, prop::bool::weighted(0.3), prop::bool::weighted(0.3), fork);
    choice.prop_map(|(request, lock, is_shared, is_release, fork)| Step {
        request,
        lock,
        is_shared,
        is_release,
        fork,
    })
}

/// A hold of a trace, and one of those that it is within.
#[derive(Clone, Copy)]
struct Edge<'c> {
    trace: usize,
    causality: &'c Causality,
    inner: &'c Hold,
    outer: &'c Hold,
}

impl Edge<'_> {
    fn from(&self) -> &str {
        self.causality.trace.text(self.outer.held.lock.id)
    }

    fn to(&self) -> &str {
        self.causality.trace.text(self.inner.held.lock.id)
    }

    /// What is held, by names that all traces share.
    fn held(&self) -> Vec<(&str, bool)> {
        let holds = self.causality.locks.holds();
        let held = self.inner.within.iter().map(|&outer| holds[outer as usize].held);
        held.map(|Held { lock, is_shared }| (self.causality.trace.text(lock.id), is_shared))
            .collect()
    }

    fn can_be_with(&self, other: &Self) -> bool {
        let is_excluded = self.held().iter().any(|(lock, shared)| {
            other.held().iter().any(|(known, also)| known == lock && !(*shared && *also))
        });
        let are_concurrent = self.trace != other.trace
            || (self.inner.strand != other.inner.strand
                && self.causality.order.is_concurrent(self.inner.acquired, other.inner.acquired));
        !is_excluded && are_concurrent
    }

    fn waits_for(&self, other: &Self) -> bool {
        let mut holds = other.held().into_iter().filter(|(lock, _)| *lock == self.to());
        self.to() == other.from() && holds.any(|(_, shared)| !(shared && self.inner.held.is_shared))
    }
}

/// The cycles of locks in which strands can wait for each other, each from its least lock on.
fn expected(causalities: &[Causality], length: usize) -> BTreeSet<Vec<String>> {
    let edges = causalities.iter().enumerate().flat_map(|(trace, causality)| {
        let holds = causality.locks.holds();
        holds.iter().flat_map(move |inner| {
            let outer = inner.within.iter().map(|&outer| &holds[outer as usize]);
            outer.map(move |outer| Edge { trace, causality, inner, outer })
        })
    });
    let edges: Vec<Edge> = edges.collect();
    let mut cycles = BTreeSet::new();
    extend(&edges, &mut Vec::new(), length, &mut cycles);
    cycles
}

fn extend<'c>(
    edges: &[Edge<'c>],
    path: &mut Vec<Edge<'c>>,
    length: usize,
    cycles: &mut BTreeSet<Vec<String>>,
) {
    if let (Some(first), Some(last)) = (path.first(), path.last())
        && path.len() > 1
        && last.waits_for(first)
    {
        let mut locks: Vec<String> = path.iter().map(|edge| edge.from().to_owned()).collect();
        let is_simple = locks.iter().collect::<BTreeSet<_>>().len() == locks.len();
        if locks.len() == 2 && !is_simple {
            locks.dedup();
            cycles.insert(locks);
        } else if is_simple && locks[0] == *locks.iter().min().unwrap() {
            cycles.insert(locks);
        }
    }
    if path.len() == length {
        return;
    }
    for edge in edges {
        let is_next = path.last().is_none_or(|last| last.waits_for(edge));
        if is_next && path.iter().all(|other| other.can_be_with(edge)) {
            path.push(*edge);
            extend(edges, path, length, cycles);
            path.pop();
        }
    }
}

fn check(causalities: &[Causality], length: usize) -> Result<(), TestCaseError> {
    let mut order = LockOrder::default();
    causalities.iter().rev().for_each(|causality| order.add(causality));
    let found = order.find();
    let cycles = found
        .deadlocks
        .iter()
        .map(|deadlock| deadlock.locks.iter().map(|lock| lock.id.clone()).collect::<Vec<_>>());
    let cycles: Vec<Vec<String>> = cycles.collect();
    prop_assert!(found.is_complete);
    prop_assert_eq!(found.found, cycles.len() as u64);
    prop_assert_eq!(cycles.iter().cloned().collect::<BTreeSet<_>>(), expected(causalities, length));
    for deadlock in &found.deadlocks {
        let next = deadlock.steps.iter().cycle().skip(1);
        for (step, next) in deadlock.steps.iter().zip(next) {
            prop_assert_eq!(&step.taken.lock, &next.held.lock);
            prop_assert!(step.stack.contains(&step.held));
        }
    }
    Ok(())
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn deadlocks_of_a_trace_are_found(steps in vec(step(4, 4), 0..24)) {
        check(&[causality("t", &steps)], 4)?;
    }

    #[test]
    fn deadlocks_of_several_traces_are_found(
        steps in vec(vec(step(2, 3), 0..10), 0..4)
    ) {
        let traces = steps.iter().enumerate();
        let causalities: Vec<Causality> =
            traces.map(|(number, steps)| causality(&format!("t{number}"), steps)).collect();
        check(&causalities, 3)?;
    }
}
