//! Traces that nobody would record: each analysis gives an answer or says that a trace is too complex, in bounded
//! time, whatever the order in which events come.
//!
//! `RACEWAY_MUTATIONS=100000 RACEWAY_SEED=… cargo test --release -p raceway-analysis --test hostile` is the long
//! form; `RACEWAY_MUTATIONS=1 RACEWAY_SEED=…` repeats the mutation that a failure tells.

mod analyse;
mod mutate;
mod recorded;
mod shapes;

use std::time::{Duration, Instant};

use analyse::analyse;
use mutate::{Recorded, number};
use serde_json::Value;

/// Of the short form.
const MUTATIONS: u64 = 2_000;

/// One trace takes no longer, on a machine that does other work, too: quadratic work takes hours.
const PATIENCE: Duration = Duration::from_mins(2);

/// So many characters of an answer are shown on either side of what differs.
const CONTEXT: usize = 500;

#[test]
fn mutated_traffic_is_analysed() {
    let recorded = Recorded::all();
    let first = number("RACEWAY_SEED").unwrap_or(1);
    for seed in first..first + number("RACEWAY_MUTATIONS").unwrap_or(MUTATIONS) {
        println!("RACEWAY_SEED={seed}");
        let mut events = recorded.mutated(seed);
        let answers = in_time(&events);
        fastrand::Rng::with_seed(seed).shuffle(&mut events);
        assert_same(&answers, &in_time(&events));
    }
}

#[test]
fn parents_in_a_circle() {
    in_time(&shapes::circle(10_000));
    in_time(&shapes::circle(1));
}

#[test]
fn a_chain_of_parents_backwards_in_time() {
    in_time(&shapes::backwards(50_000));
}

#[test]
fn parents_that_are_missing() {
    in_time(&shapes::orphans(20_000));
}

#[test]
fn a_hundred_thousand_children_of_one_event() {
    in_time(&shapes::children(100_000, "typescript"));
    in_time(&shapes::children(10_000, "rust"));
}

#[test]
fn clocks_of_ten_thousand_components() {
    in_time(&shapes::wide_clocks(200, 10_000));
}

#[test]
fn equal_ids_in_two_traces() {
    in_time(&shapes::equal_ids());
}

#[test]
fn strands_that_all_hear_of_each_other() {
    in_time(&shapes::meetings(300, 10));
}

#[test]
fn locks_that_are_never_released() {
    in_time(&shapes::unreleased(20_000));
}

/// Asserts that the order in which events come makes no difference.
fn assert_same(answers: &str, others: &str) {
    let pairs = answers.chars().zip(others.chars());
    let same = pairs.take_while(|(one, other)| one == other).count();
    let from = |text: &str| -> String {
        text.chars().skip(same.saturating_sub(CONTEXT)).take(2 * CONTEXT).collect()
    };
    assert!(answers == others, "{}\nin another order:\n{}", from(answers), from(others));
}

/// What is found.
fn in_time(events: &[Value]) -> String {
    let start = Instant::now();
    let answers = analyse(events);
    assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
    answers
}
