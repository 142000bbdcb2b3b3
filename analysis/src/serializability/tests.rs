use super::{Anomaly, Serializability, serializability};
use crate::Options;
use crate::testing::{Draft, causality, event};
use serde_json::Value;

/// What is found where each request is a chain, and the steps happen in this order: `a read x, b write x`.
fn found(steps: &str) -> Serializability {
    run(steps, &[])
}

/// The same with forks: `("b1", "a2")` where b1 has the parent a2.
fn run(steps: &str, forks: &[(&str, &str)]) -> Serializability {
    serializability(&causality(drafts(steps, forks)), &Options::default())
}

fn drafts(steps: &str, forks: &[(&str, &str)]) -> Vec<Draft> {
    let mut counts = std::collections::BTreeMap::new();
    let mut draft = |step: &str| {
        let [request, verb, object] = step.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{step}")
        };
        let count = counts.entry(request.to_owned()).or_insert(0);
        *count += 1;
        let id = format!("{request}{count}");
        let draft = event(&id).on(request).location(&format!("{request}.rs:{count}"));
        let draft = match verb {
            "read" => draft.read(object),
            "write" => draft.write(object),
            "lock" => draft.acquire(object),
            "unlock" => draft.release(object),
            "runs" => draft,
            atomic => draft.access(atomic, object),
        };
        let fork =
            forks.iter().find(|&&(child, _)| child == id).map(|&(_, parent)| parent.to_owned());
        match fork.or_else(|| (*count > 1).then(|| format!("{request}{}", *count - 1))) {
            Some(parent) => draft.after(&parent),
            None => draft,
        }
    };
    steps.split(", ").map(&mut draft).collect()
}

fn anomaly(steps: &str) -> Option<Anomaly> {
    let found = found(steps);
    assert_eq!((found.found, found.unsearched_variables), (1, 0), "{steps}");
    found.violations[0].anomaly
}

fn is_serializable(steps: &str) -> bool {
    found(steps).found == 0
}

#[test]
fn anomalies_of_two_requests_have_names() {
    let name = |steps| anomaly(steps).map(Anomaly::as_str);
    assert_eq!(name("a read x, b read x, b write x, a write x"), Some("lost update"));
    assert_eq!(name("a read x, b read x, a write x, b write x"), Some("lost update"));
    assert_eq!(name("a write x, b read x, a write x"), Some("dirty read"));
    assert_eq!(name("a write x, b read x, b read y, a write y"), Some("dirty read"));
    assert_eq!(name("a read x, b write x, a read x"), Some("non-repeatable read"));
    assert_eq!(name("a write x, b write x, a read x"), Some("own write lost"));
    assert_eq!(name("a read x, b read y, a write y, b write x"), Some("write skew"));
    assert_eq!(name("a read x, b write x, b write y, a read y"), Some("read skew"));
    assert_eq!(name("a write x, b write x, b write y, a write y"), Some("dirty write"));
    assert_eq!(name("a write x, b read x, b write y, a read y"), Some("circular information flow"));
}

#[test]
fn a_finding_is_explained() {
    let found = found("a read x, b read x, b write x, a write x");
    let [violation] = &found.violations[..] else { panic!("one violation") };
    assert_eq!(violation.strand_ids, ["a1", "b1"]);
    assert_eq!(violation.group_size, 2);
    let dependencies: Vec<_> =
        violation.conflicts.iter().map(|conflict| conflict.dependency).collect();
    assert_eq!(dependencies, ["rw", "ww"]);
    assert_eq!(
        violation.reason,
        "Request a1 read x at a.rs:1 before request b1 wrote it at b.rs:2, and request b1 wrote x at \
         b.rs:2 before request a1 wrote it at a.rs:2: nothing orders these accesses, and no order of whole \
         requests has the same outcome."
    );
}

/// What two requests over one balance are: `a read 100, a write 100 150`, in the order of their record, of
/// which each request is in its own.
fn of_balance(steps: &str) -> Option<Anomaly> {
    of_values(steps, |value| value.parse::<i64>().expect("a number").into())
}

