use super::{Evidence, Interleaving, Interleavings, Pattern, Scope, Window};
use crate::testing::{Draft, event, trace};
use crate::{Causality, Options};

/// A trace of one request of these events, one after the other; events are named after the trace.
fn request(id: &str, events: impl IntoIterator<Item = Draft>) -> Causality {
    let mut previous: Option<String> = None;
    let events = events.into_iter().enumerate().map(|(place, event)| {
        let event = event.named(&format!("{id}{place}"));
        let event = previous.iter().fold(event, |event, previous| event.after(previous));
        previous = Some(format!("{id}{place}"));
        event
    });
    let mut trace = trace(events);
    id.clone_into(&mut trace.id);
    Causality::of(trace).expect("a small trace")
}

fn find(traces: &[Causality]) -> Interleavings {
    let mut window = Window::new(&Options::default(), Scope::default());
    traces.iter().for_each(|trace| window.add(trace));
    window.find()
}

fn names(found: &Interleavings) -> Vec<&'static str> {
    found.shown.iter().map(|found| found.pattern.name()).collect()
}

fn only(found: Interleavings) -> Interleaving {
    assert_eq!((found.found, found.shown.len()), (1, 1));
    found.shown.into_iter().next().expect("one")
}

fn step(ms: f64) -> Draft {
    event("").at(ms)
}

#[test]
fn a_lost_update_is_told_with_values_and_what_the_other_had_read() {
    let [a, b] = [("a", 0.0, 50), ("b", 1.0, 70)].map(|(id, start, value)| {
        let write = step(start * 3.0 + 10.0).write("balance").old(100).new(value);
        request(id, [step(start).read("balance").new(100), write])
    });
    let found = only(find(&[b, a]));
    assert_eq!(found.pattern, Pattern::LostUpdate);
    assert_eq!(found.evidence, Evidence::Values);
    let records = [&found.first, &found.between, &found.second];
    assert_eq!(records.map(|access| &*access.event_id), ["b0", "a1", "b1"]);
    assert_eq!(found.own_read.map(|access| access.event_id).as_deref(), Some("a0"));
    assert_eq!(
        found.reason,
        "Request b0 read balance = 100 at 2026-01-01T00:00:00.001000Z, request a0 wrote balance = 50 \
         at 2026-01-01T00:00:00.010000Z, and then b0 wrote balance = 70 at \
         2026-01-01T00:00:00.013000Z from what it had read: the update of a0 is lost; no lock that b0 \
         held throughout kept a0 out."
    );
}

#[test]
fn objects_and_nulls_are_no_evidence() {
    for value in [serde_json::json!({ "balance": 1 }), serde_json::json!(null)] {
        let a = request(
            "a",
            [step(0.0).read("v").new(value.clone()), step(20.0).write("v").old(value.clone()).new(1)],
        );
        let b = request("b", [step(10.0).write("v").old(value).new(2)]);
        assert_eq!(only(find(&[a, b])).evidence, Evidence::Order);
    }
}

#[test]
fn four_of_eight_cases_are_reported() {
    let found = |kinds: [&str; 3]| {
        let [first, between, second] = kinds;
        let a = [step(0.0).access(first, "v"), step(2.0).access(second, "v")];
        let b = [step(1.0).access(between, "v")];
        names(&find(&[request("a", a), request("b", b)])).join(", ")
    };
    let (r, w) = ("Read", "Write");
    assert_eq!(found([r, w, w]), "lost update");
    assert_eq!(found([w, w, r]), "own write lost before it is read");
    assert_eq!(found([w, r, w]), "intermediate read");
    assert_eq!(found([r, w, r]), "non-repeatable read");
    for serializable in [[w, w, w], [r, r, w], [w, r, r], [r, r, r]] {
        assert_eq!(found(serializable), "");
    }
}

#[test]
fn a_lock_protects_what_it_is_held_through() {
    let locked = |id, start: f64, is_released: bool| {
        let mut steps = vec![step(start).acquire("l"), step(start + 1.0).read("v")];
        if is_released {
            steps.extend([step(start + 2.0).release("l"), step(start + 5.0).acquire("l")]);
        }
        steps.extend([step(start + 6.0).write("v"), step(start + 7.0).release("l")]);
        request(id, steps)
    };
    let update = || request("b", [step(4.0).acquire("l"), step(4.5).write("v")]);
    assert_eq!(find(&[locked("a", 0.0, false), update()]).found, 0);
    let found = only(find(&[locked("a", 0.0, true), update()]));
    assert_eq!((found.first.locks, found.between.locks), (vec!["l".into()], vec!["l".into()]));
    let unlocked = request("b", [step(4.5).write("v")]);
    assert_eq!(find(&[locked("a", 0.0, false), unlocked]).found, 1);
}

#[test]
fn readers_of_a_lock_do_not_keep_each_other_out() {
    let a = [step(0.0).acquire("l").shared(), step(1.0).read("v"), step(3.0).read("v")];
    let b = |lock: Draft| request("b", [lock, step(2.0).write("v")]);
    let a = request("a", a);
    assert_eq!(only(find(&[a, b(step(1.5).acquire("l").shared())])).first.locks, ["l"]);
    let a = [step(0.0).acquire("l").shared(), step(1.0).read("v"), step(3.0).read("v")];
    assert_eq!(find(&[request("a", a), b(step(1.5).acquire("l"))]).found, 0);
}

#[test]
fn clocks_of_two_hosts_must_differ_by_more_than_the_skew() {
    let found = |between: f64, process: i64| {
        let a = request("a", [step(0.0).read("v"), step(30.0).write("v")]);
        find(&[a, request("b", [step(between).write("v").process(process)])]).found
    };
    assert_eq!((found(0.001, 1), found(29.999, 1), found(0.0, 1), found(30.0, 1)), (1, 1, 0, 0));
    assert_eq!((found(10.0, 2), found(10.001, 2), found(19.999, 2), found(20.0, 2)), (0, 1, 1, 0));
}

#[test]
fn accesses_far_apart_are_not_taken_to_belong_together() {
    let found = |seconds: f64| {
        let a = request("a", [step(0.0).read("v"), step(seconds * 1e3).write("v")]);
        find(&[a, request("b", [step(5.0).write("v")])]).found
    };
    assert_eq!((found(10.0), found(10.001)), (1, 0));
}

#[test]
fn within_a_trace_order_has_the_first_word() {
    let fork = |between: f64| {
        let events = [
            event("a1").on("t1").at(0.0).read("v"),
            event("b").on("t2").after("a1").at(between).write("v").process(2),
            event("a2").on("t1").after("a1").at(30.0).write("v"),
        ];
        super::interleavings_within(&crate::testing::causality(events), &Options::default()).found
    };
    // b came after a1, whatever its clock says; whether it came before a2 only clocks say.
    assert_eq!((fork(-50.0), fork(5.0), fork(19.0), fork(21.0)), (1, 1, 1, 0));
}

#[test]
fn counts_go_beyond_what_is_shown() {
    let writes = |id: &str| {
        request(id, (0..100).map(|place| step(f64::from(place)).write("v")))
    };
    let a = request("a", [step(-1.0).read("v"), step(200.0).write("v")]);
    let found = find(&[writes("b"), a, writes("c")]);
    assert_eq!((found.found, found.is_exact, found.shown.len()), (200, true, 20));
    assert_eq!(found.shown[0].between.event_id, "b99");
    let variable = &found.variables[0];
    assert_eq!((variable.found_by_pattern, variable.trace_count), ([200, 0, 0, 0], 3));
}
