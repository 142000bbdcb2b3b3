use super::{Finding, Kind, Role, findings};
use crate::interleavings::interleavings_within;
use crate::races::races;
use crate::severity::Severity;
use crate::testing::{Draft, causality, event};
use crate::{Causality, Options};

fn of(causality: &Causality, window: &std::ops::Range<i64>) -> Vec<Finding> {
    let options = Options::default();
    let races = races(causality, &options).expect("a small trace");
    let interleavings = interleavings_within(causality, &options);
    findings(causality, &races, &interleavings, &options, window).0
}

const ALL: std::ops::Range<i64> = i64::MIN..i64::MAX;

/// Two requests that read a balance, then write it.
fn transfers() -> Vec<Draft> {
    let at = |draft: Draft, place: &str, thread: &str| draft.location(place).on(thread);
    vec![
        event("start").on("0"),
        event("a").after("start").on("1"),
        event("b").after("start").on("2"),
        at(event("a1").read("balance").value(100).after("a"), "a.rs:1", "1"),
        at(event("b1").read("balance").value(100).after("b"), "a.rs:1", "2"),
        at(event("b2").write("balance").old(100).value(150).after("b1"), "a.rs:2", "2"),
        at(event("a2").write("balance").old(100).value(70).after("a1"), "a.rs:2", "1"),
    ]
}

#[test]
fn a_lost_update_says_which_value_was_lost_and_what_both_had_seen() {
    let causality = causality(transfers());
    let findings = of(&causality, &ALL);
    let lost = &findings[0];
    assert_eq!((lost.kind, lost.severity), (Kind::LostUpdate, Severity::Critical));
    assert_eq!(lost.lost_value.as_deref(), Some("150"));
    assert_eq!(lost.common_ancestor.as_deref(), Some("start"));
    let steps: Vec<_> = lost.accesses.iter().map(|one| (one.role, &*one.event_id)).collect();
    let expected =
        [(Role::First, "a1"), (Role::Between, "b2"), (Role::Second, "a2"), (Role::OwnRead, "b1")];
    assert_eq!(steps, expected);
    assert_eq!(
        lost.description,
        "The write of balance = 150 at a.rs:2 is lost: a.rs:2 wrote balance = 70 over it, made from what \
         a.rs:1 had read before."
    );
    assert_eq!(lost.missing, "no lock held from a.rs:1 to a.rs:2 keeps out a.rs:2");
    assert!(lost.reason.contains("the update of b is lost"), "{}", lost.reason);
}

#[test]
fn a_finding_is_called_the_same_whatever_else_comes_to_its_trace() {
    let ids = |causality: &Causality| {
        let mut ids: Vec<String> = of(causality, &ALL).into_iter().map(|found| found.id).collect();
        ids.sort();
        ids
    };
    let few = ids(&causality(transfers()));
    let more = transfers().into_iter().chain([event("c").write("balance").value(1).at(-5.0)]);
    let more = ids(&causality(more));
    assert!(few.iter().all(|id| id.len() == 12 && more.contains(id)), "{few:?}, {more:?}");
    let mut different = few.clone();
    different.dedup();
    assert_eq!(few, different);
}

#[test]
fn races_say_what_is_missing() {
    let causality = causality(transfers());
    let findings = of(&causality, &ALL);
    let race = |found: &&Finding| found.kind == Kind::Race && found.accesses[0].event_id == "b2";
    let race = findings.iter().find(race).expect("two writes race");
    assert_eq!(race.missing, "no lock; nothing orders a.rs:2 and a.rs:2");
    assert_eq!(race.common_ancestor.as_deref(), Some("start"));
    assert_eq!(race.accesses[1].role, Role::Second);
}

#[test]
fn a_cycle_of_locks_names_who_holds_what_and_takes_which() {
    let request = |id: &str, one: &str, other: &str| {
        let [first, second, third] = ["1", "2", "3"].map(|number| format!("{id}{number}"));
        [
            event(&first).acquire(one),
            event(&second).after(&first).acquire(other),
            event(&third).after(&second).release(other),
        ]
    };
    let causality = causality(request("a", "x", "y").into_iter().chain(request("b", "y", "x")));
    let findings = of(&causality, &ALL);
    let [deadlock] = &*findings else { panic!("one finding: {findings:?}") };
    assert_eq!((deadlock.kind, deadlock.variable.as_deref()), (Kind::Deadlock, None));
    let steps = deadlock.accesses.iter().map(|one| (one.role, &*one.event_id, &*one.of));
    let expected = [
        (Role::Holds, "a1", "x"),
        (Role::Takes, "a2", "y"),
        (Role::Holds, "b1", "y"),
        (Role::Takes, "b2", "x"),
    ];
    assert_eq!(steps.collect::<Vec<_>>(), expected);
    assert_eq!(deadlock.missing, "no one order in which all take x and y");
    assert_eq!(deadlock.accesses[0].access_type, "LockAcquire");
}

#[test]
fn what_skews_over_two_variables_is_told() {
    let causality = causality([
        event("a1").read("x").value(1),
        event("b1").read("y").value(1),
        event("a2").write("y").value(2).after("a1"),
        event("b2").write("x").value(2).after("b1"),
    ]);
    let findings = of(&causality, &ALL);
    let skew = findings.iter().find(|found| found.kind == Kind::WriteSkew).expect("a write skew");
    assert_eq!((skew.severity, skew.variable.as_deref()), (Severity::Critical, None));
    assert_eq!(skew.accesses.len(), 4);
    assert!(skew.description.contains("on x and y (write skew)"), "{}", skew.description);
}

#[test]
fn of_a_window_what_has_an_access_in_it_is_told() {
    let causality = causality(transfers());
    let start = causality.trace.event(0).time;
    assert_eq!(of(&causality, &(start..start + 3_000)), []);
    let kinds: Vec<Kind> =
        of(&causality, &(start + 4_000..start + 5_000)).iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::LostUpdate, Kind::Race]);
}