fn of_values(steps: &str, value: impl Fn(&str) -> Value) -> Option<Anomaly> {
    let mut counts = std::collections::BTreeMap::new();
    let drafts = steps.split(", ").map(|step| {
        let [request, verb, values @ ..] = &step.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{step}")
        };
        let count = counts.entry(request.to_string()).or_insert(0);
        *count += 1;
        let draft = event(&format!("{request}{count}")).on(request);
        let draft = match (*verb, values) {
            ("read", [read]) => draft.read("balance").value(value(read)),
            ("write", [written]) => draft.write("balance").value(value(written)),
            ("write", [old, new]) => draft.write("balance").old(value(old)).value(value(new)),
            _ => panic!("{step}"),
        };
        if *count > 1 { draft.after(&format!("{request}{}", *count - 1)) } else { draft }
    });
    let found = serializability(&causality(drafts), &Options::default());
    found.violations.first().map(|violation| violation.anomaly.expect("two requests"))
}

/// `SELECT FOR UPDATE`: who waits for the lock goes on as soon as the other has committed, which may record
/// its write only then.
#[test]
fn a_write_that_was_seen_before_its_record_is_in_its_place() {
    for steps in [
        "a read 100, b read 150, a write 100 150, b write 150 180",
        "a read 100, b read 150, b write 150 180, a write 100 150",
        "b read 150, a write 100 150, b write 150 180",
        "a read 100, b write 150 180, a write 100 150",
        "a read 100, b read 150, a write 150, b write 180",
        "a read 100, b read 150, b write 150 180, c read 180, a write 100 150, c write 180 200",
        "a read 100, b read 150, b write 150 180, c read 180, c write 180 200, a write 100 150",
    ] {
        assert_eq!(of_balance(steps), None, "{steps}");
    }
}

