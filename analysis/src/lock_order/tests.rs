use super::{LockCycles, LockOrder, lock_order};
use crate::testing::{Draft, causality, event};

/// What each request does, in its order: `a: x y -y -x` takes x, then y, and releases them; `x*` is a read
/// lock.
fn drafts(requests: &[&str]) -> Vec<Draft> {
    requests.iter().flat_map(|request| chain(request, None)).collect()
}

fn chain(request: &str, parent: Option<&str>) -> Vec<Draft> {
    let (name, steps) = request.split_once(": ").expect("a name");
    let mut parent = parent.map(str::to_owned);
    let step = |(place, step): (usize, &str)| {
        let id = format!("{name}{}", place + 1);
        let draft = event(&id).on(name).location(&format!("{name}.rs:{}", place + 1));
        let lock = step.trim_start_matches('-').trim_end_matches('*');
        let draft = if step.starts_with('-') { draft.release(lock) } else { draft.acquire(lock) };
        let draft = if step.ends_with('*') { draft.shared() } else { draft };
        match parent.replace(id) {
            Some(parent) => draft.after(&parent),
            None => draft,
        }
    };
    steps.split(' ').enumerate().map(step).collect()
}

fn found(requests: &[&str]) -> LockCycles {
    let found = lock_order(&causality(drafts(requests)));
    assert!(found.is_complete);
    found
}

fn count(requests: &[&str]) -> u64 {
    found(requests).found
}

#[test]
fn two_requests_that_take_two_locks_in_opposite_order_can_deadlock() {
    let found = found(&["a: x y -y -x", "b: y x -x -y"]);
    let [deadlock] = &found.deadlocks[..] else { panic!("one deadlock") };
    assert_eq!((found.found, found.shown), (1, 1));
    assert_eq!(deadlock.locks.iter().map(|lock| &*lock.id).collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(
        deadlock.reason,
        "Request a1 takes x at a.rs:1 and then y at a.rs:2, request b1 takes y at b.rs:1 and then x at \
         b.rs:2: if they run at once, each waits for the other."
    );
    assert_eq!(count(&["a: x y -y -x", "b: x y -y -x"]), 0);
    assert_eq!(count(&["a: x -x y -y", "b: y x -x -y"]), 0);
    assert_eq!(count(&["a: x y -y -x y x -x -y"]), 0, "one request alone");
}

#[test]
fn dining_philosophers_can_starve() {
    let table = |count: usize| -> Vec<String> {
        (0..count).map(|seat| format!("p{seat}: f{seat} f{}", (seat + 1) % count)).collect()
    };
    let found_of = |count| {
        let table = table(count);
        found(&table.iter().map(|seat| &**seat).collect::<Vec<_>>())
    };
    let five = found_of(5);
    assert_eq!((five.found, five.deadlocks[0].steps.len()), (1, 5));
    assert!(five.deadlocks[0].reason.ends_with("each waits for the next."));
    assert_eq!(found_of(8).found, 1);
    let mut left_handed = table(5);
    left_handed[4] = "p4: f0 f4".into();
    assert_eq!(count(&left_handed.iter().map(|seat| &**seat).collect::<Vec<_>>()), 0);
}

#[test]
fn a_gate_lock_prevents_a_deadlock() {
    assert_eq!(count(&["a: g x y -y -x -g", "b: g y x -x -y -g"]), 0);
    assert_eq!(count(&["a: g x -g y", "b: g y -g x"]), 1, "the gate is open again");
    assert_eq!(count(&["a: g* x y", "b: g* y x"]), 1, "a gate that all can hold is none");
    assert_eq!(count(&["a: g* x y", "b: g y x"]), 0);
}

#[test]
fn read_locks_do_not_wait_for_each_other() {
    assert_eq!(count(&["a: x* y*", "b: y* x*"]), 0);
    assert_eq!(count(&["a: x* y", "b: y* x"]), 1);
    assert_eq!(count(&["a: x* y*", "b: y x"]), 1);
    assert_eq!(count(&["a: x y*", "b: y* x"]), 0, "they share y");
}

#[test]
fn two_readers_that_want_to_write_wait_for_each_other() {
    let upgrade = found(&["a: x* x", "b: x* x"]);
    assert_eq!(upgrade.found, 1);
    assert_eq!((upgrade.deadlocks[0].locks.len(), upgrade.deadlocks[0].steps.len()), (1, 2));
    assert_eq!(count(&["a: x* x"]), 0);
}

#[test]
fn taking_a_lock_again_is_no_order() {
    assert_eq!(count(&["a: x y x -x -y -x", "b: x y -y -x"]), 0);
}

#[test]
fn requests_that_follow_each_other_cannot_deadlock() {
    let ordered = || [chain("a: x y -y -x", None), chain("b: y x -x -y", Some("a4"))].concat();
    let forked = || [chain("a: x y -y -x", None), chain("b: y x -x -y", Some("a1"))].concat();
    let other_thread = || event("c1").after("a4").on("c");
    let found = |mut drafts: Vec<Draft>| {
        drafts.push(other_thread());
        lock_order(&causality(drafts)).found
    };
    assert_eq!(found(ordered()), 0);
    assert_eq!(found(forked()), 1);
}

#[test]
fn a_later_acquisition_counts_where_an_earlier_one_is_ordered() {
    let first = chain("a: x y -y -x x y -y -x", None);
    let second = chain("b: y x -x -y", Some("a4"));
    let found = lock_order(&causality([first, second].concat()));
    assert_eq!(found.found, 1);
    assert_eq!(found.deadlocks[0].steps[0].taken.event_id, "a6");
    assert_eq!(found.deadlocks[0].steps[0].count, 2);
}

#[test]
fn requests_of_different_traces_can_deadlock() {
    let causalities = ["a: x y -y -x", "b: y x -x -y"].map(|request| causality(drafts(&[request])));
    let mut order = LockOrder::default();
    for causality in &causalities {
        order.add(causality);
    }
    assert_eq!(order.find().found, 1);
}

#[test]
fn locks_are_of_a_service() {
    let other = chain("b: y x -x -y", None).into_iter().map(|draft| draft.of("audit"));
    let drafts: Vec<_> = chain("a: x y -y -x", None).into_iter().chain(other).collect();
    assert_eq!(lock_order(&causality(drafts)).found, 0);
}
