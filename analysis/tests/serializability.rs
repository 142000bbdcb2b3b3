//! Requests that no serial order explains, against brute force: all serial orders of few requests, and all
//! pairs of accesses of random traces with forks, clocks and processes.

use proptest::collection::vec;
use proptest::prelude::*;
use raceway_analysis::serializability::{Anomaly, serializability};
use raceway_analysis::{Causality, EventNo, Options, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z in microseconds.
const START: i64 = 1_767_225_600_000_000;
const KINDS: [&str; 5] = ["Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW"];

/// One step of a schedule.
#[derive(Clone, Debug)]
struct Step {
    request: usize,
    /// Of x, y and z; none for a step without an access.
    variable: usize,
    kind: usize,
    /// Microseconds from the start.
    time: i64,
    process: usize,
    /// What a write was made from.
    old_value: Option<u8>,
    value: Option<u8>,
    /// Whether, as the first of its request, it forks off from an earlier event.
    fork: Option<prop::sample::Index>,
    /// Whether it receives from an earlier event, told by clocks.
    receive: Option<prop::sample::Index>,
}

impl Step {
    fn json(&self, id: &str, parent: Option<&str>, clock: &[u64]) -> Value {
        let timestamp = Timestamp::from_micros(START + self.time).unwrap().to_string();
        let mut metadata = json!({
            "service_name": "bank", "thread_id": format!("t{}", self.request), "process_id": self.process,
        });
        let is_access = self.variable < 3;
        if is_access {
            metadata["variable"] = json!(["x", "y", "z"][self.variable]);
            metadata["access_type"] = json!(KINDS[self.kind]);
            metadata["old_value"] = json!(self.old_value);
            metadata["new_value"] = json!(self.value);
        }
        let clock: Value = clock
            .iter()
            .enumerate()
            .map(|(request, at)| (format!("c{request}"), json!(at)))
            .collect();
        json!({
            "event_id": id, "trace_id": "t", "parent_id": parent, "timestamp": timestamp,
            "kind": if is_access { "StateChange" } else { "Custom" },
            "metadata": metadata, "vector_clock": clock,
        })
    }
}

/// What follows from a schedule: each request is a chain, forks are parents, and messages are clocks.
fn causality(steps: &[Step], has_clocks: bool) -> Causality {
    let mut builder = TraceBuilder::new("t");
    let mut clocks: Vec<Vec<u64>> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let previous = steps[..place].iter().rposition(|other| other.request == step.request);
        let earlier = |index: &Option<prop::sample::Index>| {
            index.filter(|_| place > 0).map(|index| index.index(place))
        };
        let parent = previous.or_else(|| earlier(&step.fork));
        let mut clock = vec![0; 4];
        for before in parent.into_iter().chain(earlier(&step.receive)) {
            let merged = clock.iter_mut().zip(&clocks[before]);
            merged.for_each(|(own, other)| *own = (*own).max(*other));
        }
        clock[step.request] += 1;
        let sent = if has_clocks { &clock[..] } else { &[] };
        let id = |place: usize| format!("e{place:03}");
        let json = step.json(&id(place), parent.map(id).as_deref(), sent).to_string();
        builder.add(&EventView::parse(&json).expect("an event"));
        clocks.push(clock);
    }
    Causality::of(builder.finish()).expect("a small trace")
}

fn step(
    requests: usize,
    kinds: usize,
    times: std::ops::Range<i64>,
    processes: usize,
) -> impl Strategy<Value = Step> {
    let place = (0..requests, 0..4_usize, 0..kinds, times, 0..processes);
    let value = || prop::option::weighted(0.7, 0..5_u8);
    let index = || prop::option::weighted(0.3, any::<prop::sample::Index>());
    (place, value(), value(), index(), index()).prop_map(
        |((request, variable, kind, time, process), old_value, value, fork, receive)| Step {
            request,
            variable,
            kind,
            time,
            process,
            old_value,
            value,
            fork,
            receive,
        },
    )
}

