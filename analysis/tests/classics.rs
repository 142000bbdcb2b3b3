//! The mistakes that every textbook has, and what looks like one and is none: verdicts and sentences.

use raceway_analysis::interleavings::interleavings_within;
use raceway_analysis::lock_order::lock_order;
use raceway_analysis::races::races;
use raceway_analysis::serializability::serializability;
use raceway_analysis::{Causality, Options, TraceBuilder};
use raceway_model::EventView;
use raceway_programs::classics::{self, Classic};
use raceway_programs::{Style, batches};

/// What is found of a classic.
#[derive(Debug, Default, PartialEq)]
struct Verdict {
    races: u64,
    interleavings: Vec<&'static str>,
    /// Requests that no serial order explains.
    anomalies: Vec<&'static str>,
    deadlocks: u64,
}

/// A verdict, and the sentences that explain it.
fn judge(classic: &Classic) -> (Verdict, String) {
    let causality = causality(classic);
    let options = Options::default();
    let races = races(&causality, &options).expect("few locks");
    let interleavings = interleavings_within(&causality, &options);
    let serializability = serializability(&causality, &options);
    let lock_order = lock_order(&causality);
    let verdict = Verdict {
        races: races.found,
        interleavings: interleavings.shown.iter().map(|shown| shown.pattern.name()).collect(),
        anomalies: serializability
            .violations
            .iter()
            .map(|violation| violation.anomaly.map_or("no name", |anomaly| anomaly.as_str()))
            .collect(),
        deadlocks: lock_order.found,
    };
    let reasons = (races.shown.iter().map(|race| &race.reason))
        .chain(interleavings.shown.iter().map(|shown| &shown.reason))
        .chain(serializability.violations.iter().map(|violation| &violation.reason))
        .chain(lock_order.deadlocks.iter().map(|deadlock| &deadlock.reason));
    (verdict, reasons.map(String::as_str).collect::<Vec<_>>().join("\n"))
}

/// Events with clocks and threads, in any order.
fn causality(classic: &Classic) -> Causality {
    let events = classic.events(Style::ALL[1]);
    let mut builder = TraceBuilder::new(classic.name);
    for event in batches(&events, 1).into_iter().flatten() {
        builder.add(&EventView::parse(&event.json.to_string()).expect("an event"));
    }
    Causality::of(builder.finish()).expect("a small trace")
}

/// Asserts the verdict, and that the sentences say each of these words.
fn assert_verdict(classic: &Classic, verdict: &Verdict, words: &[&str]) {
    let (found, reasons) = judge(classic);
    assert_eq!(found, *verdict, "{}: {}\n{reasons}", classic.name, classic.about);
    for word in words {
        assert!(reasons.contains(word), "{}: no {word:?} in\n{reasons}", classic.name);
    }
    assert_eq!(reasons.is_empty(), found == Verdict::default());
}

#[test]
fn lost_update() {
    let verdict = Verdict {
        races: 3,
        interleavings: vec!["lost update"],
        anomalies: vec!["lost update"],
        ..Verdict::default()
    };
    let words = ["neither holds a lock", "the update of a1 is lost", "balance"];
    assert_verdict(&classics::lost_update(), &verdict, &words);
}

#[test]
fn write_skew() {
    let verdict = Verdict { anomalies: vec!["write skew"], ..Verdict::default() };
    let words = ["alice_on_call", "bob_on_call", "no order of whole requests"];
    assert_verdict(&classics::write_skew(), &verdict, &words);
}

#[test]
fn dirty_read() {
    let verdict = Verdict {
        races: 2,
        interleavings: vec!["intermediate read"],
        anomalies: vec!["dirty read"],
        ..Verdict::default()
    };
    assert_verdict(&classics::dirty_read(), &verdict, &["b1 read a value that was not to stay"]);
}

#[test]
fn non_repeatable_read() {
    let verdict = Verdict {
        races: 2,
        interleavings: vec!["non-repeatable read"],
        anomalies: vec!["non-repeatable read"],
        ..Verdict::default()
    };
    let words = ["its two reads see different states"];
    assert_verdict(&classics::non_repeatable_read(), &verdict, &words);
}

#[test]
fn lock_read_unlock_lock_write_unlock() {
    let verdict = Verdict {
        interleavings: vec!["lost update"],
        anomalies: vec!["lost update"],
        ..Verdict::default()
    };
    let words = ["no lock that b1 held throughout kept a1 out"];
    assert_verdict(&classics::lock_read_unlock_lock_write_unlock(), &verdict, &words);
}

#[test]
fn double_checked_locking() {
    let verdict = Verdict { races: 1, ..Verdict::default() };
    let words = ["they hold no lock in common (the first holds {instance_lock}, the second none)"];
    assert_verdict(&classics::double_checked_locking(), &verdict, &words);
}

/// The buffer is filled again while it may be read: a race. It was read as it was to be read, though.
#[test]
fn message_passing() {
    let verdict =
        Verdict { races: 1, interleavings: vec!["intermediate read"], ..Verdict::default() };
    let words = ["Nothing orders the read", "with the write"];
    assert_verdict(&classics::message_passing(), &verdict, &words);
}

#[test]
fn message_passing_with_acknowledgement() {
    let (verdict, _) = judge(&classics::message_passing_with_acknowledgement());
    assert_eq!((verdict.races, verdict.anomalies.len()), (0, 0));
}

#[test]
fn fork_and_join() {
    assert_verdict(&classics::fork_and_join(), &Verdict::default(), &[]);
}

#[test]
fn fork_without_join() {
    let verdict = Verdict { races: 2, ..Verdict::default() };
    let words = ["neither has seen the other"];
    assert_verdict(&classics::fork_without_join(), &verdict, &words);
}

#[test]
fn reader_writer_lock() {
    assert_verdict(&classics::reader_writer_lock(), &Verdict::default(), &[]);
}

#[test]
fn write_under_a_read_lock() {
    let verdict = Verdict { races: 2, ..Verdict::default() };
    let words = ["no lock that they hold keeps them apart", "config_lock (shared)"];
    assert_verdict(&classics::write_under_a_read_lock(), &verdict, &words);
}

#[test]
fn dining_philosophers() {
    let verdict = Verdict { deadlocks: 1, ..Verdict::default() };
    let words = ["fork-1", "fork-2", "fork-3", "a1", "b1", "c1"];
    assert_verdict(&classics::dining_philosophers(), &verdict, &words);
}

#[test]
fn dining_philosophers_in_order() {
    assert_verdict(&classics::dining_philosophers_in_order(), &Verdict::default(), &[]);
}

#[test]
fn a_retry_after_an_answer_looks_like_a_race() {
    assert_verdict(&classics::retry_after_an_answer(), &Verdict::default(), &[]);
}

#[test]
fn a_retry_after_a_timeout_is_a_race() {
    let verdict = Verdict { races: 1, ..Verdict::default() };
    let words = ["Nothing orders the write", "with the write"];
    assert_verdict(&classics::retry_after_a_timeout(), &verdict, &words);
}

#[test]
fn each_has_a_name_of_its_own() {
    let mut names: Vec<&str> = classics::all().iter().map(|classic| classic.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), classics::all().len());
}