/// Two deposits that lock the balance from this step on, commit, and record their writes after that.
#[test]
fn an_update_is_lost_exactly_where_a_database_loses_it() {
    let orders = (0..1_u32 << 8).filter(|bits| bits.count_ones() == 4);
    for order in orders.map(|bits| (0..8).map(move |place| (bits >> place & 1) as usize)) {
        for locks_from in [Step::Read, Step::Update] {
            let Some((steps, balance)) = deposit_twice(order.clone(), locks_from) else { continue };
            let lost = (balance != 180).then_some(Anomaly::LostUpdate);
            assert_eq!(of_balance(&steps), lost, "{steps}");
            assert!(lost.is_none() || locks_from == Step::Update);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Read,
    Update,
    Commit,
    Record,
}

/// What is recorded, and what the balance is then; `None` if one would have to wait for the other.
fn deposit_twice(order: impl Iterator<Item = usize>, locks_from: Step) -> Option<(String, i64)> {
    let (mut balance, mut recorded) = (100, Vec::new());
    let steps = [Step::Read, Step::Update, Step::Commit, Step::Record];
    let (mut done, mut read) = ([0; 2], [0; 2]);
    for one in order {
        let (name, step) = (["a", "b"][one], steps[done[one]]);
        let is_locked =
            |by: usize| done[by] > locks_from as usize && done[by] <= Step::Commit as usize;
        if is_locked(1 - one) && step >= locks_from && step <= Step::Commit {
            return None;
        }
        let written = read[one] + [50, 30][one];
        match step {
            Step::Read => {
                read[one] = balance;
                recorded.push(format!("{name} read {balance}"));
            }
            Step::Update => {}
            Step::Commit => balance = written,
            Step::Record => recorded.push(format!("{name} write {} {written}", read[one])),
        }
        done[one] += 1;
    }
    Some((recorded.join(", "), balance))
}

#[test]
fn values_hide_nothing_that_they_do_not_explain() {
    let lost = Some(Anomaly::LostUpdate);
    assert_eq!(of_balance("a read 100, b read 100, a write 100 150, b write 100 130"), lost);
    assert_eq!(of_balance("a read 100, b read 100, b write 100 130, a write 100 150"), lost);
    assert_eq!(of_balance("a read 0, b read 0, a write 0 1, b write 0 1"), lost);
    assert_eq!(of_balance("a read 1, b write 1 0, b write 0 1, a write 1 0"), lost);
    assert_eq!(
        of_balance("a read 1, b write 1, a write 0"),
        lost,
        "it may have been there at first"
    );
    let dirty = Some(Anomaly::DirtyRead);
    assert_eq!(of_balance("a read 1, a write 1 2, b read 2, a write 2 3"), dirty);
    assert_eq!(of_balance("a read 1, a write 1 2, b read 2, a write 2 1"), dirty);
    let unrepeatable = Some(Anomaly::NonRepeatableRead);
    assert_eq!(of_balance("a read 1, b write 1 2, a read 2"), unrepeatable);
}

#[test]
fn objects_and_nulls_tell_nothing_of_when_a_write_was() {
    let steps = "a read 100, b read 150, a write 100 150, b write 150 180";
    assert_eq!(of_values(steps, |_| Value::Null), Some(Anomaly::LostUpdate));
    let object = |value: &str| serde_json::json!({ "cents": value });
    assert_eq!(of_values(steps, object), Some(Anomaly::LostUpdate));
    assert_eq!(of_values(steps, |value| value.into()), None, "a text");
}

#[test]
fn a_cycle_can_be_of_three_requests() {
    let steps = "a read x, b write x, b read y, c write y, a write z, c read z";
    assert!(is_serializable(steps));
    let found = found("a read x, b read y, c read z, b write x, c write y, a write z");
    let [violation] = &found.violations[..] else { panic!("one violation") };
    assert_eq!(violation.anomaly, None);
    assert_eq!(violation.strand_ids, ["a1", "b1", "c1"]);
}

#[test]
fn a_lock_around_each_access_does_not_make_a_request_atomic() {
    let update = |first: &str, second: &str| {
        format!(
            "{first} lock l, {first} read x, {first} unlock l, {second} lock l, {second} read x, \
             {second} write x, {second} unlock l, {first} lock l, {first} write x, {first} unlock l"
        )
    };
    assert_eq!(anomaly(&update("a", "b")), Some(Anomaly::LostUpdate));
    assert!(is_serializable(
        "a lock l, a read x, a write x, a unlock l, b lock l, b read x, b write x, b unlock l"
    ));
}

#[test]
fn what_some_serial_order_explains_is_no_finding() {
    assert!(is_serializable("a read x, b read x, a read x"));
    assert!(is_serializable("a read x, b read y, a write x, b write y, a read x"));
    assert!(is_serializable("a write x, b read x, a write y, b write y"));
    assert!(is_serializable("a AtomicRMW x, b AtomicRMW x, a AtomicRead x"));
    assert_eq!(anomaly("a AtomicRead x, b write x, a AtomicWrite x"), Some(Anomaly::LostUpdate));
}

#[test]
fn a_task_and_who_forked_it_may_communicate() {
    let steps = "a write x, b write x, a read x";
    assert_eq!(run(steps, &[]).found, 1);
    assert_eq!(run(steps, &[("b1", "a1")]).found, 0, "the end of the task isn't recorded");
    let siblings = "a runs -, b read x, c write x, b write x";
    assert_eq!(run(siblings, &[("b1", "a1"), ("c1", "a1")]).found, 1);
}

#[test]
fn what_clocks_of_two_processes_cannot_tell_is_no_finding() {
    let far = |skew: i64, process: i64| {
        let drafts = drafts("a read x, b write x, a write x", &[]);
        let drafts = drafts
            .into_iter()
            .enumerate()
            .map(|(place, draft)| if place == 1 { draft.process(process) } else { draft });
        let options = Options { clock_skew: skew, ..Options::default() };
        serializability(&causality(drafts), &options).found
    };
    assert_eq!(far(10_000, 1), 1, "one clock");
    assert_eq!(far(999, 2), 1, "they are 1 ms apart");
    assert_eq!(far(1_000, 2), 0);
}

#[test]
fn times_of_a_strand_that_run_backwards_prove_nothing() {
    let drafts = |back: f64| {
        [
            event("a1").read("x").at(5.0),
            event("a2").write("x").after("a1").at(back),
            event("b1").write("x").at(5.5),
            event("c1").write("x").at(4.0),
        ]
    };
    let found = |back| serializability(&causality(drafts(back)), &Options::default()).found;
    assert_eq!(found(6.0), 1);
    assert_eq!(found(3.0), 0);
}

#[test]
fn variables_are_of_a_service_unless_they_are_shared() {
    let drafts = || {
        let drafts = drafts("a read x, b write x, a write x", &[]).into_iter().enumerate();
        drafts.map(|(place, draft)| {
            let draft = draft.at(f64::from(u8::try_from(place).unwrap()) * 100.0);
            if place == 1 { draft.of("audit") } else { draft }
        })
    };
    let mut options = Options::default();
    assert_eq!(serializability(&causality(drafts()), &options).found, 0);
    options.shared_variables.insert("x".into());
    assert_eq!(serializability(&causality(drafts()), &options).found, 1);
}
