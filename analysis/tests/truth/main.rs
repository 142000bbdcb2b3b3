//! Random programs: what the analysis reports of their events is what is true of them, no more and no less.
//!
//! `RACEWAY_PROGRAMS=1000000 RACEWAY_SEED=… cargo test --release -p raceway-analysis --test truth` is the long
//! form. A failure tells the seed of a program, which alone is run by `RACEWAY_PROGRAMS=1 RACEWAY_SEED=…`, and
//! prints the smallest program that fails as what could be posted to `POST /events`.

mod case;
mod interleavings;
mod locks;
mod order;
mod races;
mod serial;

use case::in_style;
use raceway_model::parse_batch;
use raceway_programs::{Language, Style, Told, batches, body, generate, run, write};

/// What is checked of each program.
const CHECKS: [(&str, case::Check); 5] = [
    ("order", order::check),
    ("locks", locks::check),
    ("races", races::check),
    ("interleavings", interleavings::check),
    ("serializability", serial::check),
];

#[test]
fn flat_events_that_have_nothing_but_clocks() {
    in_style(Style::ALL[0]);
}

#[test]
fn flat_events_of_threads_with_clocks() {
    in_style(Style::ALL[1]);
}

#[test]
fn flat_events_of_threads_that_say_which_locks_are_held() {
    in_style(Style::ALL[2]);
}

#[test]
fn flat_events_with_parents_and_clocks() {
    in_style(Style::ALL[3]);
}

#[test]
fn flat_events_with_parents() {
    in_style(Style::ALL[4]);
}

#[test]
fn flat_events_of_threads() {
    in_style(Style::ALL[5]);
}

#[test]
fn events_of_the_sdk_of_typescript() {
    in_style(Style::Sdk(Language::TypeScript));
}

#[test]
fn events_of_the_sdk_of_python() {
    in_style(Style::Sdk(Language::Python));
}

#[test]
fn events_of_the_sdk_of_rust() {
    in_style(Style::Sdk(Language::Rust));
}

#[test]
fn events_of_the_sdk_of_go() {
    in_style(Style::Sdk(Language::Go));
}

#[test]
fn events_can_be_posted_in_batches_of_any_borders() {
    for style in Style::ALL {
        let execution = run(&generate(7), 7);
        let told = Told::of(&execution, style).expect("no task begins under a lock");
        let events = write(&execution, &told, style, 7);
        let mut posted: Vec<String> = Vec::new();
        for batch in batches(&events, 7) {
            let body = body(batch).to_string();
            let batch = parse_batch(&body).expect("a batch");
            assert_eq!(batch.rejections, []);
            posted.extend(batch.events.iter().map(|event| event.event_id.clone().into_owned()));
        }
        posted.sort_unstable();
        let mut ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(posted, ids, "{style:?}");
    }
}
