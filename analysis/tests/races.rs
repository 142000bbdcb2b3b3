//! Races of random traces, against looking at every pair.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use raceway_analysis::races::{MAX_GROUPS, MAX_SHOWN, Races, races};
use raceway_analysis::severity::Severity;
use raceway_analysis::{Causality, EventNo, Options, TraceBuilder};
use raceway_model::{EventView, Timestamp};
use serde_json::{Value, json};

const ACCESS_TYPES: [&str; 5] = ["Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW"];

/// An event to be.
#[derive(Clone, Debug)]
struct Sketch {
    /// How many events before it in the list its parent is; itself for none.
    parent: usize,
    /// Milliseconds.
    time: i64,
    is_flat: bool,
    is_rust: bool,
    service: usize,
    thread: Option<usize>,
    kind: Kind,
    clock: Vec<u64>,
    locks: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Kind {
    Access { variable: usize, access_type: usize, location: usize },
    Acquire { lock: usize, is_shared: bool },
    Release { lock: usize },
}

fn kind(locations: usize) -> impl Strategy<Value = Kind> {
    let access = (0..3_usize, 0..5_usize, 0..locations);
    prop_oneof![
        6 => access.prop_map(|(variable, access_type, location)| {
            Kind::Access { variable, access_type, location }
        }),
        1 => (0..2_usize, any::<bool>()).prop_map(|(lock, is_shared)| Kind::Acquire { lock, is_shared }),
        1 => (0..2_usize).prop_map(|lock| Kind::Release { lock }),
    ]
}

fn sketch(locations: usize) -> impl Strategy<Value = Sketch> {
    let place = (prop_oneof![Just(0), 1..4_usize, 1..30_usize], 0..40_i64);
    let flags = (any::<bool>(), any::<bool>(), 0..2_usize, option::of(0..3_usize));
    let clock = prop_oneof![2 => Just(Vec::new()), 1 => vec(0..6_u64, 3)];
    let locks = prop_oneof![3 => Just(Vec::new()), 1 => vec(0..4_usize, 1..3)];
    (place, flags, kind(locations), clock, locks).prop_map(
        |((parent, time), (is_flat, is_rust, service, thread), kind, clock, locks)| Sketch {
            parent,
            time,
            is_flat,
            is_rust,
            service,
            thread,
            kind,
            clock,
            locks,
        },
    )
}

fn sketches(count: usize) -> impl Strategy<Value = Vec<Sketch>> {
    prop_oneof![Just(1_usize), Just(3), Just(50)]
        .prop_flat_map(move |locations| vec(sketch(locations), 0..count))
}

/// Whether an event goes on with a strand, or begins one, is left to the analysis.
fn json(number: usize, sketch: &Sketch) -> Value {
    let time = Timestamp::from_micros(1_767_225_600_000_000 + 1_000 * sketch.time);
    let parent = number.checked_sub(sketch.parent).filter(|_| sketch.parent > 0);
    let (kind, payload) = payload(&sketch.kind);
    let mut metadata = json!({
        "service_name": (["bank", "shop"][sketch.service]), "process_id": 1,
        "thread_id": sketch.thread.map(|thread| format!("t{thread}")),
        "tags": { "sdk_language": if sketch.is_rust { "rust" } else { "go" } },
    });
    let clock = sketch.clock.iter().enumerate().map(|(name, clock)| (format!("c{name}"), *clock));
    let locks: Vec<String> = sketch.locks.iter().map(|lock| format!("l{lock}")).collect();
    let mut event = json!({
        "trace_id": "t", "parent_id": parent.map(id), "lock_set": locks,
        "timestamp": time.expect("a timestamp").to_string(),
    });
    if sketch.is_flat {
        event["event_id"] = json!(id(number));
        event["kind"] = json!(kind);
        event["location"] = payload["location"].clone();
        event["vector_clock"] = clock.map(|(name, clock)| (name, json!(clock))).collect();
        for (name, value) in payload.as_object().expect("an object") {
            metadata[name] = value.clone();
        }
    } else {
        event["id"] = json!(id(number));
        event["kind"] = json!({ kind: payload });
        event["causality_vector"] = clock.map(|(name, clock)| json!([name, clock])).collect();
    }
    event["metadata"] = metadata;
    event
}

fn payload(kind: &Kind) -> (&'static str, Value) {
    match kind {
        Kind::Access { variable, access_type, location } => (
            "StateChange",
            json!({
                "variable": (["x", "y", "shared"][*variable]),
                "access_type": ACCESS_TYPES[*access_type],
                "location": format!("a.rs:{location}"),
            }),
        ),
        Kind::Acquire { lock, is_shared } => (
            "LockAcquire",
            json!({
                "lock_id": format!("l{lock}"),
                "lock_type": if *is_shared { "RwLock-Read" } else { "RwLock-Write" },
            }),
        ),
        Kind::Release { lock } => ("LockRelease", json!({ "lock_id": format!("l{lock}") })),
    }
}

/// Ids that are in another order than their events.
fn id(number: usize) -> String {
    format!("e{}", number.wrapping_mul(37) % 1009)
}

fn causality(sketches: &[Sketch]) -> Causality {
    let mut builder = TraceBuilder::new("t");
    for (number, sketch) in sketches.iter().enumerate() {
        let json = json(number, sketch).to_string();
        builder.add(&EventView::parse(&json).expect("an event"));
    }
    Causality::of(builder.finish()).expect("a small trace")
}

/// A pair of racing accesses, the earlier one first.
type Pair = (EventNo, EventNo);

/// How bad a race of two events is, if they race.
fn race((first, second): Pair, causality: &Causality, options: &Options) -> Option<Severity> {
    let (one, other) = (causality.trace.event(first), causality.trace.event(second));
    let (access, other_access) = (one.access?, other.access?);
    let name = causality.trace.text(access.variable);
    let is_same = access.variable == other_access.variable
        && (one.service == other.service || options.shared_variables.contains(name));
    let locks = [first, second].map(|event| causality.locks.set_of(event));
    let strands = [first, second].map(|event| causality.strands.of_event(event));
    let is_race = is_same
        && strands[0] != strands[1]
        && causality.order.is_concurrent(first, second)
        && !causality.locks.exclude(locks[0], locks[1])
        && (access.kind.is_write() || other_access.kind.is_write())
        && !(access.kind.is_atomic() && other_access.kind.is_atomic());
    let both_write = access.kind.is_write() && other_access.kind.is_write();
    is_race.then_some(if both_write { Severity::Critical } else { Severity::Warning })
}

/// All pairs, in the order in which they are to be shown.
fn all_pairs(causality: &Causality, options: &Options) -> Vec<(Severity, Pair)> {
    let trace = &causality.trace;
    let count = EventNo::try_from(trace.events().len()).expect("a small trace");
    let pairs = (0..count).flat_map(|second| (0..second).map(move |first| (first, second)));
    let race = |pair| Some((race(pair, causality, options)?, pair));
    let mut races: Vec<(Severity, Pair)> = pairs.filter_map(race).collect();
    races.sort_by_key(|&(severity, (first, second))| {
        let variable = trace.event(first).access.map(|access| trace.text(access.variable));
        (
            severity,
            variable,
            trace.event(second).time,
            trace.event_id(second),
            trace.event_id(first),
        )
    });
    races
}

/// What is wrong with races.
fn check(causality: &Causality, options: &Options, races: &Races) {
    let trace = &causality.trace;
    let expected = all_pairs(causality, options);
    assert_eq!(races.found, expected.len() as u64);
    let id = |event| trace.event_id(event).to_owned();
    let expected_ids: Vec<_> = expected
        .iter()
        .take(MAX_SHOWN)
        .map(|&(severity, (first, second))| (severity, id(first), id(second)))
        .collect();
    let shown: Vec<_> = races
        .shown
        .iter()
        .map(|race| (race.severity, race.first.event_id.clone(), race.second.event_id.clone()))
        .collect();
    assert_eq!(shown, expected_ids);
    assert_eq!(races.omitted, races.found - shown.len() as u64);
    for event in (0..).take(trace.events().len()) {
        let is_race =
            expected.iter().any(|&(_, (first, second))| first == event || second == event);
        assert_eq!(races.is_race(event), is_race, "{}", trace.event_id(event));
    }
    let of_variables: u64 = races.variables.iter().map(|variable| variable.pairs).sum();
    assert_eq!(of_variables, races.found);
    check_groups(causality, &expected, races);
}

fn check_groups(causality: &Causality, expected: &[(Severity, Pair)], races: &Races) {
    let trace = &causality.trace;
    let place = |event: EventNo| {
        let event = trace.event(event);
        let access = event.access.expect("an access");
        let location = event.location.map_or("unknown", |location| trace.text(location));
        (trace.text(access.variable), location, access.kind.as_str())
    };
    let grouped: u64 = races.groups.iter().map(|group| group.pairs).sum();
    assert_eq!(grouped + races.ungrouped, races.found);
    assert!(races.groups.len() <= MAX_GROUPS);
    for group in &races.groups {
        let variable = &*group.variable;
        let [one, other] = [&group.first, &group.second]
            .map(|place| (variable, &*place.location, place.access_type));
        let is_here = |&&(severity, (first, second)): &&(Severity, Pair)| {
            let service = group.service.as_deref();
            let is_of = |event| trace.text(trace.event(event).service);
            let places = (place(first), place(second));
            severity == group.severity
                && service.is_none_or(|service| service == is_of(first))
                && (places == (one, other) || places == (other, one))
        };
        assert_eq!(group.pairs, expected.iter().filter(is_here).count() as u64, "{group:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn races_are_those_among_all_pairs(
        sketches in sketches(40),
        shared in btree_set(Just("shared".to_owned()), 0..2),
    ) {
        let options = Options { shared_variables: shared, ..Options::default() };
        let causality = causality(&sketches);
        let races = races(&causality, &options).expect("few locks");
        check(&causality, &options, &races);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn races_beyond_the_cap_are_counted(
        sketches in vec(sketch(2), 200..300),
        shared in btree_set(Just("shared".to_owned()), 0..2),
    ) {
        let options = Options { shared_variables: shared, ..Options::default() };
        let roots: Vec<Sketch> = sketches.into_iter().map(mostly_unordered).collect();
        let causality = causality(&roots);
        let races = races(&causality, &options).expect("few locks");
        check(&causality, &options, &races);
        prop_assert!(races.omitted > 0);
    }
}

/// With fewer parents, clocks, locks and variables.
fn mostly_unordered(sketch: Sketch) -> Sketch {
    let kind = match sketch.kind {
        Kind::Access { variable, access_type, location } => {
            Kind::Access { variable: 2 * (variable % 2), access_type, location }
        }
        kind => kind,
    };
    let parent = if sketch.parent < 3 { sketch.parent } else { 0 };
    let locks = sketch.locks.into_iter().filter(|&lock| lock == 3).collect();
    Sketch { parent, kind, locks, is_flat: false, clock: Vec::new(), ..sketch }
}
