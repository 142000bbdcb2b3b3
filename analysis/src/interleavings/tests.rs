//! What is reported of small windows.

use serde_json::json;

use super::{Evidence, Interleaving, Interleavings, Pattern, Scope, Window, interleavings_within};
use crate::testing::{Draft, causality, event, trace};
use crate::{Causality, Options};

/// Makes the next event of a request, at so many milliseconds.
type Next<'n> = &'n mut dyn FnMut(f64) -> Draft;

/// A trace of one request; its events are named after it: `a0`, `a1`, and so on.
fn request(id: &str, events: impl FnOnce(Next) -> Vec<Draft>) -> Causality {
    let mut place = 0;
    let mut next = |ms| {
        let event = event(&format!("{id}{place}")).at(ms);
        place += 1;
        if place == 1 { event } else { event.after(&format!("{id}{}", place - 2)) }
    };
    let mut trace = trace(events(&mut next));
    id.clone_into(&mut trace.id);
    Causality::of(trace).expect("a small trace")
}

fn find(traces: &[Causality]) -> Interleavings {
    let mut window = Window::new(&Options::default(), Scope::default());
    for trace in traces {
        window.add(trace);
    }
    window.find()
}

fn names(found: &Interleavings) -> Vec<&'static str> {
    found.shown.iter().map(|found| found.pattern.name()).collect()
}

fn only(found: Interleavings) -> Interleaving {
    assert_eq!((found.found, found.shown.len()), (1, 1));
    found.shown.into_iter().next().expect("one")
}