/// Steps of up to four requests of up to six steps each, which nothing orders, a microsecond apart.
fn independent() -> impl Strategy<Value = Vec<Step>> {
    vec(step(4, 2, 0..1, 1), 0..20).prop_map(|steps| {
        let mut counts = [0; 4];
        let few = steps.into_iter().filter(|step| {
            counts[step.request] += 1;
            counts[step.request] <= 6
        });
        (0..)
            .zip(few)
            .map(|(time, step)| {
                let (old_value, value) = (None, None);
                Step { time, old_value, value, fork: None, receive: None, ..step }
            })
            .collect()
    })
}

fn conflict(one: &Step, other: &Step) -> bool {
    one.request != other.request
        && one.variable < 3
        && one.variable == other.variable
        && (one.kind == 1 || other.kind == 1)
}

/// Whether some serial order of the requests keeps the order of all conflicting pairs.
fn is_serializable(steps: &[Step]) -> bool {
    orders(&[0, 1, 2, 3]).iter().any(|order| {
        let rank = |step: &Step| order.iter().position(|&request| request == step.request);
        steps.iter().enumerate().all(|(place, second)| {
            steps[..place]
                .iter()
                .all(|first| !conflict(first, second) || rank(first) < rank(second))
        })
    })
}

fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let orders = of.iter().flat_map(|&first| {
        let rest: Vec<usize> = of.iter().copied().filter(|&other| other != first).collect();
        orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
    });
    orders.collect()
}

/// Whether a request read a variable, the other wrote it, and the first wrote it.
fn is_lost_update(steps: &[Step], requests: [usize; 2]) -> bool {
    let is = |step: &Step, request: usize, kind: usize, variable: usize| {
        (step.request, step.kind, step.variable) == (request, kind, variable)
    };
    [requests, [requests[1], requests[0]]].iter().any(|&[one, other]| {
        (0..3).any(|variable| {
            let mut rest = steps.iter();
            rest.any(|step| is(step, one, 0, variable))
                && rest.any(|step| is(step, other, 1, variable))
                && rest.any(|step| is(step, one, 1, variable))
        })
    })
}