#[test]
fn a_lost_update_is_told_with_values_and_what_the_other_had_read() {
    let [a, b] = [("a", 0.0, 50), ("b", 1.0, 70)].map(|(id, start, value)| {
        request(id, |at| {
            let read = at(start).read("balance").value(100);
            vec![read, at(start * 3.0 + 10.0).write("balance").old(100).value(value)]
        })
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
    for value in [json!({ "balance": 1 }), json!(null)] {
        let a = request("a", |at| {
            let read = at(0.0).read("v").value(value.clone());
            vec![read, at(20.0).write("v").old(value.clone()).value(1)]
        });
        let b = request("b", |at| vec![at(10.0).write("v").old(value.clone()).value(2)]);
        assert_eq!(only(find(&[a, b])).evidence, Evidence::Order);
    }
}

/// A write to a database is recorded when it is committed. By then the other may have read it, or even have
/// written.
#[test]
fn an_update_that_was_recorded_late_is_not_lost() {
    let found = |read: i32, times: [f64; 4]| {
        let [a_reads, a_writes, b_reads, b_writes] = times;
        let a = request("a", |at| {
            let read = at(a_reads).read("balance").value(100);
            vec![read, at(a_writes).write("balance").old(100).value(150)]
        });
        let b = request("b", |at| {
            let reads = at(b_reads).read("balance").value(read);
            vec![reads, at(b_writes).write("balance").old(read).value(read + 30)]
        });
        find(&[a, b]).found
    };
    for times in [[0.0, 3.0, 2.0, 4.0], [0.0, 4.0, 2.0, 3.0]] {
        assert_eq!((found(150, times), found(100, times)), (0, 1));
    }
}

/// As a service does that is called between two writes.
#[test]
fn who_reads_in_between_because_it_was_told_to_is_reported() {
    let causality = causality([
        event("a1").on("a").write("row").clock(&[("a", 1)]).flat(),
        event("b1").on("b").read("row").clock(&[("a", 1), ("b", 1)]).flat(),
        event("a2").on("a").write("row").clock(&[("a", 2), ("b", 1)]).flat(),
    ]);
    assert!(causality.order.happens_before(0, 1) && causality.order.happens_before(1, 2));
    let found = interleavings_within(&causality, &Options::default());
    assert_eq!(names(&found), ["intermediate read"]);
}

#[test]
fn four_of_eight_cases_are_reported() {
    let found = |[first, between, second]: [&str; 3]| {
        let a = |at: Next| vec![at(0.0).access(first, "v"), at(2.0).access(second, "v")];
        let b = |at: Next| vec![at(1.0).access(between, "v")];
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
    let locked = |is_released: bool| {
        request("a", |at| {
            let mut steps = vec![at(0.0).acquire("l"), at(1.0).read("v")];
            if is_released {
                steps.extend([at(2.0).release("l"), at(5.0).acquire("l")]);
            }
            steps.extend([at(6.0).write("v"), at(7.0).release("l")]);
            steps
        })
    };
    let update = || request("b", |at| vec![at(4.0).acquire("l"), at(4.5).write("v")]);
    assert_eq!(find(&[locked(false), update()]).found, 0);
    let found = only(find(&[locked(true), update()]));
    assert_eq!((found.first.locks, found.between.locks), (vec!["l".into()], vec!["l".into()]));
    let unlocked = request("b", |at| vec![at(4.5).write("v")]);
    assert_eq!(find(&[locked(false), unlocked]).found, 1);
}

#[test]
fn readers_of_a_lock_do_not_keep_each_other_out() {
    let found = |is_shared: bool| {
        let a = request("a", |at| {
            vec![at(0.0).acquire("l").shared(), at(1.0).read("v"), at(3.0).read("v")]
        });
        let b = request("b", |at| {
            let lock = at(1.5).acquire("l");
            vec![if is_shared { lock.shared() } else { lock }, at(2.0).write("v")]
        });
        find(&[a, b]).found
    };
    assert_eq!((found(true), found(false)), (1, 0));
}

#[test]
fn clocks_of_two_hosts_must_differ_by_more_than_the_skew() {
    let found = |between: f64, process: i64| {
        let a = request("a", |at| vec![at(0.0).read("v"), at(30.0).write("v")]);
        let b = request("b", |at| vec![at(between).write("v").process(process)]);
        find(&[a, b]).found
    };
    assert_eq!((found(0.001, 1), found(29.999, 1), found(0.0, 1), found(30.0, 1)), (1, 1, 0, 0));
    assert_eq!((found(10.0, 2), found(10.001, 2), found(19.999, 2), found(20.0, 2)), (0, 1, 1, 0));
}

#[test]
fn accesses_far_apart_are_not_taken_to_belong_together() {
    let found = |ms: f64| {
        let a = request("a", |at| vec![at(0.0).read("v"), at(ms).write("v")]);
        find(&[a, request("b", |at| vec![at(5.0).write("v")])]).found
    };
    assert_eq!((found(10_000.0), found(10_000.001)), (1, 0));
}

#[test]
fn within_a_trace_order_has_the_first_word() {
    let fork = |between: f64| {
        let events = [
            event("a1").on("t1").at(0.0).read("v"),
            event("b").on("t2").after("a1").at(between).write("v").process(2),
            event("a2").on("t1").after("a1").at(30.0).write("v"),
        ];
        interleavings_within(&causality(events), &Options::default()).found
    };
    // b came after a1, whatever its clock says; whether it came before a2 only clocks say.
    assert_eq!((fork(-50.0), fork(5.0), fork(19.0), fork(21.0)), (1, 1, 1, 0));
}

#[test]
fn counts_go_beyond_what_is_shown() {
    let writes = |id: &str| {
        request(id, |at| (0..100).map(|place| at(f64::from(place)).write("v")).collect())
    };
    let a = request("a", |at| vec![at(-1.0).read("v"), at(200.0).write("v")]);
    let found = find(&[writes("b"), a, writes("c")]);
    assert_eq!((found.found, found.is_exact, found.shown.len()), (200, true, 20));
    assert_eq!(found.shown[0].between.event_id, "b99");
    let variable = &found.variables[0];
    assert_eq!((variable.found_by_pattern, variable.trace_count), ([200, 0, 0, 0], 3));
}