/// The strands that come before each other, group by group, by the definition: all pairs of accesses, and
/// the closure of what they say.
fn groups(causality: &Causality, options: &Options) -> Vec<Vec<u32>> {
    let strands = causality.strands.all();
    let mut reaches = vec![vec![false; strands.len()]; strands.len()];
    let events = || 0..EventNo::try_from(causality.trace.events().len()).unwrap();
    let strand = |event| causality.strands.of_event(event) as usize;
    for (one, other) in events().flat_map(|one| events().map(move |other| (one, other))) {
        if strand(one) != strand(other) && comes_before(causality, options, one, other) {
            reaches[strand(one)][strand(other)] = true;
        }
    }
    for middle in 0..strands.len() {
        for from in 0..strands.len() {
            for to in 0..strands.len() {
                reaches[from][to] |= reaches[from][middle] && reaches[middle][to];
            }
        }
    }
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for strand in (0..strands.len()).filter(|&strand| reaches[strand][strand]) {
        let group =
            (0..strands.len()).filter(|&other| reaches[strand][other] && reaches[other][strand]);
        let group: Vec<u32> = group.map(|strand| u32::try_from(strand).unwrap()).collect();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn comes_before(causality: &Causality, options: &Options, one: EventNo, other: EventNo) -> bool {
    let [first, second] = [one, other].map(|event| causality.trace.event(event));
    let (Some(a), Some(b)) = (first.access, second.access) else { return false };
    let is_conflict = a.variable == b.variable
        && (a.kind.is_write() || b.kind.is_write())
        && !(a.kind.is_atomic() && b.kind.is_atomic());
    let margin = if first.process == second.process { 0 } else { options.clock_skew };
    is_conflict
        && causality.order.is_concurrent(one, other)
        && latest(causality, one) + margin < earliest(causality, other)
}

fn latest(causality: &Causality, event: EventNo) -> i64 {
    let events = &causality.strands.get(causality.strands.of_event(event)).events;
    let until = events.iter().position(|&other| other == event).unwrap();
    events[..=until].iter().map(|&event| causality.trace.event(event).time).max().unwrap()
}

fn earliest(causality: &Causality, event: EventNo) -> i64 {
    let events = &causality.strands.get(causality.strands.of_event(event)).events;
    let from = events.iter().position(|&other| other == event).unwrap();
    events[from..].iter().map(|&event| done_by(causality, event)).min().unwrap()
}

/// By when an event happened: if it left a value that is found before anybody leaves it, by then, unless that
/// may have been there at first.
fn done_by(causality: &Causality, event: EventNo) -> i64 {
    let trace = &causality.trace;
    let time = trace.event(event).time;
    let Some(access) = trace.event(event).access.filter(|access| access.kind.is_write()) else {
        return time;
    };
    let text =
        |value: Option<_>| value.map(|value| trace.text(value)).filter(|&text| text != "null");
    let known = trace.events().iter().filter_map(|event| {
        let other = event.access.filter(|other| other.variable == access.variable)?;
        let [old, new] = [other.old_value, other.new_value].map(text);
        let (found, left) = if other.kind.is_write() { (old, new) } else { (new, None) };
        Some((event.time, found, left))
    });
    let known: Vec<_> = known.collect();
    let is_known =
        |&&(_, found, left): &&(i64, Option<&str>, Option<&str>)| found.is_some() || left.is_some();
    let since = known.iter().filter(is_known).map(|&(time, ..)| time).min();
    let found = |value: &str| {
        known.iter().filter(|&&(_, found, _)| found == Some(value)).map(|&(time, ..)| time).min()
    };
    let is_found_first = |value: &str| {
        found(value)
            .is_some_and(|at| known.iter().all(|&(time, _, left)| left != Some(value) || at < time))
    };
    let is_out_of_place = |value: &str| is_found_first(value) && found(value) > since;
    let Some(left) = text(access.new_value).filter(|left| is_found_first(left)) else {
        return time;
    };
    let is_late = is_out_of_place(left) || text(access.old_value).is_some_and(is_out_of_place);
    found(left).filter(|_| is_late).map_or(time, |found| found.min(time))
}

fn check_against_definition(steps: &[Step], has_clocks: bool) -> Result<(), TestCaseError> {
    let causality = causality(steps, has_clocks);
    let options = Options { clock_skew: 4, ..Options::default() };
    let found = serializability(&causality, &options);
    let groups = groups(&causality, &options);
    prop_assert_eq!((found.found, found.shown), (groups.len() as u64, groups.len() as u64));
    for (violation, group) in found.violations.iter().zip(&groups) {
        prop_assert_eq!(violation.group_size, group.len() as u64);
        let next = violation.conflicts.iter().cycle().skip(1);
        for (conflict, next) in violation.conflicts.iter().zip(next) {
            let [one, other] = [&conflict.first, &conflict.second];
            let [first, second] = [one, other].map(|access| causality.trace.find(&access.event_id));
            prop_assert!(comes_before(&causality, &options, first.unwrap(), second.unwrap()));
            prop_assert_eq!(&conflict.second.strand_id, &next.first.strand_id);
            let strand = causality.strands.of_event(first.unwrap());
            prop_assert!(group.contains(&strand));
        }
    }
    Ok(())
}

/// The values that these steps have if they are taken in this order: a write leaves one more than its request
/// knows, as far as it knows the variable.
fn with_values(steps: Vec<Step>) -> Vec<Step> {
    let mut values = [0_u8; 4];
    let mut known = [[None; 4]; 4];
    let with_values = steps.into_iter().map(|step| {
        let known: &mut Option<u8> = &mut known[step.request][step.variable];
        let old_value = known.filter(|_| step.kind == 1);
        if step.kind == 1 {
            values[step.variable] = known.unwrap_or_default() + 1;
        }
        *known = Some(values[step.variable]);
        Step { old_value, value: *known, ..step }
    });
    with_values.collect()
}

/// Each write is made from what its request has just read.
fn updates(steps: &[Step]) -> Vec<Step> {
    let updates = steps.iter().flat_map(|step| {
        let read = Step { kind: 0, ..step.clone() };
        [Some(read), (step.kind == 1).then(|| step.clone())].into_iter().flatten()
    });
    let updates = (0..).zip(updates).map(|(time, step)| Step { time, ..step });
    with_values(updates.collect())
}

/// Writes are recorded later than they are made.
fn recorded_late(steps: Vec<Step>, delays: &[i64]) -> Vec<Step> {
    let delays = delays.iter().cycle();
    let late = steps.into_iter().zip(delays).map(|(step, delay)| {
        let delay = if step.kind == 1 { *delay } else { 0 };
        Step { time: step.time + delay, ..step }
    });
    late.collect()
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn requests_are_found_if_no_serial_order_explains_them(steps in independent()) {
        let found = serializability(&causality(&steps, false), &Options::default());
        prop_assert_eq!(found.found == 0, is_serializable(&steps));
        for violation in &found.violations {
            let request = |id: &String| steps[id[1..].parse::<usize>().unwrap()].request;
            let requests: Vec<usize> = violation.strand_ids.iter().map(request).collect();
            let is_lost = requests.len() == 2 && is_lost_update(&steps, [requests[0], requests[1]]);
            prop_assert_eq!(is_lost, violation.anomaly == Some(Anomaly::LostUpdate));
        }
    }

    #[test]
    fn traces_with_forks_and_bad_clocks_are_judged_by_the_definition(
        steps in vec(step(4, 5, 0..40, 2), 0..30)
    ) {
        check_against_definition(&steps, false)?;
    }

    #[test]
    fn traces_with_messages_are_judged_by_the_definition(steps in vec(step(4, 5, 0..2, 2), 0..30)) {
        let steps: Vec<Step> =
            (0..).zip(steps).map(|(place, step)| Step { time: 2 * place + step.time, ..step }).collect();
        check_against_definition(&steps, true)?;
    }

    #[test]
    fn what_some_serial_order_explains_is_not_found_if_writes_were_recorded_late(
        steps in independent(), delays in vec(0..60_i64, 20)
    ) {
        let steps = updates(&steps);
        if is_serializable(&steps) {
            let found = serializability(&causality(&recorded_late(steps, &delays), false), &Options::default());
            prop_assert_eq!(found.found, 0);
        }
    }

    #[test]
    fn requests_that_ran_one_after_the_other_are_not_found_if_writes_were_recorded_late(
        steps in independent(), delays in vec(0..60_i64, 20)
    ) {
        let mut steps = steps;
        steps.sort_by_key(|step| step.request);
        let steps = recorded_late(updates(&steps), &delays);
        prop_assert_eq!(serializability(&causality(&steps, false), &Options::default()).found, 0);
    }

    #[test]
    fn the_same_is_found_with_values_where_the_record_is_in_order(steps in independent()) {
        let found = serializability(&causality(&steps, false), &Options::default());
        let with_values = with_values(steps);
        let same = serializability(&causality(&with_values, false), &Options::default());
        let anomalies = |found: &raceway_analysis::serializability::Serializability| {
            let all = found.violations.iter();
            all.map(|violation| (violation.strand_ids.clone(), violation.anomaly)).collect::<Vec<_>>()
        };
        prop_assert_eq!(anomalies(&found), anomalies(&same));
    }

    #[test]
    fn requests_that_run_one_after_the_other_are_never_found(steps in independent()) {
        let mut steps = steps;
        steps.sort_by_key(|step| step.request);
        let steps: Vec<Step> = (0..).zip(steps).map(|(time, step)| Step { time, ..step }).collect();
        prop_assert_eq!(serializability(&causality(&steps, false), &Options::default()).found, 0);
    }
}
